//! LEEP: the log expected empirical prediction.

use super::metric::{Metric, Needs};
use super::sample::CheckedSample;
use crate::base::math::ln;
use ndarray::Array2;

/// Every voxel weighs the same.
pub const PLAIN: Metric = Metric {
    name: "leep",
    variant: "plain",
    about: "mean log probability of the labels under P(y|z) times the network's outputs",
    needs: Needs::Probabilities,
    measure: plain,
};

/// Every class weighs the same, however few its voxels are.
pub const BALANCED: Metric = Metric {
    name: "leep",
    variant: "balanced",
    about: "the same, each class of the target weighing the same",
    needs: Needs::Probabilities,
    measure: balanced,
};

fn plain(sample: &CheckedSample) -> f64 {
    let weight = 1.0 / sample.voxels() as f64;
    leep(sample, &vec![weight; sample.voxels()])
}

fn balanced(sample: &CheckedSample) -> f64 {
    let mut sizes = vec![0.0; sample.count()];
    sample.classes().iter().for_each(|&class| sizes[class] += 1.0);
    let share = 1.0 / sample.count() as f64;
    let weights: Vec<f64> = sample.classes().iter().map(|&class| share / sizes[class]).collect();
    leep(sample, &weights)
}

/// LEEP of weighted voxels; the weights sum to 1. With `P(y, z)` the weighted sum of the outputs `theta_z` over the voxels of
/// class y, and `P(y|z) = P(y, z) / P(z)`, it is the weighted mean of `ln sum_z P(y_i|z) theta(x_i)_z`: at most 0. An output
/// that is 0 for every voxel says nothing and is left out. Natural logarithm. O(n classes).
///
/// Source: Nguyen et al., "LEEP: a new measure to evaluate transferability of learned representations", ICML 2020.
fn leep(sample: &CheckedSample, weights: &[f64]) -> f64 {
    let outputs = sample.probabilities();
    let mut joint = Array2::<f64>::zeros((sample.count(), outputs.ncols()));
    for ((theta, &class), &weight) in outputs.outer_iter().zip(sample.classes()).zip(weights) {
        joint.row_mut(class).scaled_add(weight, &theta);
    }
    for mut column in joint.columns_mut() {
        let total = column.sum();
        if total > 0.0 {
            column /= total;
        }
    }
    let voxels = outputs.outer_iter().zip(sample.classes()).zip(weights);
    // Rounding can lift a perfect prediction an ulp above probability 1.
    voxels.map(|((theta, &class), &weight)| weight * ln(joint.row(class).dot(&theta).min(1.0))).sum()
}
