//! Instance norm with affine, then leaky ReLU, as one operation.

use super::shape::{sizes, values, with_values};
use super::stock::{self, EPS, SLOPE};
use crate::base::level::Level;
use crate::net::compute::Compute;
use crate::net::kernels::norm::{Extent, Statistics, gradients, normalise, statistics};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use std::sync::OnceLock;

/// `leaky_relu((x - mean) / sqrt(variance + eps) * gain + shift)` of `x [N, D, H, W, C]`, mean and biased variance over each
/// volume and channel.
///
/// # Errors
/// Shapes do not fit.
pub fn norm_relu(x: &Tensor, gain: &Tensor, shift: &Tensor, compute: Compute) -> Result<Tensor> {
    match compute {
        Compute::Kernels(level) => {
            x.contiguous()?.apply_op3(gain, shift, NormRelu { level, statistics: OnceLock::new() })
        }
        Compute::Stock => stock::norm_relu(x, gain, shift),
    }
}

struct NormRelu {
    level: Level,
    /// Left by the forward pass for the backward pass.
    statistics: OnceLock<Statistics>,
}

fn extent(layout: &Layout) -> Result<Extent> {
    let [batch, d, h, w, channels] = sizes(layout)?;
    Ok(Extent { batch, positions: d * h * w, channels })
}

impl CustomOp3 for NormRelu {
    fn name(&self) -> &'static str {
        "norm_relu"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gain: &CpuStorage,
        gain_layout: &Layout,
        shift: &CpuStorage,
        shift_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let extent = extent(x_layout)?;
        if gain_layout.dims() != [extent.channels] || shift_layout.dims() != [extent.channels] {
            let (gain, shift) = (gain_layout.dims(), shift_layout.dims());
            bail!("gain and shift must be [{}], got {gain:?} and {shift:?}", extent.channels);
        }
        let x = values(x, x_layout)?;
        let (gain, shift) = (values(gain, gain_layout)?, values(shift, shift_layout)?);
        let statistics = self.statistics.get_or_init(|| statistics(self.level, extent, x, EPS));
        let mut y = vec![0.0_f32; x.len()];
        normalise(self.level, extent, x, statistics, (gain, shift), SLOPE as f32, &mut y);
        Ok((CpuStorage::F32(y), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gain: &Tensor,
        shift: &Tensor,
        y: &Tensor,
        g: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let extent = extent(x.layout())?;
        let Some(statistics) = self.statistics.get() else { bail!("norm_relu has not run forward") };
        let (dx, dgain, dshift) = with_values(x, |xv| {
            with_values(y, |yv| {
                with_values(g, |gv| {
                    with_values(gain, |gain| {
                        Ok(gradients(self.level, extent, (xv, yv, gv), statistics, gain, SLOPE as f32))
                    })
                })
            })
        })?;
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), x.device())?),
            Some(Tensor::from_vec(dgain, gain.shape(), gain.device())?),
            Some(Tensor::from_vec(dshift, shift.shape(), shift.device())?),
        ))
    }
}
