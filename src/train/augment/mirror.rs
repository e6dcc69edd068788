//! Mirroring.

use super::transform::{Change, Transform};
use super::turn::Turn;
use crate::base::seed::Rng;
use rand::Rng as _;

/// Each axis the other way round in half of the patches.
pub const MIRROR: Transform = Transform {
    name: "mirror",
    about: "each axis the other way round in half of the draws",
    chance: 1.0,
    change: Change::Place(draw),
};

fn draw(_: [usize; 3], rng: &mut Rng) -> Turn {
    Turn::scaling([(); 3].map(|()| if rng.random_bool(0.5) { -1.0 } else { 1.0 }))
}

/// Exchanges the two ends of an axis of a patch.
pub fn mirror<T>(voxels: &mut [T], patch: [usize; 3], axis: usize) {
    let stride: usize = patch[..axis].iter().product();
    let length = patch[axis];
    for block in voxels.chunks_exact_mut(stride * length) {
        for near in 0..length / 2 {
            for step in 0..stride {
                block.swap(near * stride + step, (length - 1 - near) * stride + step);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirroring_twice_changes_nothing() {
        let voxels: Vec<u32> = (0..60).collect();
        for axis in 0..3 {
            let mut twice = voxels.clone();
            mirror(&mut twice, [3, 4, 5], axis);
            assert_ne!(twice, voxels);
            mirror(&mut twice, [3, 4, 5], axis);
            assert_eq!(twice, voxels);
        }
    }
}
