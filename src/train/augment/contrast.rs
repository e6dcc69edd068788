//! Contrast.

use super::transform::{Change, Transform, about_one};
use crate::base::seed::Rng;

/// Distances from the mean times one factor, within the old range.
pub const CONTRAST: Transform = Transform {
    name: "contrast",
    about: "distances from the mean times a factor of 0.75 to 1.25, within the old range",
    chance: 0.15,
    change: Change::Values(draw),
};

fn draw(voxels: &mut [f32], _: [usize; 3], rng: &mut Rng) {
    let factor = about_one([0.75, 1.25], rng);
    stretch(voxels, factor);
}

/// Multiplies distances from the mean, and keeps values within the range they had.
pub fn stretch(voxels: &mut [f32], factor: f64) {
    let mean = voxels.iter().map(|&v| f64::from(v)).sum::<f64>() / voxels.len() as f64;
    let (low, high) = range(voxels);
    let (factor, mean) = (factor as f32, mean as f32);
    voxels.iter_mut().for_each(|v| *v = ((*v - mean) * factor + mean).max(low).min(high));
}

/// The least and the greatest value.
#[must_use]
pub fn range(voxels: &[f32]) -> (f32, f32) {
    voxels.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
}
