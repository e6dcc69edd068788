//! The loop behind convolution, transposed convolution and their input gradients.
//!
//! `y[n, q * step + phase, o] = bias[o] + sum over taps t and channels i of x[n, q * stride + start + t, i] * w[o, t, i]`,
//! with `x` zero outside of its volume.
// An index that runs over registers says more than an iterator, and is what the compiler unrolls.
#![allow(clippy::needless_range_loop)]

use super::lanes::{Lanes, by_level, width};
use super::pack::{Image, blocks};
use super::shared::Shared;
use crate::base::level::Level;
use rayon::prelude::*;

/// The shape of one gather; triples are in the order D, H, W.
#[derive(Debug, Clone)]
pub struct Gather {
    /// N.
    pub batch: usize,
    /// Size of x.
    pub input: [usize; 3],
    /// Channels of x.
    pub inputs: usize,
    /// How many taps.
    pub taps: [usize; 3],
    /// Step in x from one result to the next.
    pub stride: [usize; 3],
    /// Place in x of the first result's first tap.
    pub start: [isize; 3],
    /// How many results.
    pub count: [usize; 3],
    /// Size of y.
    pub output: [usize; 3],
    /// Channels of y.
    pub outputs: usize,
    /// Step in y from one result to the next.
    pub step: [usize; 3],
    /// Place in y of the first result.
    pub phase: [usize; 3],
}

/// Most values of x copied at once by a task.
const BAND: usize = 48 * 1024;

/// What one task computes: results `rows` of plane `q` of one volume.
struct Job {
    n: usize,
    q: usize,
    rows: std::ops::Range<usize>,
}

/// Pointers and steps of one call of the inner loop.
pub(crate) struct Band<'a> {
    shape: &'a Gather,
    /// At the first result's first valid tap.
    x: *const f32,
    plane: usize,
    row: usize,
    depths: usize,
    /// Packed weights, all blocks.
    weights: *const f32,
    /// Weights of taps before the first valid one, in units of the block's width.
    skip: usize,
    bias: *const f32,
    /// At the first result.
    y: *mut f32,
    y_row: usize,
    y_step: usize,
    rows: usize,
    blocks: &'a [(usize, usize)],
}

/// Runs a gather into `y`, which is written only at the results' places.
///
/// `weights` are packed by [`super::pack::pack`] at the same level; `bias` holds one value per output channel or is empty.
pub fn gather(level: Level, shape: &Gather, x: &[f32], weights: &[f32], bias: &[f32], y: &mut [f32]) {
    let [in_d, in_h, in_w] = shape.input;
    let [out_d, out_h, out_w] = shape.output;
    let blocks = blocks(shape.outputs, level);
    let depth = shape.taps.iter().product::<usize>() * shape.inputs;
    assert_eq!(x.len(), shape.batch * in_d * in_h * in_w * shape.inputs, "size of x");
    assert_eq!(y.len(), shape.batch * out_d * out_h * out_w * shape.outputs, "size of y");
    assert_eq!(weights.len(), depth * blocks.iter().map(|b| b.1).sum::<usize>(), "size of the packed weights");
    for a in 0..3 {
        let last = (shape.count[a].max(1) - 1) * shape.step[a] + shape.phase[a];
        assert!(shape.count[a] == 0 || last < shape.output[a], "results lie outside of y");
    }
    if shape.count.contains(&0) || shape.batch == 0 {
        return;
    }
    // A bias padded to whole vectors, so that it can be loaded as weights are.
    let mut padded = vec![0.0_f32; shape.outputs.next_multiple_of(2 * width(level))];
    padded[..bias.len()].copy_from_slice(bias);
    let columns = (shape.count[2] - 1) * shape.stride[2] + shape.taps[2];
    let band = band_rows(shape, columns);
    let mut jobs = Vec::new();
    for n in 0..shape.batch {
        for q in 0..shape.count[0] {
            for first in (0..shape.count[1]).step_by(band) {
                jobs.push(Job { n, q, rows: first..shape.count[1].min(first + band) });
            }
        }
    }
    let y = Shared::new(y);
    jobs.into_par_iter().for_each_init(Vec::new, |scratch, job| {
        let volume = in_d * in_h * in_w * shape.inputs;
        let image =
            Image { values: &x[job.n * volume..(job.n + 1) * volume], size: shape.input, channels: shape.inputs };
        let d = (job.q * shape.stride[0]) as isize + shape.start[0];
        let low = (-d).clamp(0, shape.taps[0] as isize) as usize;
        let high = (in_d as isize - d).clamp(low as isize, shape.taps[0] as isize) as usize;
        let top = (job.rows.start * shape.stride[1]) as isize + shape.start[1];
        let rows = (job.rows.len() - 1) * shape.stride[1] + shape.taps[1];
        let left = shape.start[2];
        let inside = top >= 0 && top as usize + rows <= in_h && left >= 0 && left as usize + columns <= in_w;
        let (start, plane, row) = if inside && low < high {
            let first = (((d + low as isize) as usize * in_h + top as usize) * in_w + left as usize) * shape.inputs;
            (image.values[first..].as_ptr(), in_h * in_w * shape.inputs, in_w * shape.inputs)
        } else {
            scratch.clear();
            for k in low..high {
                image.padded((d + k as isize) as usize, top, rows, left, columns, scratch);
            }
            (scratch.as_ptr(), rows * columns * shape.inputs, columns * shape.inputs)
        };
        let place = ((job.n * out_d + job.q * shape.step[0] + shape.phase[0]) * out_h
            + job.rows.start * shape.step[1]
            + shape.phase[1])
            * out_w
            + shape.phase[2];
        let args = Band {
            shape,
            x: start,
            plane,
            row,
            depths: high - low,
            weights: weights.as_ptr(),
            skip: low * shape.taps[1] * shape.taps[2] * shape.inputs,
            bias: padded.as_ptr(),
            // SAFETY: checked above that the results' places are inside y; jobs have different places.
            y: unsafe { y.at(place * shape.outputs) },
            y_row: shape.step[1] * out_w * shape.outputs,
            y_step: shape.step[2] * shape.outputs,
            rows: job.rows.len(),
            blocks: &blocks,
        };
        // SAFETY: x holds `depths` planes of `rows` x `columns`, each tap of each result inside; weights and bias are
        // padded to whole vectors; partial vectors are stored through a buffer.
        unsafe { run_band(level, &args) };
    });
}

