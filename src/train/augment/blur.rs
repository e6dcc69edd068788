//! Gaussian blur.

use super::lines::{Taps, weigh};
use super::transform::{Change, Transform};
use crate::base::math::{exp, powi};
use crate::base::seed::Rng;
use crate::image::taps::mirrored_index;
use rand::Rng as _;

/// A blur with a width of its own along each axis.
pub const BLUR: Transform = Transform {
    name: "blur",
    about: "Gaussian blur with a standard deviation of 0.5 to 1 voxel, of its own along each axis",
    // nnU-Net: 0.2 for the image, then 0.5 for each channel, and there is one.
    chance: 0.1,
    change: Change::Values(draw),
};

fn draw(voxels: &mut [f32], patch: [usize; 3], rng: &mut Rng) {
    let sigmas = [(); 3].map(|()| rng.random_range(0.5..1.0));
    blur(voxels, patch, sigmas);
}

/// Blurs by Gaussians of some standard deviations in voxels, cut off near 3 of them, borders mirrored about the edge voxel.
pub fn blur(voxels: &mut [f32], patch: [usize; 3], sigmas: [f64; 3]) {
    for (axis, sigma) in sigmas.into_iter().enumerate() {
        let taps = taps(patch[axis], sigma);
        voxels.copy_from_slice(&weigh(voxels, patch, axis, &taps));
    }
}

fn taps(n: usize, sigma: f64) -> Taps {
    let radius = (width(sigma) / 2) as i64;
    let weights: Vec<f64> = (-radius..=radius).map(|x| exp(-0.5 * powi(x as f64 / sigma, 2))).collect();
    let total: f64 = weights.iter().sum();
    let tap = |at: usize| {
        let inputs = (-radius..=radius).map(|step| mirrored_index(at as i64 + step, n));
        inputs.zip(&weights).map(|(input, weight)| (input, (weight / total) as f32)).collect()
    };
    (0..n).map(tap).collect()
}

/// Voxels of the kernel: the odd number nearest to 6 sigma + 0.5.
fn width(sigma: f64) -> usize {
    let wanted = 6.0 * sigma + 0.5;
    let rounded = wanted.round_ties_even();
    let odd = match rounded % 2.0 == 1.0 {
        true => rounded,
        false if wanted >= rounded => rounded + 1.0,
        false => rounded - 1.0,
    };
    odd.max(1.0) as usize
}
