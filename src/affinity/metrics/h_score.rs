//! H-score: the variance between classes in the features' own whitened space.

use super::metric::{Metric, Needs};
use super::sample::CheckedSample;
use crate::numeric::product::product;
use crate::numeric::spectrum::spectrum;
use ndarray::{Array1, Array2, Axis};

/// The metric.
pub const H_SCORE: Metric = Metric {
    name: "h_score",
    variant: "",
    about: "trace of the features' inverse covariance times the covariance of their class means",
    needs: Needs::Features,
    measure: h_score,
};

/// `tr(pinv(cov f) cov(E[f|y]))`: 0 when the class means coincide, at most the smaller of classes - 1 and the rank of the
/// features. Directions in which the features do not vary (beyond rounding) are left out. O(n d^2 + d^3).
///
/// Source: Bao et al., "An information-theoretic approach to transferability in task transfer learning", ICIP 2019.
fn h_score(sample: &CheckedSample) -> f64 {
    let features = sample.features();
    let n = sample.voxels() as f64;
    let mean = features.mean_axis(Axis(0)).expect("a checked sample has voxels");
    let centred = features - &mean;
    let covariance: Array2<f64> = product(centred.t(), centred.view()) / n;
    let spectrum = spectrum(&covariance);
    let mut score = 0.0;
    for class in 0..sample.count() {
        let places = sample.places(class);
        let mut shift = Array1::<f64>::zeros(mean.len());
        places.iter().for_each(|&place| shift += &centred.row(place));
        shift /= places.len() as f64;
        for k in 0..spectrum.rank() {
            let along = spectrum.vectors.column(k).dot(&shift);
            score += places.len() as f64 / n * along * along / spectrum.values[k];
        }
    }
    score
}
