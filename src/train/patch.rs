//! Patches: where they are cut, how they are padded, and how large they may be.

use super::prepared::Example;
use super::recipe::Augment;
use crate::base::seed::{Rng, Seed};
use rand::Rng as _;
use rand_distr::{Distribution, StandardNormal};

/// Share of a batch that must show the objective, as in nnU-Net.
const FOREGROUND: f64 = 0.33;

/// Where one patch comes from; equal cuts give equal voxels unless intensities are augmented.
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
    Cut { example, corner, mirror: augment != Augment::None && rng.random_bool(0.5) }
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
        let gaps = ((high - low) as usize).div_ceil((patch[axis] / 2).max(1));
        (0..=gaps).map(|n| low + ((high - low) as f64 * n as f64 / gaps.max(1) as f64).round() as isize).collect()
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
    overlap(shape, corner, patch, |inside, outside, length| {
        out[start + outside..start + outside + length].copy_from_slice(&from[inside..inside + length]);
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

/// Exchanges left and right of a patch.
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

/// Changes brightness, contrast, gamma and noise at random, each in some of the patches. Padding stays zero.
pub fn vary(voxels: &mut [f32], rng: &mut Rng) {
    let mut some = |chance: f64, low: f32, high: f32| rng.random_bool(chance).then(|| rng.random_range(low..high));
    let noise = some(0.15, 0.0, 0.1).map(f32::sqrt);
    let brightness = some(0.15, 0.75, 1.25);
    let contrast = some(0.15, 0.75, 1.25);
    let gamma = some(0.3, 0.7, 1.5);
    let scale = brightness.unwrap_or(1.0) * contrast.unwrap_or(1.0);
    let (low, high) = voxels.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    let span = (high - low).max(1e-6);
    for v in voxels.iter_mut().filter(|v| **v != 0.0) {
        if let Some(gamma) = gamma {
            *v = ((*v - low) / span).powf(gamma) * span + low;
        }
        *v *= scale;
        if let Some(sd) = noise {
            let draw: f32 = StandardNormal.sample(rng);
            *v += sd * draw;
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
