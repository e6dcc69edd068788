//! Gaussian noise.

use super::transform::{Change, Transform};
use crate::base::normal::StandardNormal;
use crate::base::seed::Rng;
use rand::Rng as _;
use rand::distr::Distribution;

/// Noise on every voxel.
pub const NOISE: Transform = Transform {
    name: "noise",
    about: "Gaussian noise with a standard deviation of 0 to 0.1",
    chance: 0.1,
    change: Change::Values(draw),
};

// nnU-Net calls the range one of variances and uses its draws as standard deviations.
fn draw(voxels: &mut [f32], _: [usize; 3], rng: &mut Rng) {
    let sd = rng.random_range(0.0..0.1);
    add(voxels, sd, rng);
}

/// Adds noise of a standard deviation.
pub fn add(voxels: &mut [f32], sd: f32, rng: &mut Rng) {
    for voxel in voxels {
        let draw: f32 = StandardNormal.sample(rng);
        *voxel += sd * draw;
    }
}
