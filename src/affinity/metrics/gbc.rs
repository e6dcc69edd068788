//! GBC: how little the classes overlap, each taken as a Gaussian of features.

use super::metric::{Metric, Needs};
use super::sample::CheckedSample;
use crate::base::math::{exp, ln, powi};
use ndarray::{Array1, Axis};

/// One variance a class.
pub const SPHERICAL: Metric = Metric {
    name: "gbc",
    variant: "spherical",
    about: "minus the summed Bhattacharyya coefficients of the classes, one variance a class",
    needs: Needs::Features,
    measure: |sample| gbc(sample, true),
};

/// One variance a class and feature.
pub const DIAGONAL: Metric = Metric {
    name: "gbc",
    variant: "diagonal",
    about: "the same, one variance a class and feature",
    needs: Needs::Features,
    measure: |sample| gbc(sample, false),
};

/// `- sum over ordered pairs of classes of exp(-D)`, D their Bhattacharyya distance: 0 is best, minus the number of ordered
/// pairs worst. Population variances. Spherical: the mean variance over features, whose logarithm counts once and not once a
/// feature, as in the authors' code. The features are taken as they are, without a PCA before. O(n d + classes^2 d).
///
/// Source: Pandy et al., "Transferability estimation using Bhattacharyya class separability", CVPR 2022.
fn gbc(sample: &CheckedSample, spherical: bool) -> f64 {
    let gaussians: Vec<(Array1<f64>, Array1<f64>)> = (0..sample.count())
        .map(|class| {
            let rows = sample.features().select(Axis(0), &sample.places(class));
            let mean = rows.mean_axis(Axis(0)).expect("every class of a checked sample has voxels");
            let variance = rows.var_axis(Axis(0), 0.0);
            (mean, if spherical { Array1::from_elem(1, variance.mean().unwrap_or(0.0)) } else { variance })
        })
        .collect();
    let mut overlap = 0.0;
    for (a, first) in gaussians.iter().enumerate() {
        for second in &gaussians[..a] {
            overlap += 2.0 * exp(-distance(first, second));
        }
    }
    -overlap
}

/// The Bhattacharyya distance of two Gaussians with a diagonal covariance; infinite where they share no point.
fn distance((m, v): &(Array1<f64>, Array1<f64>), (n, w): &(Array1<f64>, Array1<f64>)) -> f64 {
    let both = (v + w) / 2.0;
    let of = |feature: usize| if both.len() == 1 { both[0] } else { both[feature] };
    let apart: f64 = (0..m.len())
        .map(|feature| {
            let gap = powi(m[feature] - n[feature], 2);
            // Two points at the same place are no distance apart.
            if gap == 0.0 { 0.0 } else { gap / of(feature) }
        })
        .sum();
    let shapes: f64 =
        (0..both.len()).map(|k| if both[k] == 0.0 { 0.0 } else { ln(both[k]) - (ln(v[k]) + ln(w[k])) / 2.0 }).sum();
    apart / 8.0 + shapes / 2.0
}
