//! LogME: the log maximum evidence of a linear model from features to labels.

use super::metric::{Metric, Needs};
use super::sample::CheckedSample;
use crate::base::math::{ln, powi};
use crate::numeric::product::product;
use crate::numeric::spectrum::spectrum;
use std::f64::consts::TAU;

/// The fixed-point iteration of the journal version.
pub const FIXED_POINT: Metric = Metric {
    name: "logme",
    variant: "fixed_point",
    about: "log evidence of a linear model from features to each label, by the fixed-point iteration",
    needs: Needs::Features,
    measure: |sample| logme(sample, &Way { tolerance: 1e-3, ridge: 1e-5 }),
};

/// The iteration of the conference version.
pub const ICML: Metric = Metric {
    name: "logme",
    variant: "icml",
    about: "the same, by the iteration of the conference paper",
    needs: Needs::Features,
    measure: |sample| logme(sample, &Way { tolerance: 1e-2, ridge: 0.0 }),
};

/// Steps of the iteration at most.
const STEPS: usize = 11;

/// A residual below this share of the labels' squares is held there: a perfect fit keeps a finite evidence.
const LEAST: f64 = 1e-12;

/// What the two versions differ in.
struct Way {
    /// The iteration ends when the ratio alpha / beta changes by less than this share.
    tolerance: f64,
    /// Added to the squares that alpha and beta are divided by.
    ridge: f64,
}

/// The mean over classes of the log evidence per voxel of `y = f w`, y being 1 for voxels of the class and 0 for others, with
/// precisions alpha of w and beta of the noise that maximise it. Higher is better; no bound.
///
/// All is done in the eigenbasis of `f' f`, so a step costs O(d) and the whole O(n d^2 + d^3 + classes n d).
///
/// Source: You et al., "LogME: practical assessment of pre-trained models for transfer learning", ICML 2021 (`icml`), and
/// "Ranking and tuning pre-trained models", JMLR 2022 (`fixed_point`). Deviates: see [`LEAST`].
fn logme(sample: &CheckedSample, way: &Way) -> f64 {
    let features = sample.features();
    let spectrum = spectrum(&product(features.t(), features.view()));
    let rank = spectrum.rank();
    let squares = &spectrum.values[..rank];
    let mut sum = 0.0;
    for class in 0..sample.count() {
        let places = sample.places(class);
        let mut total = ndarray::Array1::<f64>::zeros(features.ncols());
        places.iter().for_each(|&place| total += &features.row(place));
        // What the labels are along each left singular vector of the features, squared.
        let along: Vec<f64> = (0..rank).map(|k| powi(spectrum.vectors.column(k).dot(&total), 2) / squares[k]).collect();
        let rest = (places.len() as f64 - along.iter().sum::<f64>()).max(0.0);
        sum += evidence(squares, &along, rest, places.len() as f64, features.dim(), way);
    }
    sum / sample.count() as f64
}

fn evidence(
    squares: &[f64],
    along: &[f64],
    rest: f64,
    of_labels: f64,
    (voxels, features): (usize, usize),
    way: &Way,
) -> f64 {
    let (n, d) = (voxels as f64, features as f64);
    let (mut alpha, mut beta, mut residual, mut weights) = (1.0, 1.0, 0.0, 0.0);
    let mut ratio = 1.0_f64;
    for _ in 0..STEPS {
        let sum = |term: &dyn Fn(f64, f64) -> f64| squares.iter().zip(along).map(|(&s, &x)| term(s, x)).sum::<f64>();
        let gamma = sum(&|s, _| s / (s + ratio));
        weights = sum(&|s, x| s * x / powi(s + ratio, 2)).max(f64::MIN_POSITIVE);
        residual = (sum(&|s, x| x * powi(ratio / (s + ratio), 2)) + rest).max(LEAST * of_labels);
        // Features that are all zero leave alpha as it is: there is nothing to weigh.
        if gamma > 0.0 {
            alpha = gamma / (weights + way.ridge);
        }
        beta = (n - gamma) / (residual + way.ridge);
        let change = (alpha / beta - ratio).abs() / ratio;
        ratio = alpha / beta;
        if change <= way.tolerance {
            break;
        }
    }
    let spread: f64 = squares.iter().map(|s| ln(alpha + beta * s)).sum();
    let value = d * ln(alpha) + n * ln(beta) - spread - beta * residual - alpha * weights - n * ln(TAU);
    value / 2.0 / n
}
