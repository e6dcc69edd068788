//! 3-D convolution with bias, padded so that stride 1 keeps the size.

use super::shape::{sizes, values, with_values};
use super::stock;
use crate::net::compute::Compute;
use crate::net::kernels::correlate::correlate;
use crate::net::kernels::gather::{Gather, gather};
use crate::net::kernels::level::Level;
use crate::net::kernels::norm::{Extent, channel_sums};
use crate::net::kernels::pack::{Weights, pack, unpack};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// Convolves `x [N, D, H, W, I]` with `w [O, I, kd, kh, kw]` (odd sizes) and adds `b [O]`; the padding is `(k - 1) / 2`.
/// The result is `[N, D', H', W', O]` with `D' = (D - 1) / stride + 1`.
///
/// # Errors
/// Shapes do not fit.
pub fn conv3d(x: &Tensor, w: &Tensor, b: &Tensor, stride: [usize; 3], compute: Compute) -> Result<Tensor> {
    match compute {
        Compute::Kernels(level) => x.contiguous()?.apply_op3(w, b, Conv { stride, level }),
        Compute::Stock => stock::conv3d(x, w, b, stride),
    }
}

/// The convolution on the CPU.
struct Conv {
    stride: [usize; 3],
    level: Level,
}

/// Sizes of one convolution.
struct Sizes {
    batch: usize,
    input: [usize; 3],
    inputs: usize,
    output: [usize; 3],
    outputs: usize,
    kernel: [usize; 3],
}

impl Sizes {
    fn new(x: [usize; 5], w: &[usize], stride: [usize; 3]) -> Result<Self> {
        let [batch, d, h, width, inputs] = x;
        let &[outputs, i, kd, kh, kw] = w else { bail!("weights must be [O, I, kd, kh, kw], got {w:?}") };
        if i != inputs {
            bail!("weights {w:?} need {i} input channels, got {inputs}");
        }
        let kernel = [kd, kh, kw];
        if kernel.iter().any(|k| k % 2 == 0) || stride.contains(&0) || [d, h, width].contains(&0) {
            bail!("wanted odd kernels, positive strides and sizes; got {kernel:?}, {stride:?}, {:?}", [d, h, width]);
        }
        let input = [d, h, width];
        let output = std::array::from_fn(|a| (input[a] - 1) / stride[a] + 1);
        Ok(Sizes { batch, input, inputs, output, outputs, kernel })
    }

    fn forward(&self, stride: [usize; 3]) -> Gather {
        Gather {
            batch: self.batch,
            input: self.input,
            inputs: self.inputs,
            taps: self.kernel,
            stride,
            start: self.kernel.map(|k| -((k / 2) as isize)),
            count: self.output,
            output: self.output,
            outputs: self.outputs,
            step: [1; 3],
            phase: [0; 3],
        }
    }

    fn taps(&self) -> usize {
        self.kernel.iter().product()
    }

    /// Weights from input to output channels, taps in order.
    fn weights<'a>(&self, values: &'a [f32]) -> Weights<'a> {
        Weights {
            values,
            output_step: self.inputs * self.taps(),
            input_step: self.taps(),
            taps: (0..self.taps()).collect(),
            outputs: self.outputs,
            inputs: self.inputs,
        }
    }

    /// One gather per phase of the stride, that together give x's gradient from y's: place `i` of x took part in result
    /// `q` through tap `t` when `q * stride + t - pad = i`, so phase `r` of x sees every `stride`-th tap, in reverse.
    fn backward<'a>(&self, stride: [usize; 3], values: &'a [f32]) -> Vec<(Gather, Weights<'a>)> {
        let mut phases = Vec::new();
        for rd in 0..stride[0] {
            for rh in 0..stride[1] {
                for rw in 0..stride[2] {
                    let phase = [rd, rh, rw];
                    let taps: [Vec<usize>; 3] = std::array::from_fn(|a| {
                        let pad = self.kernel[a] / 2;
                        (0..self.kernel[a]).rev().filter(|t| (phase[a] + pad) % stride[a] == t % stride[a]).collect()
                    });
                    let count = std::array::from_fn(|a| {
                        if phase[a] < self.input[a] { (self.input[a] - phase[a] - 1) / stride[a] + 1 } else { 0 }
                    });
                    let start = std::array::from_fn(|a| {
                        let first = taps[a].first().copied().unwrap_or(0) as isize;
                        ((phase[a] + self.kernel[a] / 2) as isize - first).div_euclid(stride[a] as isize)
                    });
                    let mut places = Vec::new();
                    for d in &taps[0] {
                        for h in &taps[1] {
                            places.extend(taps[2].iter().map(|w| (d * self.kernel[1] + h) * self.kernel[2] + w));
                        }
                    }
                    let shape = Gather {
                        batch: self.batch,
                        input: self.output,
                        inputs: self.outputs,
                        taps: std::array::from_fn(|a| taps[a].len()),
                        stride: [1; 3],
                        start,
                        count,
                        output: self.input,
                        outputs: self.inputs,
                        step: stride,
                        phase,
                    };
                    let weights = Weights {
                        values,
                        output_step: self.taps(),
                        input_step: self.inputs * self.taps(),
                        taps: places,
                        outputs: self.inputs,
                        inputs: self.outputs,
                    };
                    // A phase that no tap reaches keeps the zeros it starts with.
                    if !weights.taps.is_empty() {
                        phases.push((shape, weights));
                    }
                }
            }
        }
        phases
    }
}

impl CustomOp3 for Conv {
    fn name(&self) -> &'static str {
        "conv3d"
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
        let s = Sizes::new(sizes(x_layout)?, w_layout.dims(), self.stride)?;
        if b_layout.dims() != [s.outputs] {
            bail!("bias must be [{}], got {:?}", s.outputs, b_layout.dims());
        }
        let packed = pack(&s.weights(values(w, w_layout)?), self.level);
        let shape = Shape::from((s.batch, s.output[0], s.output[1], s.output[2], s.outputs));
        let mut y = vec![0.0_f32; shape.elem_count()];
        gather(self.level, &s.forward(self.stride), values(x, x_layout)?, &packed, values(b, b_layout)?, &mut y);
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
        let s = Sizes::new(sizes(x.layout())?, w.dims(), self.stride)?;
        with_values(g, |gv| {
            let dx = if x.track_op() {
                let dx = with_values(w, |wv| {
                    let mut dx = vec![0.0_f32; x.elem_count()];
                    for (shape, weights) in s.backward(self.stride, wv) {
                        gather(self.level, &shape, gv, &pack(&weights, self.level), &[], &mut dx);
                    }
                    Ok(dx)
                })?;
                Some(Tensor::from_vec(dx, x.shape(), x.device())?)
            } else {
                None
            };
            let dw = if w.track_op() {
                let mut dw = vec![0.0_f32; w.elem_count()];
                let packed = with_values(x, |xv| Ok(correlate(self.level, &s.forward(self.stride), xv, gv)))?;
                unpack(&packed, &s.weights(&[]), self.level, &mut dw);
                Some(Tensor::from_vec(dw, w.shape(), w.device())?)
            } else {
                None
            };
            let db = if b.track_op() {
                let extent = Extent { batch: s.batch, positions: s.output.iter().product(), channels: s.outputs };
                Some(Tensor::from_vec(channel_sums(self.level, extent, gv), b.shape(), b.device())?)
            } else {
                None
            };
            Ok((dx, dw, db))
        })
    }
}
