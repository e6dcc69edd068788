//! Patches: where they are cut, how they are padded, and how large they may be.

use super::prepared::Example;
use super::recipe::Augment;
use crate::base::seed::{Rng, Seed};
use rand::Rng as _;

/// Share of a batch that must show the objective, as in nnU-Net.
const FOREGROUND: f64 = 0.33;

/// Where one patch comes from; equal cuts give equal voxels unless the augmentation changes more than left and right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cut {
    /// Which example.
    pub example: usize,
    /// First voxel of the patch in the example's box; negative where the patch is padded.
    pub corner: [isize; 3],
    /// Whether left and right are exchanged.
    pub mirror: bool,
}

/// Draws the cuts of one batch: example at random, position at random, or around a voxel of the objective for the
/// last third of the batch.
#[must_use]
pub fn draw(examples: &[Example], patch: [usize; 3], batch: usize, augment: Augment, seed: Seed) -> Vec<Cut> {
    draw_mixed(&[examples], patch, batch, augment, 0, seed).swap_remove(0)
}

/// Draws the cuts of one batch from several sets of examples, those of each set apart: the sets take turns, from set `first` on.
#[must_use]
pub fn draw_mixed(
    sets: &[&[Example]],
    patch: [usize; 3],
    batch: usize,
    augment: Augment,
    first: usize,
    seed: Seed,
) -> Vec<Vec<Cut>> {
    let forced_from = (batch as f64 * (1.0 - FOREGROUND)).round() as usize;
    let mut cuts = vec![Vec::new(); sets.len()];
    for sample in 0..batch {
        let set = (first + sample) % sets.len();
        let rng = seed.nth(sample as u64).rng();
        cuts[set].push(draw_one(sets[set], patch, sample >= forced_from, augment, rng));
    }
    cuts
}

fn draw_one(examples: &[Example], patch: [usize; 3], forced: bool, augment: Augment, mut rng: Rng) -> Cut {
    let example = rng.random_range(0..examples.len());
    let Example { image, foreground, .. } = &examples[example];
    let wanted = (forced && !foreground.is_empty()).then(|| {
        let n = foreground[rng.random_range(0..foreground.len())];
        [n % image.shape[0], n / image.shape[0] % image.shape[1], n / (image.shape[0] * image.shape[1])]
    });
    let corner = std::array::from_fn(|axis| {
        let [low, high] = range(image.shape[axis], patch[axis]);
        match wanted {
            Some(voxel) => (voxel[axis] as isize - patch[axis] as isize / 2).clamp(low, high),
            None => low + rng.random_range(0..=(high - low) as usize) as isize,
        }
    });
    let may_mirror = matches!(augment, Augment::Mirror | Augment::Intensity);
    Cut { example, corner, mirror: may_mirror && rng.random_bool(0.5) }
}

/// The first and the last corner of a patch along an axis; a patch larger than the box lies around its middle.
fn range(length: usize, patch: usize) -> [isize; 2] {
    let (length, patch) = (length as isize, patch as isize);
    if patch >= length { [-((patch - length) / 2); 2] } else { [0, length - patch] }
}

/// Corners of the windows that cover a box: half a patch apart at most, evenly spread.
#[must_use]
pub fn windows(shape: [usize; 3], patch: [usize; 3]) -> Vec<[isize; 3]> {
    let along: [Vec<isize>; 3] = std::array::from_fn(|axis| {
        let [low, high] = range(shape[axis], patch[axis]);
        let gaps = (2 * (high - low) as usize).div_ceil(patch[axis]);
        let at = |n| ((high - low) as f64 * n as f64 / gaps.max(1) as f64).round_ties_even() as isize;
        (0..=gaps).map(|n| low + at(n)).collect()
    });
    let mut corners = Vec::new();
    for &k in &along[2] {
        for &j in &along[1] {
            corners.extend(along[0].iter().map(|&i| [i, j, k]));
        }
    }
    corners
}

/// Copies the patch at `corner` out of a box, zero where it sticks out.
pub fn copy<T: Copy + Default>(from: &[T], shape: [usize; 3], corner: [isize; 3], patch: [usize; 3], out: &mut Vec<T>) {
    let start = out.len();
    out.resize(start + patch.iter().product::<usize>(), T::default());
    fill(from, shape, corner, patch, &mut out[start..]);
}

/// The same into zeros.
pub fn fill<T: Copy>(from: &[T], shape: [usize; 3], corner: [isize; 3], patch: [usize; 3], out: &mut [T]) {
    overlap(shape, corner, patch, |inside, outside, length| {
        out[outside..outside + length].copy_from_slice(&from[inside..inside + length]);
    });
}

/// Calls `f` with (place in the box, place in the patch, voxels) for every row that box and patch share.
pub fn overlap(shape: [usize; 3], corner: [isize; 3], patch: [usize; 3], mut f: impl FnMut(usize, usize, usize)) {
    let first: [usize; 3] = std::array::from_fn(|axis| (-corner[axis]).max(0) as usize);
    let last: [usize; 3] =
        std::array::from_fn(|axis| (shape[axis] as isize - corner[axis]).clamp(0, patch[axis] as isize) as usize);
    if first[0] >= last[0] {
        return;
    }
    let place = |axis: usize, n: usize| (corner[axis] + n as isize) as usize;
    for k in first[2]..last[2] {
        for j in first[1]..last[1] {
            let inside = place(0, first[0]) + shape[0] * (place(1, j) + shape[1] * place(2, k));
            f(inside, first[0] + patch[0] * (j + patch[1] * k), last[0] - first[0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_that_sticks_out_is_padded_with_zeros() {
        let from: Vec<u8> = (1..=8).collect();
        let mut out = Vec::new();
        copy(&from, [2, 2, 2], [-1, -1, -1], [4, 4, 4], &mut out);
        assert_eq!(out.iter().map(|&v| u32::from(v)).sum::<u32>(), 36);
        assert_eq!((out[1 + 4 * (1 + 4)], out[2 + 4 * (2 + 4 * 2)], out[0]), (1, 8, 0));
    }

    #[test]
    fn windows_lie_where_nnunet_puts_them() {
        // np.round of the steps of compute_steps_for_sliding_window(image, tile, 0.5).
        let along = |length, patch| windows([length, 1, 1], [patch, 1, 1]).iter().map(|c| c[0]).collect::<Vec<_>>();
        assert_eq!(along(110, 64), [0, 23, 46]);
        assert_eq!(along(109, 64), [0, 22, 45]);
        assert_eq!(along(111, 64), [0, 24, 47]);
        assert_eq!(along(96, 64), [0, 32]);
        assert_eq!(along(10, 5), [0, 2, 5]);
        assert_eq!((along(64, 64), along(61, 64)), (vec![0], vec![-1]));
    }

    #[test]
    fn windows_cover_the_box() {
        for (shape, patch) in [([10, 33, 64], [16, 16, 16]), ([16, 17, 100], [16, 16, 32])] {
            let mut seen = vec![false; shape.iter().product()];
            for corner in windows(shape, patch) {
                overlap(shape, corner, patch, |inside, _, length| seen[inside..inside + length].fill(true));
            }
            assert!(seen.iter().all(|seen| *seen), "{shape:?}");
        }
    }
}
