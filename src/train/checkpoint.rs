//! Networks as files: safetensors with everything that is known about them in the header.

use super::freeze::Freeze;
use super::history::{Epoch, Training};
use super::model::{About, Model};
use super::prepared::Scope;
use super::recipe::Augment;
use super::sealed;
use super::torch_model;
use crate::base::error::{Error, Kind, Result};
use crate::base::params::Params;
use crate::base::seed::Seed;
use crate::io::atomic;
use crate::io::torch_file::TorchFile;
use crate::net::checkpoint;
use crate::net::device::{Device, choose};
use crate::net::unet::{UNet, UNetParams};
use candle_core::Tensor;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

impl Model {
    /// Writes weights, architecture, lineage and history to a file, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        atomic::write_bytes(path, &self.to_bytes(&[])?)
    }

    /// The bytes of such a file, with further texts.
    ///
    /// # Errors
    /// Only those of the tensor library.
    pub fn to_bytes(&self, texts: &[(&str, String)]) -> Result<Vec<u8>> {
        let about = self.about();
        let mut metadata = BTreeMap::from([
            ("network".to_owned(), write_network(self.net().params()).to_string()),
            ("patch".to_owned(), json!(about.patch).to_string()),
            (
                "lineage".to_owned(),
                Value::from(about.lineage.iter().map(write_training).collect::<Vec<_>>()).to_string(),
            ),
            ("history".to_owned(), Value::from(about.history.iter().map(write_epoch).collect::<Vec<_>>()).to_string()),
        ]);
        if let Some(spacing) = about.spacing {
            metadata.insert("spacing".to_owned(), json!(spacing).to_string());
        }
        if let Some(augment) = about.augment {
            metadata.insert("augment".to_owned(), json!(augment.name()).to_string());
        }
        if let Some(axes) = &about.mirrored {
            metadata.insert("mirrored".to_owned(), json!(axes).to_string());
        }
        if about.scope == Scope::Box {
            metadata.insert("scope".to_owned(), json!("box").to_string());
        }
        metadata.extend(texts.iter().map(|(name, text)| ((*name).to_owned(), text.clone())));
        sealed::save(&self.net().tensors(), metadata)
    }

    /// Reads a network written by [`Model::save`], by nnU-Net or another program that uses its names.
    ///
    /// # Errors
    /// The file is missing, is no checkpoint of these, or was damaged.
    pub fn load(path: &Path, device: &str) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|reason| Error::file(path, "cannot read the checkpoint", reason))?;
        let device = choose(device)?;
        Ok(Model::from_bytes(&bytes, &device).map_err(|error| error.at(path))?.0)
    }

    /// Reads the bytes of such a file, and gives all texts in it.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<(Self, BTreeMap<String, String>)> {
        if TorchFile::is(bytes) {
            return Ok((torch_model::read(bytes, device)?, BTreeMap::new()));
        }
        // A safetensors file begins with the length of its header, which is JSON.
        if bytes.get(8) != Some(&b'{') {
            return Err(Error::new(Kind::Format, "neither a safetensors file nor a zip archive of `torch.save`")
                .help("wanted what `model.save(path)`, nnU-Net or torch.save wrote"));
        }
        let (tensors, metadata) = sealed::load(bytes, device)?;
        if metadata.is_empty() {
            return Ok((torch_model::bare(&tensors, device)?, metadata));
        }
        checkpoint::finite(&tensors)?;
        Ok((read(&tensors, &metadata, device)?, metadata))
    }
}

fn read(tensors: &BTreeMap<String, Tensor>, metadata: &BTreeMap<String, String>, device: &Device) -> Result<Model> {
    let part = |name: &str| -> Result<Value> {
        let text = metadata.get(name).ok_or_else(|| {
            Error::new(Kind::Format, format!("the checkpoint says nothing of its {name}"))
                .help("it was not written by `model.save(path)`")
        })?;
        serde_json::from_str(text).map_err(|reason| {
            Error::new(Kind::Format, format!("the checkpoint's {name} cannot be read")).caused_by(reason)
        })
    };
    let network = part("network")?;
    let params = read_network(&network).ok_or_else(|| damaged("network"))?.check()?;
    let about = About {
        patch: triple(&part("patch")?).ok_or_else(|| damaged("patch"))?,
        // Only a network that was trained by a plan has one, and not in older files.
        spacing: match metadata.contains_key("spacing") {
            true => Some(spacing(&part("spacing")?).ok_or_else(|| damaged("spacing"))?),
            false => None,
        },
        augment: match metadata.contains_key("augment") {
            true => Some(part("augment")?.as_str().and_then(Augment::named).ok_or_else(|| damaged("augment"))?),
            false => None,
        },
        mirrored: match metadata.contains_key("mirrored") {
            true => Some(list(&part("mirrored")?, axis).ok_or_else(|| damaged("mirrored"))?),
            false => None,
        },
        scope: match metadata.contains_key("scope") {
            true if part("scope")? == json!("box") => Scope::Box,
            true => return Err(damaged("scope")),
            false => Scope::NonZero,
        },
        lineage: list(&part("lineage")?, read_training).ok_or_else(|| damaged("lineage"))?,
        history: list(&part("history")?, read_epoch).ok_or_else(|| damaged("history"))?,
    };
    let net = UNet::new(&params, Seed::new(0), device)?;
    // Version 1 had names of its own for the same parameters.
    let old = metadata.get("version").is_some_and(|version| version == "1").then(|| renamed(tensors, &params));
    net.set_parameters(old.as_ref().unwrap_or(tensors)).map_err(|error| Error::new(Kind::Format, error.message()))?;
    Ok(Model::new(net, about))
}

