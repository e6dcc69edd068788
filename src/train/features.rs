//! Features of a frozen encoder, computed once where the same patches come again and again.

use super::patch::Cut;
use super::prepared::Example;
use super::recipe::Augment;
use crate::base::error::Result;
use crate::net::unet::UNet;
use candle_core::Tensor;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The most memory kept features may take, in floats: 256 MiB.
const MOST: usize = 64 << 20;

/// Features by patch, if keeping them is worth it.
pub struct Features {
    kept: Option<Mutex<BTreeMap<Cut, Vec<Tensor>>>>,
}

impl Features {
    /// Keeps features when every patch shows a whole case unchanged (or mirrored) and all of them fit into memory.
    #[must_use]
    pub fn new(net: &UNet, examples: &[Example], patch: [usize; 3], augment: Augment) -> Self {
        let whole = examples.iter().all(|e| (0..3).all(|axis| e.image.shape[axis] <= patch[axis]));
        // All stages below the first hold less than half of what the first holds.
        let floats = 2 * examples.len() * patch.iter().product::<usize>() * net.params().base * 3 / 2;
        let unchanged = matches!(augment, Augment::None | Augment::Mirror);
        let keep = whole && unchanged && floats <= MOST;
        Features { kept: keep.then(|| Mutex::new(BTreeMap::new())) }
    }

    /// The features of a batch of patches.
    ///
    /// # Errors
    /// Those of the network.
    pub fn of(&self, net: &UNet, cuts: &[Cut], image: &Tensor) -> Result<Vec<Tensor>> {
        let Some(kept) = &self.kept else { return net.encode_frozen(image) };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (sample, cut) in cuts.iter().enumerate() {
            if !kept.contains_key(cut) {
                kept.insert(*cut, net.encode_frozen(&image.narrow(0, sample, 1)?.contiguous()?)?);
            }
        }
        let stages = net.params().stages;
        (0..stages)
            .map(|stage| {
                let parts: Vec<&Tensor> = cuts.iter().map(|cut| &kept[cut][stage]).collect();
                Ok(Tensor::cat(&parts, 0)?)
            })
            .collect()
    }
}
