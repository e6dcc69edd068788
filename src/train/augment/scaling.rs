//! Zoom about the patch's middle.

use super::transform::{Change, Transform};
use super::turn::{Turn, across};
use crate::base::seed::Rng;
use rand::Rng as _;

/// A patch zoomed by one factor along all axes, thick slices within themselves only.
pub const SCALING: Transform = Transform {
    name: "scaling",
    about: "steps between voxels 0.7 to 1.4 times as long, so that things look larger or smaller",
    chance: 0.2,
    change: Change::Place(draw),
};

fn draw(patch: [usize; 3], rng: &mut Rng) -> Turn {
    let mut factors = [rng.random_range(0.7..1.4); 3];
    if let Some(axis) = across(patch) {
        factors[axis] = 1.0;
    }
    Turn::scaling(factors)
}
