//! Bayesian optimisation: the least value of a costly function, in few evaluations.

use super::gaussian_process::{GaussianProcess, Kernel};
use super::statistics::{mean, std};
use crate::base::error::Result;
use crate::base::math::{exp, powf};
use crate::base::normal::StandardNormal;
use crate::base::params::{Params, Range};
use crate::base::seed::{Rng, Seed};
use rand::Rng as _;
use rand::distr::Distribution;
use rand::seq::SliceRandom;
use std::f64::consts::TAU;

/// Options of [`minimise`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchParams {
    /// How often the function is asked.
    pub evaluations: usize,
    /// Of the process that stands for it.
    pub kernel: Kernel,
}

impl Default for SearchParams {
    fn default() -> Self {
        SearchParams { evaluations: 50, kernel: Kernel::Matern52 }
    }
}

impl Params for SearchParams {
    const RANGES: &'static [Range] = &[Range::new("evaluations", 1.0, 1000.0)];

    fn validate(&self) -> Result<()> {
        Self::inside("evaluations", self.evaluations as f64)
    }
}

/// Where the function was least.
#[derive(Debug, Clone, PartialEq)]
pub struct Least {
    /// The point.
    pub point: Vec<f64>,
    /// The value there.
    pub value: f64,
}

/// Points asked before the process is: spread over every axis (a Latin hypercube).
const FIRST: usize = 10;

/// Random points at which the expected improvement is tried, and points near the best so far.
const TRIED: (usize, usize) = (500, 50);

/// Variance of the noise, for values of standard deviation 1.
const NOISE: f64 = 1e-6;

/// The least value of `f` over the unit cube of so many dimensions; the same seed asks the same points.
///
/// The first ten points are a Latin hypercube; each further one has the largest expected improvement under a Gaussian process
/// through the values so far (standardised, its length scale the likeliest of twelve from 0.05 to 3). `each` is told the
/// number of evaluations and the least value after each. O(evaluations^4) in small numbers, besides `f`.
///
/// Source: Jones, Schonlau, Welch, "Efficient global optimization of expensive black-box functions", 1998.
///
/// # Errors
/// Those of `f` and of `each`.
pub fn minimise(
    dimensions: usize,
    params: &SearchParams,
    seed: Seed,
    mut f: impl FnMut(&[f64]) -> Result<f64>,
    mut each: impl FnMut(usize, f64) -> Result<()>,
) -> Result<Least> {
    let seed = seed.named("bayes");
    let mut points = hypercube(FIRST.min(params.evaluations), dimensions, &mut seed.named("first").rng());
    let mut values: Vec<f64> = Vec::new();
    let mut least = Least { point: Vec::new(), value: f64::INFINITY };
    for step in 0..params.evaluations {
        if step == points.len() {
            points.push(next(&points, &values, &least.point, params.kernel, &mut seed.nth(step as u64).rng())?);
        }
        let value = f(&points[step])?;
        if value < least.value || least.point.is_empty() {
            least = Least { point: points[step].clone(), value };
        }
        values.push(value);
        each(step + 1, least.value)?;
    }
    Ok(least)
}

fn hypercube(count: usize, dimensions: usize, rng: &mut Rng) -> Vec<Vec<f64>> {
    let mut points = vec![Vec::with_capacity(dimensions); count];
    for _ in 0..dimensions {
        let mut cells: Vec<usize> = (0..count).collect();
        cells.shuffle(rng);
        for (point, cell) in points.iter_mut().zip(cells) {
            point.push((cell as f64 + rng.random::<f64>()) / count as f64);
        }
    }
    points
}

