//! Instance norm with a leaky ReLU behind it, in one pass over the values after the statistics.

use super::passes::{Pass, run_gradient, run_gradient_sums, run_moments, run_normalise};
use super::shared::Shared;
use crate::base::level::Level;
use rayon::prelude::*;

/// `[N, positions, C]`, channels last.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// N.
    pub batch: usize,
    /// D * H * W.
    pub positions: usize,
    /// C.
    pub channels: usize,
}

/// Per volume and channel, what turns x into its normalised value: `(x - mean) * scale`.
#[derive(Debug, Clone)]
pub struct Statistics {
    /// Means, `[N, C]`.
    pub mean: Vec<f32>,
    /// `1 / sqrt(variance + eps)`, `[N, C]`.
    pub scale: Vec<f32>,
}

/// Positions a task takes; sums inside of a run of [`RUN`] are of `f32`, between runs of `f64`.
const CHUNK: usize = 2048;
const RUN: usize = 128;

fn tasks(extent: Extent) -> Vec<(usize, usize, usize)> {
    let chunks = extent.positions.div_ceil(CHUNK);
    (0..extent.batch)
        .flat_map(|n| (0..chunks).map(move |chunk| (n, chunk * CHUNK, CHUNK.min(extent.positions - chunk * CHUNK))))
        .collect()
}

/// Sums of two values per channel over all positions of each volume, `[N, C]` of each, in a fixed order.
fn sums(extent: Extent, run: impl Fn(usize, usize, usize, &mut [f32], &mut [f32]) + Sync) -> (Vec<f64>, Vec<f64>) {
    let c = extent.channels;
    let parts: Vec<(usize, Vec<f64>)> = tasks(extent)
        .into_par_iter()
        .map(|(n, first, count)| {
            let mut total = vec![0.0_f64; 2 * c];
            let (mut a, mut b) = (vec![0.0_f32; c], vec![0.0_f32; c]);
            for start in (first..first + count).step_by(RUN) {
                a.fill(0.0);
                b.fill(0.0);
                run(n, start, RUN.min(first + count - start), &mut a, &mut b);
                for i in 0..c {
                    total[i] += f64::from(a[i]);
                    total[c + i] += f64::from(b[i]);
                }
            }
            (n, total)
        })
        .collect();
    let (mut a, mut b) = (vec![0.0; extent.batch * c], vec![0.0; extent.batch * c]);
    for (n, total) in parts {
        for i in 0..c {
            a[n * c + i] += total[i];
            b[n * c + i] += total[c + i];
        }
    }
    (a, b)
}

/// Mean and scale of each volume and channel, with the biased variance.
#[must_use]
pub fn statistics(level: Level, extent: Extent, x: &[f32], eps: f64) -> Statistics {
    let c = extent.channels;
    assert_eq!(x.len(), extent.batch * extent.positions * c, "size of x");
    let count = extent.positions as f64;
    // The first position is subtracted, so that a large mean does not cancel the variance's digits.
    let (first, second) = sums(extent, |n, start, count, a, b| {
        let volume = n * extent.positions * c;
        let args = Pass {
            count,
            channels: c,
            x: x[volume + start * c..volume + (start + count) * c].as_ptr(),
            y: std::ptr::null(),
            mean: x[volume..volume + c].as_ptr(),
            scale: std::ptr::null(),
            gain: std::ptr::null(),
            shift: std::ptr::null(),
            slope: 0.0,
            a: a.as_mut_ptr(),
            b: b.as_mut_ptr(),
            out: std::ptr::null_mut(),
        };
        // SAFETY: x holds `count` positions, the rest one value per channel.
        unsafe { run_moments(level, &args) };
    });
    let mut mean = Vec::with_capacity(first.len());
    let mut scale = Vec::with_capacity(first.len());
    for (at, (a, b)) in first.iter().zip(&second).enumerate() {
        let (a, b) = (a / count, b / count);
        mean.push((a + f64::from(x[at / c * extent.positions * c + at % c])) as f32);
        scale.push((1.0 / ((b - a * a).max(0.0) + eps).sqrt()) as f32);
    }
    Statistics { mean, scale }
}

/// `leaky_relu(normalised * gain + shift)`, written to `y`.
pub fn normalise(
    level: Level,
    extent: Extent,
    x: &[f32],
    statistics: &Statistics,
    affine: (&[f32], &[f32]),
    slope: f32,
    y: &mut [f32],
) {
    assert_eq!((x.len(), y.len()), (extent.batch * extent.positions * extent.channels, x.len()), "sizes of x and y");
    apply(level, extent, |at, count| x[at..at + count].as_ptr(), statistics, affine, slope, Shared::new(y));
}

/// The same in the place of x.
pub fn normalise_in_place(
    level: Level,
    extent: Extent,
    x: &mut [f32],
    statistics: &Statistics,
    affine: (&[f32], &[f32]),
    slope: f32,
) {
    assert_eq!(x.len(), extent.batch * extent.positions * extent.channels, "size of x");
    let start = Shared::new(x);
    // SAFETY: inside, as the places are of the extent; a task reads where it alone writes, a value before it is written.
    apply(level, extent, |at, _| unsafe { start.at(at) }.cast_const(), statistics, affine, slope, start);
}

