//! Low resolution.

use super::lines::{Taps, weigh};
use super::transform::{Change, Transform};
use super::turn::across;
use crate::base::seed::Rng;
use rand::Rng as _;

/// As if the image had been taken with larger voxels.
pub const RESOLUTION: Transform = Transform {
    name: "resolution",
    about: "reduced to 0.5 to 1 of its voxels along each axis by the nearest, and brought back linearly",
    // nnU-Net: 0.25 for the image, then 0.5 for each channel, and there is one.
    chance: 0.125,
    change: Change::Values(draw),
};

fn draw(voxels: &mut [f32], patch: [usize; 3], rng: &mut Rng) {
    let scale: f64 = rng.random_range(0.5..1.0);
    let mut to = patch.map(|n| (n as f64 * scale).round_ties_even().max(1.0) as usize);
    if let Some(axis) = across(patch) {
        to[axis] = patch[axis];
    }
    coarsen(voxels, patch, to);
}

/// Reduces a patch to `to` voxels by the nearest and brings it back by linear interpolation.
pub fn coarsen(voxels: &mut [f32], patch: [usize; 3], to: [usize; 3]) {
    for axis in (0..3).filter(|&axis| to[axis] != patch[axis]) {
        let taps = taps(patch[axis], to[axis]);
        voxels.copy_from_slice(&weigh(voxels, patch, axis, &taps));
    }
}

/// Both ways in one: each voxel from the two voxels that the coarse ones around it are taken from.
fn taps(n: usize, m: usize) -> Taps {
    let ratio = n as f64 / m as f64;
    let taken = |coarse: usize| (((coarse as f64 + 0.5) * ratio).floor() as usize).min(n - 1);
    let tap = |at: usize| {
        let place = ((at as f64 + 0.5) / ratio - 0.5).max(0.0);
        let first = (place.floor() as usize).min(m - 1);
        let part = (place - first as f64) as f32;
        vec![(taken(first), 1.0 - part), (taken((first + 1).min(m - 1)), part)]
    };
    (0..n).map(tap).collect()
}
