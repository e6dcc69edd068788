//! Watches a training for networks that have collapsed to empty masks.

use std::collections::VecDeque;

/// Dice below which a network counts as collapsed.
const COLLAPSED: f64 = 0.05;

/// Batches the running Dice looks back on.
const WINDOW: usize = 10;

/// Voxels of a batch: found objective, objective, predicted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overlap {
    /// Voxels of the objective that were found.
    pub both: u64,
    /// Voxels of the objective.
    pub truth: u64,
    /// Voxels predicted.
    pub predicted: u64,
}

impl Overlap {
    /// Counts a batch's voxels; `margin` is the logit of the objective minus that of the background.
    #[must_use]
    pub fn count(margin: impl Iterator<Item = f32>, truth: &[u8]) -> Self {
        margin.zip(truth).fold(Overlap::default(), |mut all, (margin, &truth)| {
            let (predicted, truth) = (u64::from(margin > 0.0), u64::from(truth));
            all.both += predicted & truth;
            all.truth += truth;
            all.predicted += predicted;
            all
        })
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Overlap) -> Overlap {
        Overlap {
            both: self.both + other.both,
            truth: self.truth + other.truth,
            predicted: self.predicted + other.predicted,
        }
    }

    /// Dice of the voxels; `None` when there is neither objective nor prediction.
    #[must_use]
    pub fn dice(self) -> Option<f64> {
        let all = self.truth + self.predicted;
        (all > 0).then(|| 2.0 * self.both as f64 / all as f64)
    }
}

/// The last batches' voxels.
#[derive(Debug, Default)]
pub struct Watch {
    last: VecDeque<Overlap>,
}

impl Watch {
    /// The last batches' voxels, oldest first.
    pub fn last(&self) -> impl Iterator<Item = Overlap> {
        self.last.iter().copied()
    }

    /// Takes a batch's voxels.
    pub fn see(&mut self, batch: Overlap) {
        if self.last.len() == WINDOW {
            self.last.pop_front();
        }
        self.last.push_back(batch);
    }

    /// Dice over the last batches taken together.
    #[must_use]
    pub fn dice(&self) -> Option<f64> {
        self.last.iter().fold(Overlap::default(), |all, &batch| all.plus(batch)).dice()
    }

    /// Whether the network has found next to nothing of what was there in the last ten batches.
    #[must_use]
    pub fn collapsed(&self) -> bool {
        self.last.len() == WINDOW
            && self.last.iter().any(|batch| batch.truth > 0)
            && self.dice().is_some_and(|dice| dice < COLLAPSED)
    }
}

/// The step after which a network that has not found its objective begins anew: 50, or a tenth of a long training. One that
/// ends before 50 steps has not had its chance and does not begin anew.
#[must_use]
pub fn patience(steps: usize) -> usize {
    (steps / 10).max(50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_predictions_of_something_are_a_collapse() {
        let mut watch = Watch::default();
        for batch in 0..10 {
            assert!(!watch.collapsed(), "{batch} batches say little");
            watch.see(Overlap::count([-1.0, -1.0, -1.0].into_iter(), &[0, 1, 1]));
        }
        assert!(watch.collapsed());
        watch.see(Overlap::count([-1.0, 1.0, 1.0].into_iter(), &[0, 1, 1]));
        assert!(!watch.collapsed());
        assert_eq!(watch.dice(), Some(2.0 * 2.0 / (20.0 + 2.0)));
        let mut nothing = Watch::default();
        (0..10).for_each(|_| nothing.see(Overlap::count([-1.0].into_iter(), &[0])));
        assert!(!nothing.collapsed(), "nothing to find is no collapse");
    }
}