/// [`normalise`] of the values that lie where `x` says, given a place and how many are read there; `y` is as long as the extent says.
fn apply(
    level: Level,
    extent: Extent,
    x: impl Fn(usize, usize) -> *const f32 + Sync,
    statistics: &Statistics,
    (gain, shift): (&[f32], &[f32]),
    slope: f32,
    y: Shared,
) {
    let c = extent.channels;
    assert!(gain.len() == c && shift.len() == c, "one gain and shift per channel");
    // y = x * s + t with one multiply-add.
    let s: Vec<f32> = statistics.scale.iter().zip(gain.iter().cycle()).map(|(scale, gain)| scale * gain).collect();
    let t: Vec<f32> =
        s.iter().zip(&statistics.mean).zip(shift.iter().cycle()).map(|((s, mean), shift)| shift - mean * s).collect();
    tasks(extent).into_par_iter().for_each(|(n, first, count)| {
        let at = (n * extent.positions + first) * c;
        let args = Pass {
            count,
            channels: c,
            x: x(at, count * c),
            y: std::ptr::null(),
            mean: std::ptr::null(),
            scale: std::ptr::null(),
            gain: s[n * c..(n + 1) * c].as_ptr(),
            shift: t[n * c..(n + 1) * c].as_ptr(),
            slope,
            a: std::ptr::null_mut(),
            b: std::ptr::null_mut(),
            // SAFETY: inside, and tasks have different positions.
            out: unsafe { y.at(at) },
        };
        // SAFETY: x and out hold `count` positions, gain and shift one value per channel.
        unsafe { run_normalise(level, &args) };
    });
}

/// Gradients of x, gain and shift from the gradient of y; y tells by its sign which branch of the ReLU was taken.
#[must_use]
pub fn gradients(
    level: Level,
    extent: Extent,
    (x, y, g): (&[f32], &[f32], &[f32]),
    statistics: &Statistics,
    gain: &[f32],
    slope: f32,
) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let c = extent.channels;
    assert!(x.len() == extent.batch * extent.positions * c && y.len() == x.len() && g.len() == x.len(), "sizes");
    // a: sum of dz; b: sum of dz * normalised.
    let (a, b) = sums(extent, |n, start, count, a, b| {
        let at = (n * extent.positions + start) * c;
        let args = Pass {
            count,
            channels: c,
            x: x[at..at + count * c].as_ptr(),
            y: y[at..at + count * c].as_ptr(),
            mean: statistics.mean[n * c..(n + 1) * c].as_ptr(),
            scale: statistics.scale[n * c..(n + 1) * c].as_ptr(),
            gain: std::ptr::null(),
            shift: g[at..at + count * c].as_ptr(),
            slope,
            a: a.as_mut_ptr(),
            b: b.as_mut_ptr(),
            out: std::ptr::null_mut(),
        };
        // SAFETY: x, y and g hold `count` positions, the rest one value per channel.
        unsafe { run_gradient_sums(level, &args) };
    });
    // dx = gain * scale * (dz - mean(dz) - normalised * mean(dz * normalised)) = dz * p - x * q + r.
    let count = extent.positions as f64;
    let (mut p, mut q, mut r) = (vec![0.0_f32; a.len()], vec![0.0_f32; a.len()], vec![0.0_f32; a.len()]);
    for at in 0..a.len() {
        let (mean, scale) = (f64::from(statistics.mean[at]), f64::from(statistics.scale[at]));
        let factor = f64::from(gain[at % c]) * scale;
        p[at] = factor as f32;
        q[at] = (factor * scale * b[at] / count) as f32;
        r[at] = (factor * (mean * scale * b[at] / count - a[at] / count)) as f32;
    }
    let mut dx = vec![0.0_f32; x.len()];
    let out = Shared::new(&mut dx);
    tasks(extent).into_par_iter().for_each(|(n, first, count)| {
        let at = (n * extent.positions + first) * c;
        let args = Pass {
            count,
            channels: c,
            x: x[at..at + count * c].as_ptr(),
            y: y[at..at + count * c].as_ptr(),
            mean: q[n * c..(n + 1) * c].as_ptr(),
            scale: r[n * c..(n + 1) * c].as_ptr(),
            gain: p[n * c..(n + 1) * c].as_ptr(),
            shift: g[at..at + count * c].as_ptr(),
            slope,
            a: std::ptr::null_mut(),
            b: std::ptr::null_mut(),
            // SAFETY: as long as x, and tasks have different positions.
            out: unsafe { out.at(at) },
        };
        // SAFETY: as above.
        unsafe { run_gradient(level, &args) };
    });
    let per_channel = |sums: &[f64]| -> Vec<f32> {
        (0..c).map(|i| (0..extent.batch).map(|n| sums[n * c + i]).sum::<f64>() as f32).collect()
    };
    (dx, per_channel(&b), per_channel(&a))
}

/// Sum of each channel over all volumes and positions: the gradient of a bias.
#[must_use]
pub fn channel_sums(level: Level, extent: Extent, g: &[f32]) -> Vec<f32> {
    let c = extent.channels;
    assert_eq!(g.len(), extent.batch * extent.positions * c, "size of g");
    let zero = vec![0.0_f32; c];
    let (sum, _) = sums(extent, |n, start, count, a, b| {
        let at = (n * extent.positions + start) * c;
        let args = Pass {
            count,
            channels: c,
            x: g[at..at + count * c].as_ptr(),
            y: std::ptr::null(),
            mean: zero.as_ptr(),
            scale: std::ptr::null(),
            gain: std::ptr::null(),
            shift: std::ptr::null(),
            slope: 0.0,
            a: a.as_mut_ptr(),
            b: b.as_mut_ptr(),
            out: std::ptr::null_mut(),
        };
        // SAFETY: g holds `count` positions, the rest one value per channel.
        unsafe { run_moments(level, &args) };
    });
    (0..c).map(|i| (0..extent.batch).map(|n| sum[n * c + i]).sum::<f64>() as f32).collect()
}
