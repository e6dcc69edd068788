//! The loop behind the weight gradients: `w[o, t, i] = sum over n, q of x[n, q * stride + start + t, i] * g[n, q, o]`.
// An index that runs over registers says more than an iterator, and is what the compiler unrolls.
#![allow(clippy::needless_range_loop)]

use super::gather::Gather;
use super::lanes::{Lanes, by_level, width};
use super::pack::{Image, blocks};
use super::shared::Shared;
use crate::base::level::Level;
use rayon::prelude::*;

/// Most values of x copied at once by a task.
const BAND: usize = 4 * 1024;
/// Tasks wanted, and most values of partial sums kept to have them.
const TASKS: usize = 12;
const PARTIALS: usize = 1024 * 1024;

/// Output channels that a task takes, where there are more than [`MANY`].
const MOST: usize = 32;
const MANY: usize = 48;

/// One task: a group of planes, one tap along depth, some blocks of output channels.
struct Job {
    group: usize,
    tap: usize,
    blocks: std::ops::Range<usize>,
}

/// Pointers and steps of one band of one plane.
pub(crate) struct Band<'a> {
    shape: &'a Gather,
    /// At the first result's first tap of row `h * stride`.
    x: *const f32,
    row: usize,
    /// At the first result.
    g: *const f32,
    /// Channels of g as stored.
    g_step: usize,
    /// Results of the band along H for each tap along H: those whose x row lies inside.
    valid: &'a [std::ops::Range<usize>],
    /// Sums of the first block of the range for the task's tap along depth.
    sums: Shared,
    blocks: &'a [(usize, usize)],
    /// Place in `sums` of each block's part for this tap along depth.
    places: &'a [usize],
}

/// How many groups of planes are summed on their own: by shape alone, so that the order of the sums depends neither on the
/// threads nor on the width of a vector.
fn groups(shape: &Gather, channels: usize) -> usize {
    let tasks = shape.taps[0] * shape.outputs.div_ceil(channels.max(1));
    let sums = shape.taps.iter().product::<usize>() * shape.inputs * shape.outputs;
    let most = (PARTIALS / sums.max(1)).max(1);
    TASKS.div_ceil(tasks.max(1)).min(most).clamp(1, (shape.batch * shape.count[0]).max(1))
}

/// The weight gradient, packed as [`super::pack::pack`] packs weights at the same level. In `shape`, `input` describes x
/// and `count` with `outputs` describes g; `output`, `step` and `phase` are not used.
#[must_use]
pub fn correlate(level: Level, shape: &Gather, x: &[f32], g: &[f32]) -> Vec<f32> {
    let [in_d, in_h, in_w] = shape.input;
    let [out_d, out_h, out_w] = shape.count;
    assert_eq!(x.len(), shape.batch * in_d * in_h * in_w * shape.inputs, "size of x");
    assert_eq!(g.len(), shape.batch * out_d * out_h * out_w * shape.outputs, "size of g");
    let all = blocks(shape.outputs, level);
    let slice = shape.taps[1] * shape.taps[2] * shape.inputs;
    let depth = shape.taps[0] * slice;
    let total = depth * all.iter().map(|b| b.1).sum::<usize>();
    let planes = shape.batch * out_d;
    let channels = if shape.outputs > MANY { MOST } else { shape.outputs };
    let groups = groups(shape, channels);
    let together = channels.div_ceil(2 * width(level));
    let mut partial = vec![0.0_f32; total * groups];
    let mut jobs = Vec::new();
    for group in 0..groups {
        for tap in 0..shape.taps[0] {
            for first in (0..all.len()).step_by(together) {
                jobs.push(Job { group, tap, blocks: first..all.len().min(first + together) });
            }
        }
    }
    let columns = (out_w.max(1) - 1) * shape.stride[2] + shape.taps[2];
    let band = (BAND / (columns * shape.inputs * shape.stride[1]).max(1)).clamp(1, out_h.max(1));
    let aligned = shape.outputs.next_multiple_of(width(level));
    let shared = Shared::new(&mut partial);
    jobs.into_par_iter().for_each_init(
        || (Vec::new(), Vec::new()),
        |(rows_of_x, rows_of_g), job| {
            let mine = &all[job.blocks.clone()];
            let places: Vec<usize> = mine
                .iter()
                .map(|&(first, width)| job.group * total + first * depth + job.tap * slice * width)
                .collect();
            for at in planes * job.group / groups..planes * (job.group + 1) / groups {
                let (n, q) = (at / out_d, at % out_d);
                let d = (q * shape.stride[0] + job.tap) as isize + shape.start[0];
                if d < 0 || d >= in_d as isize {
                    continue;
                }
                let volume = in_d * in_h * in_w * shape.inputs;
                let image =
                    Image { values: &x[n * volume..(n + 1) * volume], size: shape.input, channels: shape.inputs };
                for top in (0..out_h).step_by(band) {
                    let height = band.min(out_h - top);
                    let first = (top * shape.stride[1]) as isize + shape.start[1];
                    let rows = (height - 1) * shape.stride[1] + shape.taps[1];
                    rows_of_x.clear();
                    image.padded(d as usize, first, rows, shape.start[2], columns, rows_of_x);
                    let place = (at * out_h + top) * out_w * shape.outputs;
                    let values = &g[place..place + height * out_w * shape.outputs];
                    let values = if aligned == shape.outputs {
                        values
                    } else {
                        rows_of_g.clear();
                        for pixel in values.chunks_exact(shape.outputs) {
                            rows_of_g.extend_from_slice(pixel);
                            rows_of_g.resize(rows_of_g.len() + aligned - shape.outputs, 0.0);
                        }
                        &rows_of_g[..]
                    };
                    let valid: Vec<_> = (0..shape.taps[1])
                        .map(|tap| {
                            let inside = |h: &usize| {
                                let row = first + (h * shape.stride[1] + tap) as isize;
                                row >= 0 && row < in_h as isize
                            };
                            let low = (0..height).find(inside).unwrap_or(height);
                            low..(low..height).rev().find(inside).map_or(low, |last| last + 1)
                        })
                        .collect();
                    let args = Band {
                        shape,
                        x: rows_of_x.as_ptr(),
                        row: columns * shape.inputs,
                        g: values.as_ptr(),
                        g_step: aligned,
                        valid: &valid,
                        sums: shared,
                        blocks: mine,
                        places: &places,
                    };
                    // SAFETY: both scratches hold the band, padded to whole vectors of channels; each job has its own
                    // part of the sums.
                    unsafe { run_band(level, &args) };
                }
            }
        },
    );
    // Groups are added in their order.
    let (sums, rest) = partial.split_at_mut(total);
    if groups > 1 {
        sums.par_chunks_mut(1 << 14).enumerate().for_each(|(chunk, part)| {
            for group in 0..groups - 1 {
                let other = &rest[group * total + (chunk << 14)..];
                for (sum, value) in part.iter_mut().zip(other) {
                    *sum += value;
                }
            }
        });
    }
    partial.truncate(total);
    partial
}

