//! A Gaussian process: what is known of a function from a few of its values.

use crate::base::choice::Choice;
use crate::base::error::{Kind, Result};
use crate::base::math::{exp, ln, powi};
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use std::f64::consts::TAU;

/// How alike the function is at two points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kernel {
    /// Twice differentiable: `(1 + s + s^2/3) exp(-s)`, `s = sqrt(5) r / length`.
    #[default]
    Matern52,
    /// Smooth: `exp(-r^2 / (2 length^2))`.
    Rbf,
}

impl Choice for Kernel {
    const CHOICES: &'static [(&'static str, Self)] = &[("matern52", Kernel::Matern52), ("rbf", Kernel::Rbf)];
}

impl Kernel {
    /// The covariance of two points; 1 at one point.
    fn at(self, a: &[f64], b: &[f64], length: f64) -> f64 {
        let square: f64 = a.iter().zip(b).map(|(a, b)| powi((a - b) / length, 2)).sum();
        match self {
            Kernel::Matern52 => {
                let s = (5.0 * square).sqrt();
                (1.0 + s + s * s / 3.0) * exp(-s)
            }
            Kernel::Rbf => exp(-square / 2.0),
        }
    }
}

/// A process with mean 0 and variance 1 before, given values at some points.
#[derive(Debug, Clone)]
pub struct GaussianProcess {
    kernel: Kernel,
    length: f64,
    points: Vec<Vec<f64>>,
    factor: Cholesky<f64, Dyn>,
    weights: DVector<f64>,
    likelihood: f64,
}

impl GaussianProcess {
    /// Conditions on `values` at `points`, each with a noise of variance `noise`. O(n^3).
    ///
    /// Equals scikit-learn's `GaussianProcessRegressor(kernel, alpha=noise, optimizer=None)`.
    ///
    /// # Errors
    /// Without points, with another number of values, or when points repeat and the noise is too small to tell them apart.
    pub fn fit(points: Vec<Vec<f64>>, values: &[f64], kernel: Kernel, length: f64, noise: f64) -> Result<Self> {
        let n = points.len();
        crate::ensure!(
            n > 0 && n == values.len(),
            Kind::Internal,
            "a Gaussian process needs as many values as points, got {n} points and {} values",
            values.len()
        );
        let covariance =
            DMatrix::from_fn(n, n, |r, c| kernel.at(&points[r], &points[c], length) + if r == c { noise } else { 0.0 });
        let Some(factor) = Cholesky::new(covariance) else {
            crate::bail!(Kind::Internal, "{n} points are too close for a Gaussian process with noise {noise}")
        };
        let values = DVector::from_column_slice(values);
        let weights = factor.solve(&values);
        let logs: f64 = factor.l_dirty().diagonal().iter().map(|pivot| ln(*pivot)).sum();
        let likelihood = -values.dot(&weights) / 2.0 - logs - n as f64 * ln(TAU) / 2.0;
        Ok(GaussianProcess { kernel, length, points, factor, weights, likelihood })
    }

    /// The process whose length scale, of those given, makes the values most likely.
    ///
    /// # Errors
    /// As [`GaussianProcess::fit`], if no length will do.
    pub fn likeliest(points: &[Vec<f64>], values: &[f64], kernel: Kernel, lengths: &[f64], noise: f64) -> Result<Self> {
        let mut best: Option<GaussianProcess> = None;
        let mut fault = None;
        for &length in lengths {
            match GaussianProcess::fit(points.to_vec(), values, kernel, length, noise) {
                Ok(process) if best.as_ref().is_none_or(|best| process.likelihood > best.likelihood) => {
                    best = Some(process);
                }
                Ok(_) => {}
                Err(error) => fault = Some(error),
            }
        }
        match (best, fault) {
            (Some(best), _) => Ok(best),
            (None, Some(fault)) => Err(fault),
            (None, None) => crate::bail!(Kind::Internal, "a Gaussian process needs a length scale, got none"),
        }
    }

    /// Its length scale.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.length
    }

    /// The logarithm of the likelihood of the values.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.likelihood
    }

    /// Mean and standard deviation at a point. O(n^2).
    #[must_use]
    pub fn posterior(&self, point: &[f64]) -> (f64, f64) {
        let n = self.points.len();
        let near = DVector::from_iterator(n, self.points.iter().map(|p| self.kernel.at(p, point, self.length)));
        let mean = near.dot(&self.weights);
        let explained = self.factor.l_dirty().solve_lower_triangular(&near).map_or(0.0, |v| v.norm_squared());
        (mean, (1.0 - explained).max(0.0).sqrt())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn without_noise_it_goes_through_the_values_and_far_away_it_knows_nothing() {
        for (_, kernel) in Kernel::CHOICES {
            let points = vec![vec![0.0], vec![0.5], vec![1.0]];
            let process = GaussianProcess::fit(points, &[0.3, -1.0, 0.2], *kernel, 0.3, 1e-12).unwrap();
            let (mean, std) = process.posterior(&[0.5]);
            assert!((mean + 1.0).abs() < 1e-6 && std < 1e-5, "{mean} {std}");
            let (mean, std) = process.posterior(&[50.0]);
            assert!(mean.abs() < 1e-6 && (std - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn equal_points_need_noise() {
        let twice = vec![vec![0.5], vec![0.5]];
        assert!(GaussianProcess::fit(twice.clone(), &[0.0, 1.0], Kernel::Rbf, 1.0, 0.0).is_err());
        let (mean, _) = GaussianProcess::fit(twice, &[0.0, 1.0], Kernel::Rbf, 1.0, 0.1).unwrap().posterior(&[0.5]);
        assert!((mean - 1.0 / 2.1).abs() < 1e-12, "{mean}");
    }
}