fn axis(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok().filter(|axis| *axis < 3)
}

/// The plan of a network.
pub(super) fn write_network(params: &UNetParams) -> Value {
    json!({
        "in_channels": params.in_channels, "classes": params.classes, "base": params.base,
        "stages": params.stages, "max_features": params.max_features, "convs": params.convs,
        "strides": (0..params.stages).map(|stage| params.stride(stage)).collect::<Vec<_>>(),
        "kernels": (0..params.stages).map(|stage| params.kernel(stage)).collect::<Vec<_>>(),
        "deep_supervision": params.deep_supervision,
    })
}

/// Parameters of version 1 by the names of today; what has no such name keeps its own.
fn renamed(tensors: &BTreeMap<String, Tensor>, params: &UNetParams) -> BTreeMap<String, Tensor> {
    let layout = params.layout().into_iter();
    let mut names: BTreeMap<String, String> =
        layout.map(|parameter| (parameter.short_name(), parameter.name(params.stages))).collect();
    let mut named = |name: &String| names.remove(name).unwrap_or_else(|| name.clone());
    tensors.iter().map(|(name, tensor)| (named(name), tensor.clone())).collect()
}

fn damaged(part: &str) -> Error {
    Error::new(Kind::Format, format!("the checkpoint's {part} lacks something or holds something else"))
}

fn read_network(value: &Value) -> Option<UNetParams> {
    Some(UNetParams {
        in_channels: whole(value, "in_channels")?,
        classes: whole(value, "classes")?,
        base: whole(value, "base")?,
        stages: whole(value, "stages")?,
        max_features: whole(value, "max_features")?,
        convs: whole(value, "convs")?,
        strides: Some(list(value.get("strides")?, triple)?),
        // Older files have none: 3 everywhere.
        kernels: match value.get("kernels") {
            Some(kernels) => Some(list(kernels, triple)?),
            None => None,
        },
        deep_supervision: value.get("deep_supervision")?.as_bool()?,
    })
}

fn write_training(t: &Training) -> Value {
    json!({
        "task": t.task, "cases": t.cases, "recipe": t.recipe, "steps": t.steps, "seconds": t.seconds, "seed": t.seed,
        "frozen": t.frozen.name(), "restarts": t.restarts, "skipped": t.skipped, "collapsed": t.collapsed,
        "stopped": t.stopped, "diverged": t.diverged, "restored": t.restored,
    })
}

fn read_training(value: &Value) -> Option<Training> {
    let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    let told = |name: &str| value.get(name)?.as_bool();
    // Older files say whether the encoder was, and know nothing of divergence.
    let frozen = match value.get("frozen")? {
        Value::Bool(true) => Freeze::Encoder,
        Value::Bool(false) => Freeze::None,
        name => Freeze::named(name.as_str()?)?,
    };
    Some(Training {
        task: text("task")?,
        cases: list(value.get("cases")?, |case| Some(case.as_str()?.to_owned()))?,
        recipe: text("recipe")?,
        steps: whole(value, "steps")?,
        seconds: value.get("seconds")?.as_f64()?,
        seed: value.get("seed")?.as_u64()?,
        frozen,
        restarts: whole(value, "restarts")?,
        skipped: whole(value, "skipped")?,
        collapsed: told("collapsed")?,
        stopped: told("stopped")?,
        diverged: value.get("diverged").and_then(Value::as_str).map(str::to_owned),
        restored: whole(value, "restored"),
        stored: false,
    })
}

pub(super) fn write_epoch(e: &Epoch) -> Value {
    json!({
        "training": e.training, "epoch": e.epoch, "loss": e.loss, "dice": e.dice, "lr": e.lr, "seconds": e.seconds,
    })
}

pub(super) fn read_epoch(value: &Value) -> Option<Epoch> {
    // JSON has no NaN: what is no number was none.
    let number = |name: &str| Some(value.get(name)?.as_f64().unwrap_or(f64::NAN));
    Some(Epoch {
        training: whole(value, "training")?,
        epoch: whole(value, "epoch")?,
        loss: number("loss")?,
        dice: number("dice")?,
        lr: number("lr")?,
        seconds: number("seconds").unwrap_or(f64::NAN),
    })
}

pub(super) fn whole(value: &Value, name: &str) -> Option<usize> {
    usize::try_from(value.get(name)?.as_u64()?).ok()
}

pub(super) fn list<T>(value: &Value, item: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(item).collect()
}

fn spacing(value: &Value) -> Option<[f64; 3]> {
    list(value, |mm| mm.as_f64().filter(|mm| mm.is_finite() && *mm > 0.0))?.try_into().ok()
}

fn triple(value: &Value) -> Option<[usize; 3]> {
    list(value, |n| usize::try_from(n.as_u64()?).ok())?.try_into().ok()
}
