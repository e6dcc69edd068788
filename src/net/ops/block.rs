//! Convolution, instance norm and leaky ReLU as one operation: the tape keeps and adds up half as many tensors.

use super::conv::{Sizes, conv3d};
use super::norm::norm_relu;
use super::shape::{sizes, values, with_values};
use super::stock::{EPS, SLOPE};
use crate::net::compute::Compute;
use crate::net::kernels::level::Level;
use crate::net::kernels::norm::{Statistics, channel_sums, gradients, normalise, statistics};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use std::sync::OnceLock;

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
            x.contiguous()?.apply_op3(w, &affine, Block { stride, level, kept: OnceLock::new() })
        }
        Compute::Stock => norm_relu(&conv3d(x, w, bias, stride, compute)?, gain, shift, compute),
    }
}

struct Block {
    stride: [usize; 3],
    level: Level,
    /// The convolution's result and its statistics, left for the backward pass.
    kept: OnceLock<(Vec<f32>, Statistics)>,
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
        let (kept, statistics) = self.kept.get_or_init({
            let (x, w) = (values(x, x_layout)?, values(w, w_layout)?);
            || {
                let kept = s.convolve(self.level, x, w, &affine[..c]);
                let statistics = statistics(self.level, extent, &kept, EPS);
                (kept, statistics)
            }
        });
        let mut y = vec![0.0_f32; kept.len()];
        normalise(self.level, extent, kept, statistics, (&affine[c..2 * c], &affine[2 * c..]), SLOPE as f32, &mut y);
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
        let Some((kept, statistics)) = self.kept.get() else { bail!("conv_norm_relu has not run forward") };
        let (g, dgain, dshift) = with_values(y, |y| {
            with_values(g, |g| {
                with_values(affine, |affine| {
                    Ok(gradients(level, extent, (kept, y, g), statistics, &affine[c..2 * c], SLOPE as f32))
                })
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