by_level!(
    /// One band of one plane.
    run_band, band, Band
);

#[inline(always)]
unsafe fn band<L: Lanes>(args: &Band) {
    let run = args.shape.taps[2] * args.shape.inputs;
    for tap in 0..args.shape.taps[1] {
        let rows = &args.valid[tap];
        if rows.is_empty() {
            continue;
        }
        for (&(first, width), &place) in args.blocks.iter().zip(args.places) {
            // SAFETY: the block's part of the sums is the job's own.
            unsafe {
                let sums = args.sums.at(place + tap * run * width);
                let x = args.x.add((rows.start * args.shape.stride[1] + tap) * args.row);
                let g = args.g.add(rows.start * args.shape.count[2] * args.g_step + first);
                if width == L::N {
                    columns::<L, 1>(args, x, g, sums, run, rows.len(), (2 * L::PAIRS).min(12));
                } else if args.g_step - first >= width {
                    columns::<L, 2>(args, x, g, sums, run, rows.len(), L::PAIRS);
                } else {
                    unreachable!("a block of two vectors has more than one vector of channels");
                }
            }
        }
    }
}

/// All (column tap, input channel) pairs of one row tap, in tiles of nearly equal size.
#[inline(always)]
unsafe fn columns<L: Lanes, const V: usize>(
    args: &Band,
    x: *const f32,
    g: *const f32,
    sums: *mut f32,
    run: usize,
    rows: usize,
    most: usize,
) {
    let tiles = run.div_ceil(most);
    let mut done = 0;
    for tile in 0..tiles {
        let size = (run - done) / (tiles - tile);
        macro_rules! run {
            ($($p:literal)*) => {
                match size {
                    // SAFETY: as promised to `band`.
                    $($p => unsafe {
                        self::tile::<L, V, $p>(args, x.add(done), g, sums.add(done * V * L::N), rows)
                    },)*
                    _ => unreachable!("tiles have 1 to 12 rows"),
                }
            };
        }
        run!(1 2 3 4 5 6 7 8 9 10 11 12);
        done += size;
    }
}

/// `P` (tap, channel) pairs of x times `V` vectors of channels of g, summed in registers over the band's positions.
#[inline(always)]
unsafe fn tile<L: Lanes, const V: usize, const P: usize>(
    args: &Band,
    x: *const f32,
    g: *const f32,
    into: *mut f32,
    rows: usize,
) {
    let width = args.shape.count[2];
    let step = args.shape.stride[2] * args.shape.inputs;
    // SAFETY: as promised to `band`.
    unsafe {
        let mut sums = [[L::zero(); V]; P];
        for p in 0..P {
            for v in 0..V {
                sums[p][v] = L::load(into.add((p * V + v) * L::N));
            }
        }
        for row in 0..rows {
            let mut x = x.add(row * args.shape.stride[1] * args.row);
            let mut g = g.add(row * width * args.g_step);
            for _ in 0..width {
                let mut values = [L::zero(); V];
                for v in 0..V {
                    values[v] = L::load(g.add(v * L::N));
                }
                for p in 0..P {
                    let value = L::splat(*x.add(p));
                    for v in 0..V {
                        sums[p][v] = value.mul_add(values[v], sums[p][v]);
                    }
                }
                // The last step may leave the scratch: such an address is never read.
                x = x.wrapping_add(step);
                g = g.wrapping_add(args.g_step);
            }
        }
        for p in 0..P {
            for v in 0..V {
                sums[p][v].store(into.add((p * V + v) * L::N));
            }
        }
    }
}
