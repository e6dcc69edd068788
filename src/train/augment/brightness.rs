//! Brightness.

use super::transform::{Change, Transform, about_one};
use crate::base::seed::Rng;

/// Every voxel times one factor.
pub const BRIGHTNESS: Transform = Transform {
    name: "brightness",
    about: "every voxel times a factor of 0.75 to 1.25",
    chance: 0.15,
    change: Change::Values(draw),
};

fn draw(voxels: &mut [f32], _: [usize; 3], rng: &mut Rng) {
    let factor = about_one([0.75, 1.25], rng) as f32;
    voxels.iter_mut().for_each(|v| *v *= factor);
}
