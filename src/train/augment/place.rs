//! Voxels of a patch taken from an image under a turn.

use super::mirror::mirror;
use super::turn::Turn;
use crate::train::patch::fill;
use rayon::prelude::*;

/// An image and its objective, i fastest, and where in it a patch lies.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Intensities, 0 where there is nothing.
    pub image: &'a [f32],
    /// 1 inside the objective.
    pub label: &'a [u8],
    /// Voxels of both.
    pub shape: [usize; 3],
    /// The patch's first voxel when nothing is turned.
    pub corner: [isize; 3],
}

/// Fills a patch of zeros from an image: image and label between voxels linearly (a label where its share is a half), zero
/// outside. Where the nearest voxel is 0, the patch is 0. A turn that only mirrors takes voxels as they are.
pub fn place(source: &Source, patch: [usize; 3], turn: &Turn, image: &mut [f32], label: &mut [u8]) {
    if let Some(flips) = turn.mirrors() {
        fill(source.image, source.shape, source.corner, patch, image);
        fill(source.label, source.shape, source.corner, patch, label);
        for axis in (0..3).filter(|&axis| flips[axis]) {
            mirror(image, patch, axis);
            mirror(label, patch, axis);
        }
        return;
    }
    let plane = patch[0] * patch[1];
    let middle = patch.map(|n| (n as f64 - 1.0) / 2.0);
    let planes = image.par_chunks_mut(plane).zip(label.par_chunks_mut(plane)).enumerate();
    planes.for_each(|(k, (image, label))| {
        for j in 0..patch[1] {
            let (y, z) = (j as f64 - middle[1], k as f64 - middle[2]);
            let start: [f64; 3] = std::array::from_fn(|axis| {
                source.corner[axis] as f64 + middle[axis] + turn.0[axis][1] * y + turn.0[axis][2] * z
            });
            for i in 0..patch[0] {
                let x = i as f64 - middle[0];
                let at = i + patch[0] * j;
                (image[at], label[at]) = source.between(std::array::from_fn(|axis| start[axis] + turn.0[axis][0] * x));
            }
        }
    });
}

impl Source<'_> {
    /// Intensity and label at a place between voxels.
    fn between(&self, place: [f64; 3]) -> (f32, u8) {
        let [x, y, z] = self.shape;
        if (0..3).any(|axis| !(place[axis] > -1.0 && place[axis] < self.shape[axis] as f64)) {
            return (0.0, 0);
        }
        // Above -1: what is cut off after adding 1 is the floor.
        let first = place.map(|p| (p + 1.0) as isize - 1);
        let part: [f32; 3] = std::array::from_fn(|axis| (place[axis] - first[axis] as f64) as f32);
        let (mut value, mut share) = (0.0, 0.0);
        let mut add = |weight: f32, at: usize| {
            value += weight * self.image[at];
            share += weight * f32::from(self.label[at]);
        };
        let nearest: [isize; 3] = std::array::from_fn(|axis| first[axis] + isize::from(part[axis] >= 0.5));
        let within = |at: [isize; 3]| (0..3).all(|axis| at[axis] >= 0 && at[axis] < self.shape[axis] as isize);
        let offset = |at: [isize; 3]| at[0] as usize + x * (at[1] as usize + y * at[2] as usize);
        let empty = !within(nearest) || self.image[offset(nearest)] == 0.0;
        let weights = part.map(|part| [1.0 - part, part]);
        if first.iter().all(|&n| n >= 0)
            && first[0] as usize + 1 < x
            && first[1] as usize + 1 < y
            && first[2] as usize + 1 < z
        {
            let low = offset(first);
            for (k, wz) in weights[2].into_iter().enumerate() {
                for (j, wy) in weights[1].into_iter().enumerate() {
                    let row = low + x * (j + y * k);
                    add(wz * wy * weights[0][0], row);
                    add(wz * wy * weights[0][1], row + 1);
                }
            }
        } else {
            for corner in 0..8_usize {
                let step: [usize; 3] = [corner & 1, corner >> 1 & 1, corner >> 2];
                let at: [isize; 3] = std::array::from_fn(|axis| first[axis] + step[axis] as isize);
                if within(at) {
                    add(weights[2][step[2]] * weights[1][step[1]] * weights[0][step[0]], offset(at));
                }
            }
        }
        (if empty { 0.0 } else { value }, u8::from(share >= 0.5))
    }
}