/// Rows of results per task: as many as the scratch holds, at least one.
fn band_rows(shape: &Gather, columns: usize) -> usize {
    let row = columns * shape.inputs * shape.taps[0];
    let rows = (BAND / row.max(1)).saturating_sub(shape.taps[1]) / shape.stride[1] + 1;
    let bands = shape.count[1].div_ceil(rows.max(1));
    shape.count[1].div_ceil(bands)
}

by_level!(
    /// One band of one plane, all output channels.
    run_band, band, Band
);

#[inline(always)]
unsafe fn band<L: Lanes>(args: &Band) {
    let depth = args.shape.taps.iter().product::<usize>() * args.shape.inputs;
    for &(first, width) in args.blocks {
        // SAFETY: all blocks before this one have full width, so it starts at first * depth.
        unsafe {
            let weights = args.weights.add(first * depth + args.skip * width);
            if width == L::N {
                positions::<L, 1>(args, weights, first, (2 * L::PAIRS).min(12));
            } else {
                positions::<L, 2>(args, weights, first, L::PAIRS);
            }
        }
    }
}

/// All positions of the band for one block of channels, in tiles of nearly equal size.
#[inline(always)]
unsafe fn positions<L: Lanes, const V: usize>(args: &Band, weights: *const f32, first: usize, most: usize) {
    let width = args.shape.count[2];
    let total = args.rows * width;
    let tiles = total.div_ceil(most);
    let step = args.shape.stride[2] * args.shape.inputs;
    let mut done = 0;
    for tile in 0..tiles {
        let size = (total - done) / (tiles - tile);
        let mut x = [args.x; 12];
        let mut y = [args.y; 12];
        for p in 0..size {
            let (h, w) = ((done + p) / width, (done + p) % width);
            // SAFETY: result (h, w) of the band is inside both.
            unsafe {
                x[p] = args.x.add(h * args.shape.stride[1] * args.row + w * step);
                y[p] = args.y.add(h * args.y_row + w * args.y_step + first);
            }
        }
        let left = args.shape.outputs - first;
        macro_rules! run {
            ($($p:literal)*) => {
                match size {
                    // SAFETY: as promised to `band`.
                    $($p => unsafe { self::tile::<L, V, $p>(args, weights, first, left, &x, &y) },)*
                    _ => unreachable!("tiles have 1 to 12 positions"),
                }
            };
        }
        run!(1 2 3 4 5 6 7 8 9 10 11 12);
        done += size;
    }
}

/// `P` positions times `V` vectors of channels, summed in registers over every tap and input channel.
#[inline(always)]
unsafe fn tile<L: Lanes, const V: usize, const P: usize>(
    args: &Band,
    mut weights: *const f32,
    first: usize,
    left: usize,
    x: &[*const f32; 12],
    y: &[*mut f32; 12],
) {
    // SAFETY: as promised to `band`.
    unsafe {
        let mut sums = [[L::zero(); V]; P];
        for p in 0..P {
            for v in 0..V {
                sums[p][v] = L::load(args.bias.add(first + v * L::N));
            }
        }
        let run = args.shape.taps[2] * args.shape.inputs;
        for depth in 0..args.depths {
            for row in 0..args.shape.taps[1] {
                let offset = depth * args.plane + row * args.row;
                let mut at = [x[0]; P];
                for p in 0..P {
                    at[p] = x[p].add(offset);
                }
                for k in 0..run {
                    let mut w = [L::zero(); V];
                    for v in 0..V {
                        w[v] = L::load(weights.add(v * L::N));
                    }
                    for p in 0..P {
                        let value = L::splat(*at[p].add(k));
                        for v in 0..V {
                            sums[p][v] = value.mul_add(w[v], sums[p][v]);
                        }
                    }
                    weights = weights.add(V * L::N);
                }
            }
        }
        if left >= V * L::N {
            for p in 0..P {
                for v in 0..V {
                    sums[p][v].store(y[p].add(v * L::N));
                }
            }
        } else {
            let mut buffer = [0.0_f32; 32];
            for p in 0..P {
                for v in 0..V {
                    sums[p][v].store(buffer.as_mut_ptr().add(v * L::N));
                }
                std::ptr::copy_nonoverlapping(buffer.as_ptr(), y[p], left);
            }
        }
    }
}
