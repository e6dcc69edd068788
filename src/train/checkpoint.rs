//! Networks as files: safetensors with everything that is known about them in the header.

use super::history::{Epoch, Training};
use super::model::{About, Model};
use super::recipe::{AUGMENTS, Augment};
use crate::base::error::{Error, Kind, Result};
use crate::base::params::Params;
use crate::base::seed::Seed;
use crate::io::atomic;
use crate::net::checkpoint;
use crate::net::device::choose;
use crate::net::unet::{UNet, UNetParams};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The version of what is written beside the weights.
const VERSION: u64 = 1;

impl Model {
    /// Writes weights, architecture, lineage and history to a file, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let params = self.net().params();
        let network = json!({
            "in_channels": params.in_channels, "classes": params.classes, "base": params.base,
            "stages": params.stages, "max_features": params.max_features, "convs": params.convs,
            "strides": (0..params.stages).map(|stage| params.stride(stage)).collect::<Vec<_>>(),
            "kernels": (0..params.stages).map(|stage| params.kernel(stage)).collect::<Vec<_>>(),
            "deep_supervision": params.deep_supervision,
        });
        let about = self.about();
        let mut metadata = BTreeMap::from([
            ("version".to_owned(), VERSION.to_string()),
            ("network".to_owned(), network.to_string()),
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
        if let Some((name, _)) = AUGMENTS.iter().find(|(_, augment)| about.augment == Some(*augment)) {
            metadata.insert("augment".to_owned(), json!(name).to_string());
        }
        atomic::write_bytes(path, &checkpoint::save(&self.net().parameters(), &metadata)?)
    }

    /// Reads a network written by [`Model::save`].
    ///
    /// # Errors
    /// The file is missing, is no checkpoint of ours, or was damaged.
    pub fn load(path: &Path, device: &str) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|reason| Error::file(path, "cannot read the checkpoint", reason))?;
        let device = choose(device)?;
        read(&bytes, &device).map_err(|error| error.at(path))
    }
}

fn read(bytes: &[u8], device: &crate::net::device::Device) -> Result<Model> {
    let (tensors, metadata) = checkpoint::load(bytes, device)?;
    let part = |name: &str| -> Result<Value> {
        let text = metadata.get(name).ok_or_else(|| {
            Error::new(Kind::Format, format!("the checkpoint says nothing of its {name}"))
                .help("only checkpoints written by `model.save(path)` can be loaded")
        })?;
        serde_json::from_str(text).map_err(|reason| {
            Error::new(Kind::Format, format!("the checkpoint's {name} cannot be read")).caused_by(reason)
        })
    };
    let version = part("version")?;
    if version.as_u64() != Some(VERSION) {
        return Err(Error::new(Kind::Format, format!("the checkpoint has version {version}, wanted {VERSION}"))
            .help("it was written by another version of seqtran"));
    }
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
            true => Some(augment(&part("augment")?).ok_or_else(|| damaged("augment"))?),
            false => None,
        },
        lineage: list(&part("lineage")?, read_training).ok_or_else(|| damaged("lineage"))?,
        history: list(&part("history")?, read_epoch).ok_or_else(|| damaged("history"))?,
    };
    let net = UNet::new(&params, Seed::new(0), device)?;
    net.set_parameters(&tensors).map_err(|error| Error::new(Kind::Format, error.message()))?;
    Ok(Model::new(net, about))
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
        "frozen": t.frozen, "restarts": t.restarts, "skipped": t.skipped, "collapsed": t.collapsed,
        "stopped": t.stopped,
    })
}

fn read_training(value: &Value) -> Option<Training> {
    let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    let told = |name: &str| value.get(name)?.as_bool();
    Some(Training {
        task: text("task")?,
        cases: list(value.get("cases")?, |case| Some(case.as_str()?.to_owned()))?,
        recipe: text("recipe")?,
        steps: whole(value, "steps")?,
        seconds: value.get("seconds")?.as_f64()?,
        seed: value.get("seed")?.as_u64()?,
        frozen: told("frozen")?,
        restarts: whole(value, "restarts")?,
        skipped: whole(value, "skipped")?,
        collapsed: told("collapsed")?,
        stopped: told("stopped")?,
    })
}

fn write_epoch(e: &Epoch) -> Value {
    json!({ "training": e.training, "epoch": e.epoch, "loss": e.loss, "dice": e.dice, "lr": e.lr })
}

fn read_epoch(value: &Value) -> Option<Epoch> {
    // JSON has no NaN: what is no number was none.
    let number = |name: &str| Some(value.get(name)?.as_f64().unwrap_or(f64::NAN));
    Some(Epoch {
        training: whole(value, "training")?,
        epoch: whole(value, "epoch")?,
        loss: number("loss")?,
        dice: number("dice")?,
        lr: number("lr")?,
    })
}

fn whole(value: &Value, name: &str) -> Option<usize> {
    usize::try_from(value.get(name)?.as_u64()?).ok()
}

fn list<T>(value: &Value, item: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(item).collect()
}

fn augment(value: &Value) -> Option<Augment> {
    AUGMENTS.iter().find(|(name, _)| value.as_str() == Some(name)).map(|(_, augment)| *augment)
}

fn spacing(value: &Value) -> Option<[f64; 3]> {
    list(value, |mm| mm.as_f64().filter(|mm| mm.is_finite() && *mm > 0.0))?.try_into().ok()
}

fn triple(value: &Value) -> Option<[usize; 3]> {
    list(value, |n| usize::try_from(n.as_u64()?).ok())?.try_into().ok()
}
