//! Voxels along one axis as weighted sums of others.

use rayon::prelude::*;

/// For each voxel along an axis, those it is made from and their weights.
pub type Taps = Vec<Vec<(usize, f32)>>;

/// A patch whose voxels along an axis are made by the taps, one a voxel.
#[must_use]
pub fn weigh(voxels: &[f32], patch: [usize; 3], axis: usize, taps: &Taps) -> Vec<f32> {
    let stride: usize = patch[..axis].iter().product();
    let block = stride * patch[axis];
    let mut out = vec![0.0; voxels.len()];
    if axis == 0 {
        let rows = patch[0] * patch[1];
        out.par_chunks_mut(rows).zip(voxels.par_chunks(rows)).for_each(|(out, from)| {
            for (out, from) in out.chunks_exact_mut(block).zip(from.chunks_exact(block)) {
                for (value, taps) in out.iter_mut().zip(taps) {
                    *value = taps.iter().map(|&(input, weight)| weight * from[input]).sum();
                }
            }
        });
        return out;
    }
    out.par_chunks_mut(stride * if axis == 1 { patch[1] } else { 1 }).enumerate().for_each(|(part, out)| {
        // Along j a part is a plane of its own, along k one of the planes of the only block.
        let (from, first) = if axis == 1 { (&voxels[part * block..(part + 1) * block], 0) } else { (voxels, part) };
        for (line, taps) in out.chunks_exact_mut(stride).zip(&taps[first..]) {
            for &(input, weight) in taps {
                let from = &from[input * stride..(input + 1) * stride];
                line.iter_mut().zip(from).for_each(|(value, v)| *value += weight * v);
            }
        }
    });
    out
}
