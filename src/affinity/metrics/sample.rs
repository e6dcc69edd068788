//! What a network says about some voxels, and what they are.

use crate::base::error::{Error, Kind, Result};
use ndarray::Array2;

/// The largest feature whose squares can be summed over any number of voxels.
const LARGEST: f64 = 1e150;

/// Features, class probabilities and labels of the same voxels.
#[derive(Debug, Clone, PartialEq)]
pub struct VoxelSample {
    /// Voxels x features.
    pub features: Array2<f64>,
    /// Voxels x classes of the network: each row sums to 1.
    pub probabilities: Array2<f64>,
    /// The target's class of each voxel, any whole numbers.
    pub labels: Vec<usize>,
}

impl VoxelSample {
    /// A sample whose parts fit together and show at least two classes.
    ///
    /// # Errors
    /// When the counts of voxels differ, a number is not finite or a feature beyond 1e150, a row of probabilities does not sum to 1, or fewer than two
    /// classes are there.
    pub fn check(self) -> Result<CheckedSample> {
        let n = self.labels.len();
        let (rows, probable) = (self.features.nrows(), self.probabilities.nrows());
        crate::ensure!(
            rows == n && probable == n,
            Kind::Data,
            "a sample has {n} labels, {rows} rows of features and {probable} of probabilities, wanted as many of each"
        );
        let strange = self.features.iter().chain(&self.probabilities).filter(|v| !v.is_finite()).count();
        if strange > 0 {
            return Err(Error::data(format!("a sample has {strange} features or probabilities that are not finite"))
                .help("look at the network's history: its training may have diverged"));
        }
        let largest = self.features.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        crate::ensure!(
            largest <= LARGEST,
            Kind::Data,
            "features as far from zero as {largest:e} are too large for a transferability metric: their squares have no room in a float"
        );
        for (voxel, row) in self.probabilities.outer_iter().enumerate() {
            let sum = row.sum();
            crate::ensure!(
                (sum - 1.0).abs() < 1e-6 && row.iter().all(|&p| p >= 0.0),
                Kind::Data,
                "the probabilities of voxel {voxel} sum to {sum}, wanted 1"
            );
        }
        let mut names = self.labels.clone();
        names.sort_unstable();
        names.dedup();
        if names.len() < 2 {
            let got = names.first().map_or("no voxels".to_owned(), |class| format!("{n} of class {class} only"));
            return Err(Error::data(format!(
                "a transferability metric needs voxels of at least two classes, got {got}"
            ))
            .help("take more `voxels` a case, or cases that show the objective"));
        }
        let classes = self.labels.iter().map(|label| names.partition_point(|name| name < label)).collect();
        Ok(CheckedSample { sample: self, classes, count: names.len() })
    }
}

/// A sample that passed [`VoxelSample::check`], its classes counted from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedSample {
    sample: VoxelSample,
    classes: Vec<usize>,
    count: usize,
}

impl CheckedSample {
    /// Voxels x features.
    #[must_use]
    pub fn features(&self) -> &Array2<f64> {
        &self.sample.features
    }

    /// Voxels x classes of the network.
    #[must_use]
    pub fn probabilities(&self) -> &Array2<f64> {
        &self.sample.probabilities
    }

    /// The class of each voxel, from 0, without gaps.
    #[must_use]
    pub fn classes(&self) -> &[usize] {
        &self.classes
    }

    /// How many classes there are, 2 or more.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many voxels there are.
    #[must_use]
    pub fn voxels(&self) -> usize {
        self.classes.len()
    }

    /// The places of a class's voxels.
    #[must_use]
    pub fn places(&self, class: usize) -> Vec<usize> {
        (0..self.classes.len()).filter(|&n| self.classes[n] == class).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ndarray::array;

    fn sample(labels: Vec<usize>) -> VoxelSample {
        let n = labels.len();
        VoxelSample { features: Array2::zeros((n, 2)), probabilities: Array2::from_elem((n, 2), 0.5), labels }
    }

    #[test]
    fn classes_are_counted_without_gaps() {
        let checked = sample(vec![7, 2, 7, 4]).check().unwrap();
        assert_eq!((checked.classes(), checked.count()), (&[2, 0, 2, 1][..], 3));
        assert_eq!(checked.places(2), [0, 2]);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let message = |sample: VoxelSample| sample.check().unwrap_err().message().to_owned();
        assert!(message(sample(vec![1, 1])).contains("got 2 of class 1 only"));
        assert!(message(sample(vec![])).contains("got no voxels"));
        assert!(message(VoxelSample { labels: vec![0], ..sample(vec![0, 1]) }).contains("1 labels, 2 rows"));
        let probabilities = array![[0.5, 0.5], [0.9, 0.9]];
        assert!(message(VoxelSample { probabilities, ..sample(vec![0, 1]) }).contains("voxel 1 sum to 1.8"));
        let features = array![[0.0], [f64::NAN]];
        assert!(message(VoxelSample { features, ..sample(vec![0, 1]) }).contains("1 features"));
        // The eigenvalues of what their squares sum to would be sought for ever.
        let features = array![[0.0], [-1e200]];
        assert!(message(VoxelSample { features, ..sample(vec![0, 1]) }).contains("1e200 are too large"));
    }
}
