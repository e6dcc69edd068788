//! Rotation about the patch's middle.

use super::transform::{Change, Transform};
use super::turn::{Turn, across};
use crate::base::seed::Rng;
use rand::Rng as _;
use std::f64::consts::PI;

/// A patch turned by up to 30 degrees about each axis; thick slices by any angle, each within itself.
pub const ROTATION: Transform = Transform {
    name: "rotation",
    about: "turned by up to 30 degrees about each axis, or by any angle within thick slices",
    chance: 0.2,
    change: Change::Place(draw),
};

fn draw(patch: [usize; 3], rng: &mut Rng) -> Turn {
    let mut angle = |most: f64| rng.random_range(-most..most);
    let mut angles = [0.0; 3];
    match across(patch) {
        Some(axis) => angles[axis] = angle(PI),
        None => angles = angles.map(|_| angle(PI / 6.0)),
    }
    Turn::rotation(angles)
}
