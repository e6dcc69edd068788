//! Principal component scores of samples in rows, features in columns.

use super::gram::{self, Gram};
use crate::base::error::{Kind, Result};
use crate::base::level::Level;
use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array2, ArrayView2, Axis};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// What makes a component's sign unique; eigenvectors have none of their own, but W1 sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sign {
    /// The largest absolute loading is positive (the first of those that tie within 1e-9).
    #[default]
    Loading,
    /// Scores and their negatives are pooled.
    Symmetric,
}

/// The kept components of a sample.
#[derive(Debug, Clone)]
pub struct Pca {
    /// Components x features: the loadings, unit rows, largest absolute loading positive.
    pub loadings: Array2<f64>,
    /// Components x samples: the scores.
    pub scores: Array2<f64>,
    /// Share of the total variance each kept component explains.
    pub explained: Vec<f64>,
}

impl Pca {
    /// All kept scores in one one-dimensional sample, sample after sample, each with its components in order.
    #[must_use]
    pub fn pooled(&self, sign: Sign) -> Vec<f64> {
        sign.pool(self.scores.t().iter().copied().collect())
    }
}

impl Sign {
    /// The sample whose distribution does not depend on what the sign leaves open.
    #[must_use]
    pub fn pool(self, mut scores: Vec<f64>) -> Vec<f64> {
        if self == Sign::Symmetric {
            scores.extend_from_within(..);
            let half = scores.len() / 2;
            scores[half..].iter_mut().for_each(|v| *v = -*v);
        }
        scores
    }
}

/// Centres `x` (samples x features) and keeps the fewest components whose cumulative share of the variance is strictly
/// greater than `variance`. A constant `x` has one component of zeros.
///
/// By the features x features covariance: O(n d^2 + d^3). Samples of zeros only, the background of an image, are counted
/// and not multiplied. Equals scikit-learn's `PCA(n_components=variance, svd_solver="full")` up to the sign, which is fixed
/// here. Fastest where the samples of each feature lie side by side in memory.
///
/// # Errors
/// When `x` is empty or holds values that are not finite.
pub fn fit(x: ArrayView2<'_, f64>, variance: f64) -> Result<Pca> {
    let (samples, features) = x.dim();
    crate::ensure!(
        samples > 0 && features > 0,
        Kind::Data,
        "PCA needs samples and features, got {samples} x {features}"
    );
    let x = x.reversed_axes();
    let x = x.as_standard_layout();
    let x = x.as_slice().expect("an array in standard layout is a slice");
    let sample = Sample::new(x, features)?;
    let covariance = sample.covariance();
    let total: f64 = (0..features).map(|feature| covariance.at(feature, feature)).sum();
    crate::ensure!(
        total.is_finite(),
        Kind::Data,
        "values as far from zero as {:e} are too large for a PCA: their squares have no room in a float",
        x.iter().fold(0.0_f64, |most, v| most.max(v.abs()))
    );
    if total == 0.0 {
        let mut loadings = Array2::zeros((1, features));
        loadings[[0, 0]] = 1.0;
        return Ok(Pca { loadings, scores: Array2::zeros((1, samples)), explained: vec![0.0] });
    }

    let eigen = SymmetricEigen::new(DMatrix::from_fn(features, features, |r, c| covariance.at(r, c)));
    let mut order: Vec<usize> = (0..features).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]).then(a.cmp(&b)));
    let mut explained = Vec::new();
    let mut sum = 0.0;
    for &component in order.iter().take(samples.min(features)) {
        let share = eigen.eigenvalues[component].max(0.0) / total;
        explained.push(share);
        sum += share;
        if sum > variance {
            break;
        }
    }
    let mut loadings = Array2::zeros((explained.len(), features));
    for (mut row, &component) in loadings.axis_iter_mut(Axis(0)).zip(&order) {
        let vector = eigen.eigenvectors.column(component);
        let sign = leading_sign(vector.as_slice());
        row.iter_mut().zip(vector.iter()).for_each(|(to, from)| *to = sign * from);
    }
    let scores = sample.scores(&loadings);
    Ok(Pca { loadings, scores, explained })
}

