//! Transposed convolution whose kernel is its stride: every input position becomes a block of the output.

use super::shape::{sizes, values, with_values};
use super::stock;
use crate::base::level::Level;
use crate::net::compute::Compute;
use crate::net::kernels::correlate::correlate;
use crate::net::kernels::gather::{Gather, gather};
use crate::net::kernels::norm::{Extent, channel_sums};
use crate::net::kernels::pack::{Weights, pack, unpack};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// Enlarges `x [N, D, H, W, I]` with `w [I, O, kd, kh, kw]` and `b [O]` to `[N, D * kd, H * kh, W * kw, O]`.
///
/// # Errors
/// Shapes do not fit.
pub fn up3d(x: &Tensor, w: &Tensor, b: &Tensor, compute: Compute) -> Result<Tensor> {
    match compute {
        Compute::Kernels(level) => x.contiguous()?.apply_op3(w, b, Up { level }),
        Compute::Stock => stock::up3d(x, w, b),
    }
}

struct Up {
    level: Level,
}

struct Sizes {
    batch: usize,
    small: [usize; 3],
    large: [usize; 3],
    inputs: usize,
    outputs: usize,
    kernel: [usize; 3],
}

impl Sizes {
    fn new(x: [usize; 5], w: &[usize]) -> Result<Self> {
        let [batch, d, h, width, inputs] = x;
        let &[i, outputs, kd, kh, kw] = w else { bail!("weights must be [I, O, kd, kh, kw], got {w:?}") };
        if i != inputs || [kd, kh, kw].contains(&0) || [d, h, width].contains(&0) {
            bail!("weights {w:?} do not fit an input of {x:?}");
        }
        let (small, kernel) = ([d, h, width], [kd, kh, kw]);
        let large = std::array::from_fn(|a| small[a] * kernel[a]);
        Ok(Sizes { batch, small, large, inputs, outputs, kernel })
    }

    fn taps(&self) -> usize {
        self.kernel.iter().product()
    }

    /// One gather per place in the kernel.
    fn forward<'a>(&self, values: &'a [f32]) -> Vec<(Gather, Weights<'a>)> {
        (0..self.taps())
            .map(|tap| {
                let [_, kh, kw] = self.kernel;
                let shape = Gather {
                    batch: self.batch,
                    input: self.small,
                    inputs: self.inputs,
                    taps: [1; 3],
                    stride: [1; 3],
                    start: [0; 3],
                    count: self.small,
                    output: self.large,
                    outputs: self.outputs,
                    step: self.kernel,
                    phase: [tap / (kh * kw), tap / kw % kh, tap % kw],
                };
                let weights = Weights {
                    values,
                    output_step: self.taps(),
                    input_step: self.outputs * self.taps(),
                    taps: vec![tap],
                    outputs: self.outputs,
                    inputs: self.inputs,
                };
                (shape, weights)
            })
            .collect()
    }

    /// The input's gradient is a convolution of the output's with stride = kernel.
    fn backward(&self) -> Gather {
        Gather {
            batch: self.batch,
            input: self.large,
            inputs: self.outputs,
            taps: self.kernel,
            stride: self.kernel,
            start: [0; 3],
            count: self.small,
            output: self.small,
            outputs: self.inputs,
            step: [1; 3],
            phase: [0; 3],
        }
    }

    fn backward_weights<'a>(&self, values: &'a [f32]) -> Weights<'a> {
        Weights {
            values,
            output_step: self.outputs * self.taps(),
            input_step: self.taps(),
            taps: (0..self.taps()).collect(),
            outputs: self.inputs,
            inputs: self.outputs,
        }
    }
}

impl CustomOp3 for Up {
    fn name(&self) -> &'static str {
        "up3d"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        w: &CpuStorage,
        w_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let s = Sizes::new(sizes(x_layout)?, w_layout.dims())?;
        if b_layout.dims() != [s.outputs] {
            bail!("bias must be [{}], got {:?}", s.outputs, b_layout.dims());
        }
        let shape = Shape::from((s.batch, s.large[0], s.large[1], s.large[2], s.outputs));
        let mut y = vec![0.0_f32; shape.elem_count()];
        for (gather_shape, weights) in s.forward(values(w, w_layout)?) {
            let packed = pack(&weights, self.level);
            gather(self.level, &gather_shape, values(x, x_layout)?, &packed, values(b, b_layout)?, &mut y);
        }
        Ok((CpuStorage::F32(y), shape))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        _y: &Tensor,
        g: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let s = Sizes::new(sizes(x.layout())?, w.dims())?;
        with_values(g, |gv| {
            let dx = if x.track_op() {
                let mut dx = vec![0.0_f32; x.elem_count()];
                let packed = with_values(w, |wv| Ok(pack(&s.backward_weights(wv), self.level)))?;
                gather(self.level, &s.backward(), gv, &packed, &[], &mut dx);
                Some(Tensor::from_vec(dx, x.shape(), x.device())?)
            } else {
                None
            };
            let dw = if w.track_op() {
                let mut dw = vec![0.0_f32; w.elem_count()];
                let packed = with_values(x, |xv| Ok(correlate(self.level, &s.backward(), gv, xv)))?;
                unpack(&packed, &s.backward_weights(&[]), self.level, &mut dw);
                Some(Tensor::from_vec(dw, w.shape(), w.device())?)
            } else {
                None
            };
            let db = if b.track_op() {
                let extent = Extent { batch: s.batch, positions: s.large.iter().product(), channels: s.outputs };
                Some(Tensor::from_vec(channel_sums(self.level, extent, gv), b.shape(), b.device())?)
            } else {
                None
            };
            Ok((dx, dw, db))
        })
    }
}
