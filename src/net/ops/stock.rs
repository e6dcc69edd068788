//! The same operations composed of the tensor library's own, for devices our kernels do not run on.

use candle_core::{Result, Tensor, bail};

/// Added to the variance.
pub const EPS: f64 = 1e-5;
/// Slope of the leaky ReLU below zero.
pub const SLOPE: f64 = 0.01;

/// As [`super::conv::conv3d`]: a matrix product per tap.
///
/// # Errors
/// Shapes do not fit.
pub fn conv3d(x: &Tensor, w: &Tensor, b: &Tensor, stride: [usize; 3]) -> Result<Tensor> {
    let (n, d, h, width, inputs) = x.dims5()?;
    let (outputs, _, kd, kh, kw) = w.dims5()?;
    let kernel = [kd, kh, kw];
    if kernel.iter().any(|k| k % 2 == 0) {
        bail!("wanted odd kernels, got {kernel:?}");
    }
    let mut padded = x.clone();
    let mut output = [0; 3];
    for (a, size) in [d, h, width].into_iter().enumerate() {
        let pad = kernel[a] / 2;
        output[a] = (size - 1) / stride[a] + 1;
        // Enough behind for the slice of every tap to hold whole steps of the stride.
        let needed = kernel[a] - 1 + output[a] * stride[a];
        padded = padded.pad_with_zeros(a + 1, pad, needed.saturating_sub(pad + size))?;
    }
    let positions = n * output.iter().product::<usize>();
    let mut sum: Option<Tensor> = None;
    for td in 0..kd {
        for th in 0..kh {
            for tw in 0..kw {
                let mut part = padded.clone();
                for (a, tap) in [td, th, tw].into_iter().enumerate() {
                    part = strided(&part, a + 1, tap, output[a], stride[a])?;
                }
                let matrix = w.narrow(2, td, 1)?.narrow(3, th, 1)?.narrow(4, tw, 1)?.reshape((outputs, inputs))?;
                let product = part.reshape((positions, inputs))?.matmul(&matrix.t()?)?;
                sum = Some(match sum {
                    Some(sum) => (sum + product)?,
                    None => product,
                });
            }
        }
    }
    let Some(sum) = sum else { bail!("wanted a kernel with at least one tap, got {kernel:?}") };
    sum.broadcast_add(b)?.reshape((n, output[0], output[1], output[2], outputs))
}

/// Values `first, first + stride, ...`, `count` of them, along one axis.
fn strided(x: &Tensor, axis: usize, first: usize, count: usize, stride: usize) -> Result<Tensor> {
    let part = x.narrow(axis, first, count * stride)?;
    if stride == 1 {
        return Ok(part);
    }
    let mut split = part.dims().to_vec();
    split[axis] = count;
    split.insert(axis + 1, stride);
    part.contiguous()?.reshape(split)?.narrow(axis + 1, 0, 1)?.squeeze(axis + 1)
}

/// As [`super::up::up3d`]: one matrix product, then a permutation.
///
/// # Errors
/// Shapes do not fit.
pub fn up3d(x: &Tensor, w: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (n, d, h, width, inputs) = x.dims5()?;
    let (_, outputs, kd, kh, kw) = w.dims5()?;
    let matrix = w.permute((0, 2, 3, 4, 1))?.contiguous()?.reshape((inputs, kd * kh * kw * outputs))?;
    let blocks = x.contiguous()?.reshape((n * d * h * width, inputs))?.matmul(&matrix)?;
    blocks
        .reshape(vec![n, d, h, width, kd, kh, kw, outputs])?
        .permute(vec![0, 1, 4, 2, 5, 3, 6, 7])?
        .contiguous()?
        .reshape((n, d * kd, h * kh, width * kw, outputs))?
        .broadcast_add(b)
}

/// As [`super::norm::norm_relu`].
///
/// # Errors
/// Shapes do not fit.
pub fn norm_relu(x: &Tensor, gain: &Tensor, shift: &Tensor) -> Result<Tensor> {
    let (n, d, h, w, c) = x.dims5()?;
    let flat = x.contiguous()?.reshape((n, d * h * w, c))?;
    let centred = flat.broadcast_sub(&flat.mean_keepdim(1)?)?;
    let scale = (centred.sqr()?.mean_keepdim(1)? + EPS)?.sqrt()?;
    let z = centred.broadcast_div(&scale)?.broadcast_mul(gain)?.broadcast_add(shift)?;
    let y = ((z.relu()? * (1.0 - SLOPE))? + (z * SLOPE)?)?;
    y.reshape((n, d, h, w, c))
}
