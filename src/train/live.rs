//! Networks while they are trained, with everything that moves them, and their state as tensors and texts.

use super::freeze::Freeze;
use super::optimiser::Mover;
use super::progress::Progress;
use super::recipe::Optimiser;
use super::schedule::Rate;
use super::sealed::Content;
use super::watch::Overlap;
use crate::base::error::{Error, Kind, Result};
use crate::net::unet::UNet;
use candle_core::{Tensor, Var};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Networks in training: one a task, with one encoder.
pub struct Live {
    /// The networks.
    pub nets: Vec<Arc<UNet>>,
    /// Moves what is not frozen.
    pub mover: Mover,
    /// Where the training stands.
    pub progress: Progress,
    /// Whether its last state could not be kept.
    pub unkept: bool,
    /// What is not frozen, by name; of the second network on with the task's name before it.
    moving: Vec<(String, Var)>,
    /// Its values at the end of the best epoch, before the step after it.
    best: Vec<Tensor>,
}

impl Live {
    /// Networks before their first step; `names` are the tasks'.
    ///
    /// # Errors
    /// There is no network.
    pub fn new(nets: Vec<UNet>, names: &[&str], freeze: Freeze, rule: Optimiser, progress: Progress) -> Result<Self> {
        let Some(first) = nets.first() else { return Err(Error::internal("a training without a network")) };
        let mut moving = match freeze {
            Freeze::None => first.parameters(),
            Freeze::Encoder => first.decoder_parameters(),
            Freeze::AllButHeads => first.head_parameters(),
        };
        for (net, task) in nets.iter().zip(names).skip(1) {
            let own = net.decoder_parameters().into_iter();
            moving.extend(own.map(|(name, variable)| (format!("{task}: {name}"), variable)));
        }
        let mover = Mover::new(rule, moving.clone(), first.compute());
        let nets = nets.into_iter().map(Arc::new).collect();
        Ok(Live { nets, mover, progress, unkept: false, moving, best: Vec::new() })
    }

    /// Takes a batch's voxels before its step, and remembers the weights if they are the best so far.
    ///
    /// # Errors
    /// The device has no memory left.
    pub fn judge(&mut self, seen: Overlap) -> Result<()> {
        if self.progress.judge(seen) {
            self.best =
                self.moving.iter().map(|(_, v)| Ok(v.as_detached_tensor().copy()?)).collect::<Result<Vec<Tensor>>>()?;
        }
        Ok(())
    }

    /// The last network as it is, or as it was after the best epoch.
    ///
    /// # Errors
    /// The device has no memory left.
    pub fn last(&self, best: bool) -> Result<UNet> {
        let last = self.nets.last().ok_or_else(|| Error::internal("a training without a network"))?;
        // A copy: a step that was left alone may still read the other.
        let copy = last.detached_copy()?;
        if best {
            let values: HashMap<_, _> =
                self.moving.iter().zip(&self.best).map(|((_, variable), value)| (variable.id(), value)).collect();
            for ((_, variable), (_, copied)) in last.parameters().iter().zip(copy.parameters()) {
                if let Some(value) = values.get(&variable.id()) {
                    copied.set(value)?;
                }
            }
        }
        Ok(copy)
    }

    /// Bytes of a state at most: weights, the best ones and two moments.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.moving.iter().map(|(_, variable)| 4 * size_of::<f32>() * variable.elem_count()).sum()
    }

    /// Everything that the next step asks for and that the start of the training does not give.
    ///
    /// # Errors
    /// Only those of the tensor library.
    pub fn state(&self) -> Result<Content> {
        let (steps, moments) = self.mover.state()?;
        let mut tensors = BTreeMap::new();
        for (n, (name, variable)) in self.moving.iter().enumerate() {
            tensors.insert(format!("weights/{name}"), variable.as_detached_tensor());
            if let Some(best) = self.best.get(n) {
                tensors.insert(format!("best/{name}"), best.clone());
            }
        }
        tensors.extend(moments.into_iter().map(|(name, tensor)| (format!("mover/{name}"), tensor)));
        let texts = [("progress", self.progress.write().to_string()), ("mover", steps.to_string())];
        Ok((tensors, texts.map(|(name, text)| (name.to_owned(), text)).into()))
    }

    /// Which attempt a state is of.
    #[must_use]
    pub fn attempt_of((_, texts): &Content) -> u64 {
        let progress = texts.get("progress").and_then(|text| serde_json::from_str::<Value>(text).ok());
        progress.and_then(|progress| progress.get("attempt")?.as_u64()).unwrap_or(0)
    }

    /// Goes on from a state of the same training; `rate` is as it was before the first step.
    ///
    /// # Errors
    /// The state lacks something.
    pub fn restore(&mut self, (tensors, texts): &Content, rate: Rate) -> Result<()> {
        let lacks = |what: &str| Error::new(Kind::Format, format!("the state of the training lacks its {what}"));
        let text = |name: &str| texts.get(name).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let progress = text("progress").and_then(|value| Progress::read(&value, rate));
        let steps = text("mover").and_then(|steps| i32::try_from(steps.as_i64()?).ok());
        let progress = progress.ok_or_else(|| lacks("progress"))?;
        let mut best = Vec::new();
        for (name, variable) in &self.moving {
            let value = tensors.get(&format!("weights/{name}")).ok_or_else(|| lacks(&format!("weights {name}")))?;
            variable.set(value)?;
            best.extend(tensors.get(&format!("best/{name}")).cloned());
        }
        if progress.best.is_some() && best.len() != self.moving.len() {
            return Err(lacks("best weights"));
        }
        let moments = tensors.iter().filter_map(|(name, t)| Some((name.strip_prefix("mover/")?.to_owned(), t.clone())));
        self.mover.restore(steps.ok_or_else(|| lacks("optimiser"))?, &moments.collect())?;
        self.best = best;
        self.progress = progress;
        Ok(())
    }
}
