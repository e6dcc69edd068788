//! One step of training up to its gradients; it changes nothing.

use super::batch::Batch;
use super::features::Features;
use super::patch::Cut;
use super::predict::margin_of;
use super::watch::Overlap;
use crate::base::error::Result;
use crate::base::params::Params;
use crate::net::loss::{LossParams, supervised};
use crate::net::unet::UNet;
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use std::sync::Arc;

/// What a step needs.
pub struct Step {
    /// The network.
    pub net: Arc<UNet>,
    /// Its patches.
    pub batch: Batch,
    /// Where they come from.
    pub cuts: Vec<Cut>,
    /// Features of the frozen encoder; `None` trains the encoder too.
    pub features: Option<Arc<Features>>,
    /// Weight of the objective's voxels in the cross-entropy.
    pub foreground_weight: f64,
}

/// Loss, voxels found, and gradients of a step.
///
/// # Errors
/// Those of the device.
pub fn step(step: Step) -> Result<(f64, Overlap, GradStore)> {
    let Step { net, batch, cuts, features, foreground_weight } = step;
    let encoded = match features {
        Some(features) => features.of(&net, &cuts, &batch.image)?,
        None => net.encode(&batch.image)?,
    };
    let logits = net.decode(&encoded)?;
    let overlap = Overlap::count(margin_of(&logits[0].detach())?.into_iter(), &batch.label);
    let (n, _, d, h, w) = logits[0].dims5()?;
    let target = Tensor::from_vec(batch.label, (n, d, h, w), net.device())?;
    let options = LossParams { foreground_weight, ..LossParams::default() }.check()?;
    let loss = supervised(&logits, &target, &options)?;
    let gradients = loss.backward()?;
    Ok((f64::from(loss.to_scalar::<f32>()?), overlap, gradients))
}
