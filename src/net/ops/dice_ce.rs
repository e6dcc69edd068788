//! Cross-entropy plus soft Dice with a hand-written gradient.

use super::shape::{values, with_values};
use crate::base::math::{exp32, ln32};
use candle_core::{CpuStorage, CustomOp1, D, DType, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};

/// Options, checked by the caller.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Weight of each class but the background in the cross-entropy.
    pub weight: f64,
    /// Added to both parts of the Dice.
    pub smooth: f64,
    /// One Dice over the whole batch.
    pub batch_dice: bool,
}

/// Positions of one task; sums are of `f64` and added in the tasks' order.
const CHUNK: usize = 4096;

/// Logits `[N, C, D, H, W]` on the CPU, target `[N, D, H, W]` of classes below C.
///
/// # Errors
/// Shapes do not fit.
pub fn fused(logits: &Tensor, target: &Tensor, options: Options) -> Result<Tensor> {
    let target = target.flatten_all()?.to_dtype(DType::U8)?.to_vec1::<u8>()?;
    let op = DiceCe { target: Arc::new(target), options, kept: OnceLock::new() };
    logits.permute((0, 2, 3, 4, 1))?.contiguous()?.apply_op1(op)
}

struct DiceCe {
    target: Arc<Vec<u8>>,
    options: Options,
    kept: OnceLock<Kept>,
}

/// What the forward pass leaves for the backward pass.
struct Kept {
    probabilities: Vec<f32>,
    /// Sum of the cross-entropy's weights.
    weight: f64,
    /// Derivative of the loss by a probability of class c in volume n: `inside` where the target is c, else `outside`.
    inside: Vec<f32>,
    outside: Vec<f32>,
}

/// Sums over a chunk: cross-entropy, its weights, and for every class the overlap, the predicted and the true volume.
struct Sums {
    entropy: f64,
    weight: f64,
    overlap: Vec<f64>,
    predicted: Vec<f64>,
    true_volume: Vec<f64>,
}

impl CustomOp1 for DiceCe {
    fn name(&self) -> &'static str {
        "dice_ce"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let &[n, d, h, w, classes] = layout.dims() else { bail!("logits must have 5 axes, got {:?}", layout.dims()) };
        let x = values(x, layout)?;
        let positions = d * h * w;
        if self.target.len() != n * positions || self.target.iter().any(|c| usize::from(*c) >= classes) {
            bail!("a target of {} classes does not fit logits {:?}", self.target.len(), layout.dims());
        }
        let mut probabilities = vec![0.0_f32; x.len()];
        let volume = positions * classes;
        let sums: Vec<Vec<Sums>> = probabilities
            .par_chunks_mut(volume)
            .enumerate()
            .map(|(n, p)| {
                p.par_chunks_mut(CHUNK * classes)
                    .zip(x[n * volume..(n + 1) * volume].par_chunks(CHUNK * classes))
                    .zip(self.target[n * positions..(n + 1) * positions].par_chunks(CHUNK))
                    .map(|((p, x), target)| chunk_sums(x, target, p, classes, self.options.weight))
                    .collect()
            })
            .collect();
        let (mut entropy, mut weight) = (0.0, 0.0);
        let groups = if self.options.batch_dice { 1 } else { n };
        let (mut overlap, mut volumes) = (vec![0.0; groups * classes], vec![0.0; groups * classes]);
        for (n, sums) in sums.iter().enumerate() {
            let group = if self.options.batch_dice { 0 } else { n };
            for sums in sums {
                entropy += sums.entropy;
                weight += sums.weight;
                for c in 0..classes {
                    overlap[group * classes + c] += sums.overlap[c];
                    volumes[group * classes + c] += sums.predicted[c] + sums.true_volume[c];
                }
            }
        }
        let count = (groups * (classes - 1)) as f64;
        let (mut inside, mut outside) = (vec![0.0; groups * classes], vec![0.0; groups * classes]);
        let mut dice = 0.0;
        for at in (0..groups * classes).filter(|at| at % classes != 0) {
            let top = 2.0 * overlap[at] + self.options.smooth;
            let bottom = (volumes[at] + self.options.smooth).max(1e-8);
            dice += top / bottom / count;
            inside[at] = (-(2.0 * bottom - top) / (bottom * bottom) / count) as f32;
            outside[at] = (top / (bottom * bottom) / count) as f32;
        }
        let loss = entropy / weight + 1.0 - dice;
        self.kept.get_or_init(|| Kept { probabilities, weight, inside, outside });
        Ok((CpuStorage::F32(vec![loss as f32]), Shape::from(())))
    }

    fn bwd(&self, logits: &Tensor, _loss: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        let Some(kept) = self.kept.get() else { bail!("dice_ce has not run forward") };
        let g = with_values(g, |g| Ok(g[0]))?;
        let (n, classes) = (logits.dim(0)?, logits.dim(4)?);
        let positions = self.target.len() / n;
        let mut dx = vec![0.0_f32; kept.probabilities.len()];
        let background = (f64::from(g) / kept.weight) as f32;
        let foreground = (f64::from(g) * self.options.weight / kept.weight) as f32;
        dx.par_chunks_mut(positions * classes).enumerate().for_each(|(n, dx)| {
            let at = if self.options.batch_dice { 0 } else { n * classes };
            let (inside, outside) = (&kept.inside[at..at + classes], &kept.outside[at..at + classes]);
            let p = &kept.probabilities[n * positions * classes..(n + 1) * positions * classes];
            let target = &self.target[n * positions..(n + 1) * positions];
            dx.par_chunks_mut(CHUNK * classes)
                .zip(p.par_chunks(CHUNK * classes))
                .zip(target.par_chunks(CHUNK))
                .for_each(|((dx, p), target)| {
                    for ((dx, p), &target) in dx.chunks_exact_mut(classes).zip(p.chunks_exact(classes)).zip(target) {
                        let target = usize::from(target);
                        let slope = |c: usize| g * if c == target { inside[c] } else { outside[c] };
                        let weight = if target == 0 { background } else { foreground };
                        let mean: f32 = (1..classes).map(|c| slope(c) * p[c]).sum();
                        for c in 0..classes {
                            let hit = if c == target { 1.0 } else { 0.0 };
                            dx[c] = weight * (p[c] - hit) + p[c] * (if c == 0 { 0.0 } else { slope(c) } - mean);
                        }
                    }
                });
        });
        Ok(Some(Tensor::from_vec(dx, logits.shape(), logits.device())?))
    }
}