/// The point of largest expected improvement: the best of many, then moved along the axes by ever smaller steps.
fn next(points: &[Vec<f64>], values: &[f64], best: &[f64], kernel: Kernel, rng: &mut Rng) -> Result<Vec<f64>> {
    let dimensions = best.len();
    let centre = mean(values).unwrap_or(0.0);
    let scale = std(values, 0).filter(|scale| *scale > 0.0).unwrap_or(1.0);
    let standard: Vec<f64> = values.iter().map(|value| (value - centre) / scale).collect();
    let lengths: Vec<f64> = (0..12).map(|n| 0.05 * powf(60.0, f64::from(n) / 11.0)).collect();
    let process = GaussianProcess::likeliest(points, &standard, kernel, &lengths, NOISE)?;
    let least = standard.iter().copied().fold(f64::INFINITY, f64::min);
    let gain = |point: &[f64]| {
        let (mean, std) = process.posterior(point);
        expected_improvement(least, mean, std)
    };
    let mut found = (best.to_vec(), gain(best));
    let consider = |point: Vec<f64>, found: &mut (Vec<f64>, f64)| {
        let own = gain(&point);
        let better = own > found.1;
        if better {
            *found = (point, own);
        }
        better
    };
    for tried in 0..TRIED.0 + TRIED.1 {
        let point = (0..dimensions).map(|axis| match tried < TRIED.0 {
            true => rng.random::<f64>(),
            false => {
                let draw: f64 = StandardNormal.sample(rng);
                (best[axis] + 0.05 * draw).clamp(0.0, 1.0)
            }
        });
        consider(point.collect(), &mut found);
    }
    let mut step = 0.05;
    while step > 1e-3 {
        let mut moved = false;
        for axis in 0..dimensions {
            for change in [-step, step] {
                let mut point = found.0.clone();
                point[axis] = (point[axis] + change).clamp(0.0, 1.0);
                moved |= consider(point, &mut found);
            }
        }
        if !moved {
            step /= 2.0;
        }
    }
    Ok(found.0)
}

/// How far below `least` a normal value of this mean and standard deviation lies on average, values above counting 0.
#[must_use]
pub fn expected_improvement(least: f64, mean: f64, std: f64) -> f64 {
    if std <= 0.0 {
        return (least - mean).max(0.0);
    }
    let z = (least - mean) / std;
    ((least - mean) * below(z) + std * density(z)).max(0.0)
}

fn density(z: f64) -> f64 {
    exp(-z * z / 2.0) / TAU.sqrt()
}

/// The normal distribution function, to about 1e-15 absolutely: Marsaglia's series `1/2 + density(z) (z + z^3/3 + z^5/15 + ..)`.
fn below(z: f64) -> f64 {
    if z.abs() > 8.5 {
        return if z > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut term, mut sum, mut odd) = (z, z, 1.0);
    while term.abs() > 1e-17 * sum.abs() && odd < 400.0 {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    (0.5 + density(z) * sum).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::math::{powi, sin};

    #[test]
    fn expected_improvement_by_known_values() {
        // scipy: (b - m) norm.cdf(z) + s norm.pdf(z)
        assert!((expected_improvement(0.0, 0.0, 1.0) - 0.398_942_280_401_432_7).abs() < 1e-15);
        assert!((expected_improvement(1.0, 0.5, 0.2) - 0.500_400_827_435_825_6).abs() < 1e-14);
        assert_eq!(expected_improvement(1.0, 0.5, 0.0), 0.5);
        assert_eq!(expected_improvement(0.0, 0.5, 0.0), 0.0);
        assert!((below(1.96) - 0.975_002_104_851_779_5).abs() < 1e-14);
        assert!((below(-5.0) - 2.866_515_718_791_939e-7).abs() < 1e-15);
    }

    #[test]
    fn a_narrow_valley_is_found_in_fifty() {
        let f = |x: &[f64]| Ok(powi(x[0] - 0.83, 2) + 0.3 * powi(x[1] - 0.21, 2) + 0.05 * sin(9.0 * x[0]));
        let mut told = 0;
        let ask = |seed| minimise(2, &SearchParams::default(), Seed::new(seed), f, |_, _| Ok(())).unwrap();
        let floor = (0..=400)
            .flat_map(|i| (0..=400).map(move |j| [f64::from(i) / 400.0, f64::from(j) / 400.0]))
            .map(|point| f(&point).unwrap())
            .fold(f64::INFINITY, f64::min);
        for seed in 0..4 {
            assert!(ask(seed).value < floor + 2e-3, "{seed}: {} {floor}", ask(seed).value);
        }
        assert_eq!(ask(3), ask(3));
        let params = SearchParams { evaluations: 12, ..SearchParams::default() };
        minimise(2, &params, Seed::new(0), f, |step, _| {
            told = step;
            Ok(())
        })
        .unwrap();
        assert_eq!(told, 12);
    }

    #[test]
    fn a_flat_function_is_no_trouble_and_a_stop_stops() {
        let params = SearchParams { evaluations: 15, ..SearchParams::default() };
        let least = minimise(2, &params, Seed::new(0), |_| Ok(2.0), |_, _| Ok(())).unwrap();
        assert_eq!((least.value, least.point.len()), (2.0, 2));
        let stop = |step: usize, _| if step < 3 { Ok(()) } else { Err(crate::base::error::Error::cancelled()) };
        assert!(minimise(2, &params, Seed::new(0), |_| Ok(2.0), stop).is_err());
    }
}
