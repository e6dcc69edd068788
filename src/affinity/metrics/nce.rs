//! NCE: the negative conditional entropy of the labels given the predicted classes.

use super::metric::{Metric, Needs};
use super::sample::CheckedSample;
use crate::base::math::ln;
use ndarray::Array2;

/// The metric.
pub const NCE: Metric = Metric {
    name: "nce",
    variant: "",
    about: "minus the entropy of the labels given the network's predicted classes",
    needs: Needs::Probabilities,
    measure: nce,
};

/// `sum P(y, z) ln P(y|z)` with z the output of highest probability (the first of equal ones): at most 0, and 0 when the
/// predicted class determines the label. Natural logarithm. O(n classes).
///
/// Source: Tran, Nguyen, Hassner, "Transferability and hardness of supervised classification tasks", ICCV 2019.
fn nce(sample: &CheckedSample) -> f64 {
    let outputs = sample.probabilities();
    let mut counts = Array2::<f64>::zeros((sample.count(), outputs.ncols()));
    for (theta, &class) in outputs.outer_iter().zip(sample.classes()) {
        let first = |best: usize, z: usize| if theta[z] > theta[best] { z } else { best };
        counts[[class, (1..theta.len()).fold(0, first)]] += 1.0;
    }
    let n = sample.voxels() as f64;
    let predicted = counts.sum_axis(ndarray::Axis(0));
    let terms = counts.indexed_iter().filter(|(_, count)| **count > 0.0);
    terms.map(|((_, z), count)| count / n * ln(count / predicted[z])).sum()
}
