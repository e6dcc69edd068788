//! What a transform is.

use super::turn::Turn;
use crate::base::seed::Rng;
use rand::Rng as _;

/// A random change of a patch.
#[derive(Debug, Clone, Copy)]
pub struct Transform {
    /// Its name; also that of its seed.
    pub name: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// Share of the patches that it changes.
    pub chance: f64,
    /// The change.
    pub change: Change,
}

/// What a transform changes.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    /// Where voxels are taken from, image and label alike, in a patch of some shape.
    Place(fn([usize; 3], &mut Rng) -> Turn),
    /// The intensities of a patch of some shape, i fastest.
    Values(fn(&mut [f32], [usize; 3], &mut Rng)),
}

/// A factor from a range around 1: below 1 in half of the draws, so that as many patches lose as gain.
pub fn about_one([low, high]: [f64; 2], rng: &mut Rng) -> f64 {
    if rng.random_bool(0.5) { rng.random_range(low..1.0) } else { rng.random_range(1.0..high) }
}
