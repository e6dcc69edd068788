//! Weights that make the samples along one axis from others: blur, interpolation and mirrored borders in one.

use crate::base::math::exp;
use rayon::prelude::*;

/// One output sample along an axis: where its inputs begin, and their weights.
pub(super) struct Tap {
    pub(super) start: usize,
    pub(super) weights: Vec<f64>,
}

impl Tap {
    /// Behind its last input.
    pub(super) fn end(&self) -> usize {
        self.start + self.weights.len()
    }

    /// The weight of an input; zero for one that it does not reach.
    pub(super) fn at(&self, input: usize) -> f64 {
        input.checked_sub(self.start).and_then(|n| self.weights.get(n)).copied().unwrap_or(0.0)
    }
}

/// The weights of blur and interpolation together, from `n` samples to `m`.
pub(super) fn taps(n: usize, m: usize) -> Vec<Tap> {
    let ratio = n as f64 / m as f64;
    let blur = gaussian(((ratio - 1.0) / 2.0).max(0.0));
    let radius = (blur.len() / 2) as i64;
    (0..m)
        .map(|o| {
            let mut weights = vec![0.0; n];
            let centre = mirrored((o as f64 + 0.5) * ratio - 0.5, n);
            let first = (centre.floor() as usize).min(n - 1);
            let part = centre - first as f64;
            for (at, share) in [(first, 1.0 - part), ((first + 1).min(n - 1), part)] {
                for (step, weight) in blur.iter().enumerate() {
                    weights[mirrored_index(at as i64 + step as i64 - radius, n)] += share * weight;
                }
            }
            let start = weights.iter().position(|&w| w != 0.0).unwrap_or(0);
            let end = weights.iter().rposition(|&w| w != 0.0).map_or(1, |last| last + 1);
            Tap { start, weights: weights[start..end].to_vec() }
        })
        .collect()
}

/// A normalised Gaussian over -radius..=radius with radius = int(4 sigma + 0.5).
fn gaussian(sigma: f64) -> Vec<f64> {
    if sigma <= 1e-15 {
        return vec![1.0];
    }
    let radius = (4.0 * sigma + 0.5) as i64;
    let weights: Vec<f64> = (-radius..=radius).map(|x| exp(-0.5 / (sigma * sigma) * (x * x) as f64)).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / total).collect()
}

/// A position before the first or behind the last sample, mirrored about that sample.
fn mirrored(position: f64, n: usize) -> f64 {
    let last = (n - 1) as f64;
    if position < 0.0 { (-position).min(last) } else { position.min((2.0 * last - position).max(0.0)) }
}

/// The sample that a whole position, any distance away, stands for when `n` samples are mirrored about the first and the last: the
/// period is 2 (n - 1).
#[must_use]
pub fn mirrored_index(position: i64, n: usize) -> usize {
    if n == 1 {
        return 0;
    }
    let period = 2 * (n as i64 - 1);
    let inside = position.rem_euclid(period);
    inside.min(period - inside) as usize
}

/// Applies the taps along the axis that has `n` samples, `stride` values apart, and gives it `m` samples.
pub(super) fn along(values: &[f64], stride: usize, n: usize, m: usize, taps: &[Tap]) -> Vec<f64> {
    if n == m {
        return values.to_vec();
    }
    let mut out = vec![0.0; values.len() / n * m];
    out.par_chunks_mut(stride * m).zip(values.par_chunks(stride * n)).for_each(|(out, values)| {
        if stride == 1 {
            for (value, tap) in out.iter_mut().zip(taps) {
                *value = tap.weights.iter().zip(&values[tap.start..]).map(|(w, v)| w * v).sum();
            }
            return;
        }
        out.par_chunks_mut(stride).zip(taps).for_each(|(line, tap)| {
            for (weight, from) in tap.weights.iter().zip(values[tap.start * stride..].chunks(stride)) {
                for (value, v) in line.iter_mut().zip(from) {
                    *value += weight * v;
                }
            }
        });
    });
    out
}
