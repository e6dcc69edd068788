//! Principal component scores of samples in rows, features in columns.

use crate::base::error::{Kind, Result};
use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array2, ArrayView2, Axis, s};

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
        let scores = self.scores.t().into_iter().copied();
        match sign {
            Sign::Loading => scores.collect(),
            Sign::Symmetric => scores.clone().chain(scores.map(|v| -v)).collect(),
        }
    }
}

/// The pooled scores of `x` (samples x features); see [`fit`].
///
/// # Errors
/// As [`fit`].
pub fn scores(x: ArrayView2<'_, f64>, variance: f64, sign: Sign) -> Result<Vec<f64>> {
    Ok(fit(x, variance)?.pooled(sign))
}

/// Centres `x` (samples x features) and keeps the fewest components whose cumulative share of the variance is strictly
/// greater than `variance`. A constant `x` has one component of zeros.
///
/// By the features x features covariance: O(n d^2 + d^3). Equals scikit-learn's `PCA(n_components=variance,
/// svd_solver="full")` up to the sign, which is fixed here.
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
    let strange = x.iter().filter(|v| !v.is_finite()).count();
    crate::ensure!(strange == 0, Kind::Data, "PCA needs finite values, got {strange} that are not");

    let centred = centred_rows(x);
    let covariance = centred.dot(&centred.t());
    let total = covariance.diag().sum();
    if total == 0.0 {
        let mut loadings = Array2::zeros((1, features));
        loadings[[0, 0]] = 1.0;
        return Ok(Pca { loadings, scores: Array2::zeros((1, samples)), explained: vec![0.0] });
    }

    let eigen = SymmetricEigen::new(DMatrix::from_fn(features, features, |r, c| covariance[[r, c]]));
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
    let scores = loadings.dot(&centred);
    Ok(Pca { loadings, scores, explained })
}

/// Features x samples, each row with mean zero; a constant row is exactly zero.
fn centred_rows(x: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut rows = Array2::zeros((x.ncols(), x.nrows()));
    rows.assign(&x.t());
    for mut row in rows.axis_iter_mut(Axis(0)) {
        let first = row[0];
        if row.iter().all(|&v| v == first) {
            row.fill(0.0);
            continue;
        }
        // Two passes: the second takes away what rounding left of the mean.
        for _ in 0..2 {
            let mean = row.slice(s![..]).mean().expect("a row has a sample, as checked on entry");
            row -= mean;
        }
    }
    rows
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
