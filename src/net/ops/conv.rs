//! 3-D convolution with bias, padded so that stride 1 keeps the size.

use super::shape::{sizes, values, with_values};
use super::stock;
use crate::base::level::Level;
use crate::net::compute::Compute;
use crate::net::kernels::correlate::correlate;
use crate::net::kernels::gather::{Gather, gather};
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
pub(crate) struct Sizes {
    batch: usize,
    input: [usize; 3],
    inputs: usize,
    output: [usize; 3],
    outputs: usize,
    kernel: [usize; 3],
    stride: [usize; 3],
}

impl Sizes {
    pub(crate) fn new(x: [usize; 5], w: &[usize], stride: [usize; 3]) -> Result<Self> {
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
        Ok(Sizes { batch, input, inputs, output, outputs, kernel, stride })
    }

    fn forward(&self) -> Gather {
        Gather {
            batch: self.batch,
            input: self.input,
            inputs: self.inputs,
            taps: self.kernel,
            stride: self.stride,
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
    fn backward<'a>(&self, values: &'a [f32]) -> Vec<(Gather, Weights<'a>)> {
        let stride = self.stride;
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

    /// Positions and channels of the result.
    pub(crate) fn extent(&self) -> Extent {
        Extent { batch: self.batch, positions: self.output.iter().product(), channels: self.outputs }
    }

    /// `[N, D', H', W', O]`.
    pub(crate) fn shape(&self) -> Shape {
        Shape::from((self.batch, self.output[0], self.output[1], self.output[2], self.outputs))
    }

    /// The convolution.
    pub(crate) fn convolve(&self, level: Level, x: &[f32], w: &[f32], b: &[f32]) -> Vec<f32> {
        let mut y = vec![0.0_f32; self.shape().elem_count()];
        gather(level, &self.forward(), x, &pack(&self.weights(w), level), b, &mut y);
        y
    }

    /// The gradient of x from that of y.
    pub(crate) fn input_gradient(&self, level: Level, w: &[f32], g: &[f32]) -> Vec<f32> {
        let mut dx = vec![0.0_f32; self.batch * self.input.iter().product::<usize>() * self.inputs];
        for (shape, weights) in self.backward(w) {
            gather(level, &shape, g, &pack(&weights, level), &[], &mut dx);
        }
        dx
    }

    /// The gradient of w from that of y.
    pub(crate) fn weight_gradient(&self, level: Level, x: &[f32], g: &[f32]) -> Vec<f32> {
        let mut dw = vec![0.0_f32; self.outputs * self.inputs * self.taps()];
        unpack(&correlate(level, &self.forward(), x, g), &self.weights(&[]), level, &mut dw);
        dw
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
        let y = s.convolve(self.level, values(x, x_layout)?, values(w, w_layout)?, values(b, b_layout)?);
        Ok((CpuStorage::F32(y), s.shape()))
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
        with_values(g, |g| {
            let (mut dx, mut dw, mut db) = (None, None, None);
            if x.track_op() {
                let values = with_values(w, |w| Ok(s.input_gradient(self.level, w, g)))?;
                dx = Some(Tensor::from_vec(values, x.shape(), x.device())?);
            }
            if w.track_op() {
                let values = with_values(x, |x| Ok(s.weight_gradient(self.level, x, g)))?;
                dw = Some(Tensor::from_vec(values, w.shape(), w.device())?);
            }
            if b.track_op() {
                db = Some(Tensor::from_vec(channel_sums(self.level, s.extent(), g), b.shape(), b.device())?);
            }
            Ok((dx, dw, db))
        })
    }
}