/// Features x samples, feature after feature, with what centring needs.
struct Sample<'a> {
    x: &'a [f64],
    features: usize,
    samples: usize,
    /// The mean of each feature, and what rounding left of the mean after it was taken away.
    means: Vec<(f64, f64)>,
    /// Runs of samples that are not all zeros.
    active: Vec<Range<usize>>,
}

impl<'a> Sample<'a> {
    fn new(x: &'a [f64], features: usize) -> Result<Self> {
        let samples = x.len() / features;
        let mut means = Vec::with_capacity(features);
        let mut largest = vec![0.0_f64; samples];
        let arch = Level::loops();
        for row in x.chunks_exact(samples) {
            let (mean, rest) = arch.dispatch(Look { row, largest: &mut largest });
            // A constant feature is exactly its mean: rounding makes no variance of it.
            let constant = row.iter().all(|v| *v == row[0]);
            means.push(if constant { (row[0], 0.0) } else { (mean, rest) });
        }
        if means.iter().any(|(mean, rest)| !(mean + rest).is_finite()) {
            let strange = x.iter().filter(|v| !v.is_finite()).count();
            crate::ensure!(strange == 0, Kind::Data, "PCA needs finite values, got {strange} that are not");
        }
        let mut active: Vec<Range<usize>> = Vec::new();
        for (at, _) in largest.iter().enumerate().filter(|(_, largest)| **largest > 0.0) {
            match active.last_mut() {
                Some(run) if run.end == at => run.end = at + 1,
                _ => active.push(at..at + 1),
            }
        }
        Ok(Sample { x, features, samples, means, active })
    }

    /// The active samples in panels of at most `size`, each as runs.
    fn panels(&self, size: usize) -> Vec<Vec<Range<usize>>> {
        let mut panels = vec![Vec::new()];
        let mut room = size;
        for run in &self.active {
            let mut run = run.clone();
            while !run.is_empty() {
                let part = run.start..run.end.min(run.start + room);
                run.start = part.end;
                room -= part.len();
                panels.last_mut().expect("there is one from the start").push(part);
                if room == 0 {
                    panels.push(Vec::new());
                    room = size;
                }
            }
        }
        panels.retain(|panel| !panel.is_empty());
        panels
    }

    /// The covariance times the number of samples.
    fn covariance(&self) -> Gram {
        let arch = Level::loops();
        let mut gram = Gram::new(self.features);
        for panel in self.panels(gram::COLUMNS) {
            gram.add(panel.iter().map(Range::len).sum(), |feature, mut places| {
                let (mean, rest) = self.means[feature];
                for run in &panel {
                    let (these, others) = places.split_at_mut(run.len());
                    let from = &self.x[feature * self.samples..][run.clone()];
                    arch.dispatch(|| these.iter_mut().zip(from).for_each(|(to, v)| *to = v - mean - rest));
                    places = others;
                }
            });
        }
        let background: Vec<f64> = self.means.iter().map(|(mean, rest)| 0.0 - mean - rest).collect();
        gram.add_column(&background, (self.samples - self.active.iter().map(Range::len).sum::<usize>()) as f64);
        gram
    }

    /// Components x samples.
    fn scores(&self, loadings: &Array2<f64>) -> Array2<f64> {
        let mut scores = Array2::zeros((loadings.nrows(), self.samples));
        let arch = Level::loops();
        for (loading, mut scores) in loadings.rows().into_iter().zip(scores.rows_mut()) {
            let background = loading.iter().zip(&self.means).map(|(l, (mean, rest))| l * (0.0 - mean - rest)).sum();
            scores.fill(background);
            let scores = scores.as_slice_mut().expect("a row of an array in standard layout is a slice");
            for run in &self.active {
                scores[run.clone()].fill(0.0);
            }
            for run in self.panels(PANEL).into_iter().flatten() {
                for ((loading, (mean, rest)), x) in
                    loading.iter().zip(&self.means).zip(self.x.chunks_exact(self.samples))
                {
                    let (x, scores) = (&x[run.clone()], &mut scores[run.clone()]);
                    arch.dispatch(Project { loading: *loading, mean: *mean, rest: *rest, x, scores });
                }
            }
        }
        scores
    }
}

