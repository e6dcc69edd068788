//! Convolution, instance norm and leaky ReLU as one operation: the tape keeps and adds up half as many tensors.

use super::conv::{Sizes, conv3d};
use super::norm::norm_relu;
use super::shape::{sizes, values, with_values};
use super::stock::{EPS, SLOPE};
use crate::base::level::Level;
use crate::net::compute::Compute;
use crate::net::kernels::norm::{Statistics, channel_sums, gradients, normalise, normalise_in_place, statistics};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Parameters of a block but its weights, each `[O]`.
#[derive(Debug, Clone)]
pub struct Affine {
    /// The convolution's bias.
    pub bias: Tensor,
    /// The norm's factor.
    pub gain: Tensor,
    /// Added behind the norm.
    pub shift: Tensor,
}

/// [`norm_relu`] of [`conv3d`].
///
/// # Errors
/// Shapes do not fit.
pub fn block(x: &Tensor, w: &Tensor, affine: &Affine, stride: [usize; 3], compute: Compute) -> Result<Tensor> {
    let Affine { bias, gain, shift } = affine;
    match compute {
        Compute::Kernels(level) => {
            // The tape's operations have three arguments at most.
            let affine = Tensor::cat(&[bias, gain, shift], 0)?;
            let trained = [x, w, &affine].iter().any(|tensor| tensor.track_op());
            x.contiguous()?.apply_op3(w, &affine, Block { stride, level, trained, kept: Mutex::new(None) })
        }
        Compute::Stock => norm_relu(&conv3d(x, w, bias, stride, compute)?, gain, shift, compute),
    }
}

struct Block {
    stride: [usize; 3],
    level: Level,
    /// Whether there is a backward pass.
    trained: bool,
    /// The convolution's result and its statistics, left for the backward pass, which takes them: they are freed on its way.
    kept: Mutex<Option<Convolved>>,
}

/// The convolution's result and its statistics.
type Convolved = (Vec<f32>, Statistics);

impl Block {
    fn convolve(&self, s: &Sizes, x: &[f32], w: &[f32], bias: &[f32]) -> Convolved {
        let convolved = s.convolve(self.level, x, w, bias);
        let statistics = statistics(self.level, s.extent(), &convolved, EPS);
        (convolved, statistics)
    }

    fn kept(&self) -> MutexGuard<'_, Option<Convolved>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CustomOp3 for Block {
    fn name(&self) -> &'static str {
        "conv_norm_relu"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        w: &CpuStorage,
        w_layout: &Layout,
        affine: &CpuStorage,
        affine_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let s = Sizes::new(sizes(x_layout)?, w_layout.dims(), self.stride)?;
        let extent = s.extent();
        let c = extent.channels;
        if affine_layout.dims() != [3 * c] {
            bail!("bias, gain and shift must be [{c}] each, got {:?} together", affine_layout.dims());
        }
        let affine = values(affine, affine_layout)?;
        let (mut convolved, statistics) = self.convolve(&s, values(x, x_layout)?, values(w, w_layout)?, &affine[..c]);
        let (gain, shift) = (&affine[c..2 * c], &affine[2 * c..]);
        if !self.trained {
            normalise_in_place(self.level, extent, &mut convolved, &statistics, (gain, shift), SLOPE as f32);
            return Ok((CpuStorage::F32(convolved), s.shape()));
        }
        let mut y = vec![0.0_f32; convolved.len()];
        normalise(self.level, extent, &convolved, &statistics, (gain, shift), SLOPE as f32, &mut y);
        *self.kept() = Some((convolved, statistics));
        Ok((CpuStorage::F32(y), s.shape()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        affine: &Tensor,
        y: &Tensor,
        g: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let s = Sizes::new(sizes(x.layout())?, w.dims(), self.stride)?;
        let (extent, level) = (s.extent(), self.level);
        let c = extent.channels;
        let kept = self.kept().take();
        let (g, dgain, dshift) = with_values(affine, |affine| {
            // A second backward pass over one tape convolves once more.
            let again = || with_values(x, |x| with_values(w, |w| Ok(self.convolve(&s, x, w, &affine[..c]))));
            let (convolved, statistics) = kept.map_or_else(again, Ok)?;
            let gain = &affine[c..2 * c];
            with_values(y, |y| {
                with_values(g, |g| Ok(gradients(level, extent, (&convolved, y, g), &statistics, gain, SLOPE as f32)))
            })
        })?;
        let (mut dx, mut dw, mut daffine) = (None, None, None);
        if x.track_op() {
            let values = with_values(w, |w| Ok(s.input_gradient(level, w, &g)))?;
            dx = Some(Tensor::from_vec(values, x.shape(), x.device())?);
        }
        if w.track_op() {
            let values = with_values(x, |x| Ok(s.weight_gradient(level, x, &g)))?;
            dw = Some(Tensor::from_vec(values, w.shape(), w.device())?);
        }
        if affine.track_op() {
            let values = [channel_sums(level, extent, &g), dgain, dshift].concat();
            daffine = Some(Tensor::from_vec(values, affine.shape(), affine.device())?);
        }
        Ok((dx, dw, daffine))
    }
}
