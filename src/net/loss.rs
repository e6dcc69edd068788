//! The loss: cross-entropy plus soft Dice of the foreground, and its sum over the heads.

use super::compute::Compute;
use super::ops::dice_ce;
use crate::base::error::{Error, Result};
use crate::base::math::powi;
use crate::base::params::{Checked, Params, within};
use crate::ensure;
use candle_core::{DType, Tensor};

/// Options of the loss.
#[derive(Debug, Clone, PartialEq)]
pub struct LossParams {
    /// Weight of every class but the background in the cross-entropy, whose mean is weighted alike.
    pub foreground_weight: f64,
    /// Added to numerator and denominator of the Dice.
    pub smooth: f64,
    /// One Dice over the whole batch in place of one per volume.
    pub batch_dice: bool,
}

impl Default for LossParams {
    fn default() -> Self {
        LossParams { foreground_weight: 1.0, smooth: 1e-5, batch_dice: false }
    }
}

impl Params for LossParams {
    fn validate(&self) -> Result<()> {
        within("foreground_weight", self.foreground_weight, 1e-3, 1e3)?;
        within("smooth", self.smooth, 0.0, 1.0)
    }
}

/// `CE + 1 - mean Dice` of logits `[N, C, D, H, W]` and a target `[N, D, H, W]` of `u8` or `u32` classes, as a scalar.
///
/// # Errors
/// Shapes do not fit, or the target holds a class the logits do not have.
pub fn dice_ce(logits: &Tensor, target: &Tensor, params: &Checked<LossParams>) -> Result<Tensor> {
    dice_ce_by(logits, target, params, Compute::on(logits.device()))
}

/// As [`dice_ce`], computed in a given way.
///
/// # Errors
/// As [`dice_ce`].
pub fn dice_ce_by(logits: &Tensor, target: &Tensor, params: &Checked<LossParams>, compute: Compute) -> Result<Tensor> {
    let (n, classes, d, h, w) = logits.dims5()?;
    let (wanted, got) = ([n, d, h, w], target.dims());
    ensure!(got == wanted, "the target must have shape {wanted:?}, got {got:?}");
    ensure!(matches!(target.dtype(), DType::U8 | DType::U32), "the target must be u8 or u32, got {:?}", target.dtype());
    let highest = target.flatten_all()?.to_dtype(DType::U32)?.max(0)?.to_scalar::<u32>()? as usize;
    if highest >= classes {
        return Err(Error::argument(format!(
            "the target holds class {highest}, but the network has {classes} classes"
        ))
        .help("turn labels into a binary objective first"));
    }
    let options =
        dice_ce::Options { weight: params.foreground_weight, smooth: params.smooth, batch_dice: params.batch_dice };
    Ok(match compute {
        Compute::Kernels(_) => dice_ce::fused(logits, target, options)?,
        Compute::Stock => dice_ce::stock(logits, target, options)?,
    })
}

/// Weights of the heads: `1, 1/2, 1/4, ...`, the last one 0, summing to 1; a single head has weight 1.
#[must_use]
pub fn head_weights(heads: usize) -> Vec<f64> {
    let mut weights: Vec<f64> = (0..heads).map(|head| powi(0.5, head as i32)).collect();
    if heads > 1 {
        weights[heads - 1] = 0.0;
    }
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// The loss of one head of any resolution.
pub(super) fn head_loss(
    logits: &Tensor,
    target: &Tensor,
    params: &Checked<LossParams>,
    compute: Compute,
) -> Result<Tensor> {
    let (_, _, d, h, w) = logits.dims5()?;
    dice_ce_by(logits, &nearest(target, [d, h, w])?, params, compute)
}

/// The weighted sum of every head's loss; the target `[N, D, H, W]` has the first head's size and is brought to the others'
/// by nearest neighbour.
///
/// # Errors
/// As [`dice_ce`].
pub fn supervised(logits: &[Tensor], target: &Tensor, params: &Checked<LossParams>) -> Result<Tensor> {
    let compute = logits.first().map_or(Compute::Stock, |first| Compute::on(first.device()));
    supervised_by(logits, target, params, compute)
}

/// As [`supervised`], computed in a given way.
///
/// # Errors
/// As [`dice_ce`].
pub fn supervised_by(
    logits: &[Tensor],
    target: &Tensor,
    params: &Checked<LossParams>,
    compute: Compute,
) -> Result<Tensor> {
    let mut total: Option<Tensor> = None;
    for (logits, weight) in logits.iter().zip(head_weights(logits.len())) {
        if weight == 0.0 {
            continue;
        }
        let loss = (head_loss(logits, target, params, compute)? * weight)?;
        total = Some(match total {
            Some(sum) => (sum + loss)?,
            None => loss,
        });
    }
    total.ok_or_else(|| Error::argument("the loss needs the logits of at least one head, got none"))
}

/// A target on a smaller grid: along each axis index `floor((o + 0.5) * in / out)`.
///
/// # Errors
/// Only those of the tensor library.
pub fn nearest(target: &Tensor, size: [usize; 3]) -> Result<Tensor> {
    let mut target = target.clone();
    for (axis, &out) in size.iter().enumerate() {
        let input = target.dim(axis + 1)?;
        if input != out {
            let index: Vec<u32> = (0..out).map(|o| ((2 * o + 1) * input / (2 * out)) as u32).collect();
            let index = Tensor::from_vec(index, out, target.device())?;
            target = target.contiguous()?.index_select(&index, axis + 1)?;
        }
    }
    Ok(target)
}
