//! One step of training up to its gradients; it changes nothing.

use super::batch::Batch;
use super::features::Features;
use super::patch::Cut;
use super::predict::margin_of;
use super::watch::Overlap;
use crate::base::error::{Error, Result};
use crate::base::params::Params;
use crate::net::loss::{LossParams, supervised_by};
use crate::net::recompute::{self, Gradients};
use crate::net::unet::UNet;
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use std::sync::Arc;

/// The patches of one task in a batch.
pub struct Share {
    /// The network whose decoder is the task's.
    pub net: Arc<UNet>,
    /// Its patches.
    pub batch: Batch,
    /// Where they come from.
    pub cuts: Vec<Cut>,
}

/// What a step needs.
pub struct Step {
    /// The batch, task by task; the networks share the encoder of the first.
    pub shares: Vec<Share>,
    /// Features of the frozen encoder; `None` trains the encoder too.
    pub features: Option<Arc<Features>>,
    /// Whether the decoder stays as it is too, but for its heads.
    pub only_heads: bool,
    /// Weight of the objective's voxels in the cross-entropy.
    pub foreground_weight: f64,
    /// Whether stages are computed twice to save memory.
    pub recompute: bool,
}

/// Loss, voxels found, and gradients of a step. The loss of a decoder counts its own samples only; the whole is their mean, each
/// decoder by its part of the batch.
///
/// # Errors
/// Those of the device, or that there is nothing in the batch.
pub fn step(step: Step) -> Result<(f64, Overlap, GradStore)> {
    let Step { shares, features, only_heads, foreground_weight, recompute } = step;
    // Of a network that is frozen but for its heads next to nothing is kept in any case.
    let by_stages = recompute && !only_heads;
    let (encoder, image) = (first_net(&shares)?.clone(), images(&shares)?);
    let encoded = match (&features, &shares[..]) {
        (Some(features), [one]) => features.of(&one.net, &one.cuts, &image)?,
        (Some(_), _) => return Err(Error::internal("a frozen encoder is for one task at a time")),
        (None, _) if by_stages => encoder.encode_frozen(&image)?,
        (None, _) => encoder.encode(&image)?,
    };
    let options = LossParams { foreground_weight, ..LossParams::default() }.check()?;
    let (alone, samples) = (shares.len() == 1, shares.iter().map(|share| share.cuts.len()).sum::<usize>());
    let (mut overlap, mut total, mut first) = (Overlap::default(), None, 0);
    let (mut gradients, mut above) = (Gradients::default(), Vec::new());
    for Share { net, batch, cuts } in shares {
        let own = if alone { encoded.clone() } else { part_of(&encoded, first, cuts.len())? };
        first += cuts.len();
        let (n, _, d, h, w) = batch.image.dims5()?;
        let target = Tensor::from_slice(&batch.label, (n, d, h, w), net.device())?;
        let part = (!alone).then(|| n as f64 / samples as f64);
        let (mut loss, finest) = if by_stages {
            let decoded = recompute::decoder(&net, &own, &target, &options, part, &mut gradients)?;
            above.push(decoded.features);
            (decoded.loss, decoded.logits)
        } else {
            let logits = if only_heads { net.decode_frozen(&own)? } else { net.decode(&own)? };
            (supervised_by(&logits, &target, &options, net.compute())?, logits[0].detach())
        };
        overlap = overlap.plus(Overlap::count(margin_of(&finest)?.into_iter(), &batch.label));
        if let Some(part) = part {
            loss = (loss * part)?;
        }
        total = Some(match total {
            None => loss,
            Some(sum) => (sum + loss)?,
        });
    }
    let loss = total.ok_or_else(|| Error::internal("a step without patches"))?;
    let value = f64::from(loss.to_scalar::<f32>()?);
    if !by_stages {
        return Ok((value, overlap, loss.backward()?));
    }
    if features.is_none() {
        recompute::encoder(&encoder, &image, &encoded, joined(&above)?, &mut gradients)?;
    }
    Ok((value, overlap, gradients.into_store()?))
}

/// The network whose encoder all share.
fn first_net(shares: &[Share]) -> Result<&Arc<UNet>> {
    shares.first().map(|share| &share.net).ok_or_else(|| Error::internal("a step without patches"))
}

/// The images of a batch, task by task.
fn images(shares: &[Share]) -> Result<Tensor> {
    let images: Vec<&Tensor> = shares.iter().map(|share| &share.batch.image).collect();
    Ok(if let [one] = images[..] { one.clone() } else { Tensor::cat(&images, 0)? })
}

/// Features of some of the samples.
fn part_of(features: &[Tensor], first: usize, count: usize) -> Result<Vec<Tensor>> {
    features.iter().map(|features| Ok(features.narrow(0, first, count)?.contiguous()?)).collect()
}

/// Features of all samples, stage by stage, from those of each task's.
fn joined(parts: &[Vec<Tensor>]) -> Result<Vec<Tensor>> {
    let stages = parts.first().map_or(0, Vec::len);
    let stage = |at: usize| {
        let parts: Vec<&Tensor> = parts.iter().map(|features| &features[at]).collect();
        Ok(if let [one] = parts[..] { one.clone() } else { Tensor::cat(&parts, 0)? })
    };
    (0..stages).map(stage).collect()
}