/// What one feature's samples show; a struct, for only what is inlined for certain is compiled with the machine's instructions.
struct Look<'a> {
    row: &'a [f64],
    /// The largest absolute value of each sample so far.
    largest: &'a mut [f64],
}

impl WithSimd for Look<'_> {
    type Output = (f64, f64);

    /// The mean, and what rounding leaves of the mean after it was taken away.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (f64, f64) {
        for (largest, v) in self.largest.iter_mut().zip(self.row) {
            *largest = if v.abs() > *largest { v.abs() } else { *largest };
        }
        let samples = self.row.len() as f64;
        let mean = sum_of(self.row, |v| v) / samples;
        (mean, sum_of(self.row, |v| v - mean) / samples)
    }
}

/// Adds one feature's part to the scores of some samples.
struct Project<'a> {
    loading: f64,
    mean: f64,
    rest: f64,
    x: &'a [f64],
    scores: &'a mut [f64],
}

impl WithSimd for Project<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Project { loading, mean, rest, x, scores } = self;
        scores.iter_mut().zip(x).for_each(|(score, v)| *score += loading * (v - mean - rest));
    }
}

/// Samples whose scores are made at a time: they stay in the first-level cache.
const PANEL: usize = 1024;

/// A sum in sixteen interleaved parts, which vector instructions can make.
#[inline(always)]
fn sum_of(values: &[f64], value: impl Fn(f64) -> f64) -> f64 {
    let mut parts = [0.0; 16];
    let chunks = values.chunks_exact(16);
    let rest: f64 = chunks.remainder().iter().map(|&v| value(v)).sum();
    for chunk in chunks {
        for lane in 0..16 {
            parts[lane] += value(chunk[lane]);
        }
    }
    parts.iter().sum::<f64>() + rest
}

fn leading_sign(vector: &[f64]) -> f64 {
    let largest = vector.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let leader = vector.iter().find(|v| v.abs() >= largest * (1.0 - 1e-9));
    if leader.is_some_and(|v| *v < 0.0) { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ndarray::array;

    #[test]
    fn a_constant_has_one_component_of_zeros() {
        let pca = fit(Array2::from_elem((6, 3), 0.1).view(), 0.75).unwrap();
        assert_eq!(pca.scores, Array2::<f64>::zeros((1, 6)));
        assert_eq!(pca.pooled(Sign::Symmetric).len(), 12);
    }

    #[test]
    fn a_line_is_one_component_with_a_positive_leader() {
        let x = array![[0.0, 0.0], [-3.0, 4.0], [-6.0, 8.0]];
        let pca = fit(x.view(), 0.75).unwrap();
        assert_eq!(pca.scores.nrows(), 1);
        assert!((pca.loadings[[0, 1]] - 0.8).abs() < 1e-12);
        assert!((pca.scores[[0, 2]] - 5.0).abs() < 1e-12 && (pca.explained[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_threshold_is_strict() {
        // Two orthogonal directions with equal variance: the first explains exactly one half.
        let x = array![[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]];
        assert_eq!(fit(x.view(), 0.5).unwrap().scores.nrows(), 2);
        assert_eq!(fit(x.view(), 0.49).unwrap().scores.nrows(), 1);
    }

    #[test]
    fn values_that_are_not_finite_are_counted() {
        let message = fit(array![[1.0, f64::NAN], [2.0, 3.0]].view(), 0.75).unwrap_err().to_string();
        assert!(message.contains("got 1"), "{message}");
    }
}
