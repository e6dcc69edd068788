//! Gamma curves.

use super::contrast::range;
use super::transform::{Change, Transform, about_one};
use crate::base::math::{powf32, powi};
use crate::base::seed::Rng;

/// A gamma curve through the range of the patch.
pub const GAMMA: Transform = Transform {
    name: "gamma",
    about: "intensities to a power of 0.7 to 1.5 within their range, mean and standard deviation kept",
    chance: 0.3,
    change: Change::Values(draw),
};

/// The same for the patch's negative.
pub const GAMMA_INVERTED: Transform = Transform {
    name: "gamma_inverted",
    about: "the same for the negative of the image",
    chance: 0.1,
    change: Change::Values(draw_inverted),
};

const POWERS: [f64; 2] = [0.7, 1.5];

fn draw(voxels: &mut [f32], _: [usize; 3], rng: &mut Rng) {
    bend(voxels, about_one(POWERS, rng));
}

fn draw_inverted(voxels: &mut [f32], _: [usize; 3], rng: &mut Rng) {
    let power = about_one(POWERS, rng);
    voxels.iter_mut().for_each(|v| *v = -*v);
    bend(voxels, power);
    voxels.iter_mut().for_each(|v| *v = -*v);
}

/// Bends intensities by a power within their range; mean and standard deviation stay.
pub fn bend(voxels: &mut [f32], power: f64) {
    let (mean, sd) = moments(voxels);
    let (low, high) = range(voxels);
    let (span, power) = (high - low, power as f32);
    let most = span.max(1e-7);
    voxels.iter_mut().for_each(|v| *v = powf32((*v - low) / most, power) * span + low);
    let (mean_now, sd_now) = moments(voxels);
    let (scale, mean, mean_now) = ((sd / sd_now.max(1e-7)) as f32, mean as f32, mean_now as f32);
    voxels.iter_mut().for_each(|v| *v = (*v - mean_now) * scale + mean);
}

/// Mean and standard deviation.
fn moments(voxels: &[f32]) -> (f64, f64) {
    let n = voxels.len() as f64;
    let mean = voxels.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let variance = voxels.iter().map(|&v| powi(f64::from(v) - mean, 2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}