fn chunk_sums(x: &[f32], target: &[u8], p: &mut [f32], classes: usize, foreground: f64) -> Sums {
    let zero = || vec![0.0_f64; classes];
    let mut sums = Sums { entropy: 0.0, weight: 0.0, overlap: zero(), predicted: zero(), true_volume: zero() };
    for ((x, p), &target) in x.chunks_exact(classes).zip(p.chunks_exact_mut(classes)).zip(target) {
        let target = usize::from(target);
        let highest = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut total = 0.0_f32;
        for (p, x) in p.iter_mut().zip(x) {
            *p = if *x == highest { 1.0 } else { exp32(x - highest) };
            total += *p;
        }
        for (c, p) in p.iter_mut().enumerate() {
            *p /= total;
            sums.predicted[c] += f64::from(*p);
        }
        let weight = if target == 0 { 1.0 } else { foreground };
        sums.entropy += weight * f64::from(ln32(total) - (x[target] - highest));
        sums.weight += weight;
        sums.overlap[target] += f64::from(p[target]);
        sums.true_volume[target] += 1.0;
    }
    sums
}

/// The same of stock operations.
///
/// # Errors
/// Shapes do not fit.
pub fn stock(logits: &Tensor, target: &Tensor, options: Options) -> Result<Tensor> {
    let (n, classes, d, h, w) = logits.dims5()?;
    let logs = candle_nn::ops::log_softmax(&logits.reshape((n, classes, d * h * w))?, 1)?;
    let probabilities = logs.exp()?;
    let target = target.to_dtype(DType::U32)?.reshape((n, 1, d * h * w))?;
    let class = Tensor::arange(0, classes as u32, logits.device())?.reshape((1, classes, 1))?;
    let one_hot = target.broadcast_eq(&class)?.to_dtype(DType::F32)?;
    let mut weights = vec![options.weight as f32; classes];
    weights[0] = 1.0;
    let weights = one_hot.broadcast_mul(&Tensor::from_vec(weights, (1, classes, 1), logits.device())?)?;
    let entropy = ((&logs * &weights)?.sum_all()?.neg()? / weights.sum_all()?)?;
    let reduce = |x: &Tensor| -> Result<Tensor> {
        let sums = x.narrow(1, 1, classes - 1)?.sum(D::Minus1)?;
        if options.batch_dice { sums.sum_keepdim(0) } else { Ok(sums) }
    };
    let top = ((reduce(&(&probabilities * &one_hot)?)? * 2.0)? + options.smooth)?;
    let bottom = (reduce(&probabilities)? + reduce(&one_hot)?)?;
    let dice = (top / (bottom + options.smooth)?)?.mean_all()?;
    (entropy + 1.0)? - dice
}
