//! Dice and IoU of each case, and their means.

use crate::base::error::{Error, Kind, Result};
use crate::base::seed::Seed;
use crate::image::mask::Mask;
use rand::Rng as _;

/// Draws of the bootstrap.
const RESAMPLES: usize = 2000;

/// What the score of a case is when truth and prediction are both empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Empty {
    /// No number: the case is left out of the mean.
    #[default]
    Nan,
    /// 1: the absence was found.
    One,
    /// 0.
    Zero,
}

impl Empty {
    /// The score.
    #[must_use]
    pub fn score(self) -> f64 {
        match self {
            Empty::Nan => f64::NAN,
            Empty::One => 1.0,
            Empty::Zero => 0.0,
        }
    }

    /// The policy that a script names `nan`, `one` or `zero`.
    ///
    /// # Errors
    /// The name is another.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "nan" => Ok(Empty::Nan),
            "one" => Ok(Empty::One),
            "zero" => Ok(Empty::Zero),
            _ => Err(Error::argument(format!("option `empty`: there is no policy {name:?}"))
                .help("policies for a case without objective and prediction: nan, one, zero")),
        }
    }
}

/// One case's voxels and scores.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseScore {
    /// The case's id.
    pub case: String,
    /// 2TP / (2TP + FP + FN); `NaN` where the policy leaves the case out.
    pub dice: f64,
    /// TP / (TP + FP + FN).
    pub iou: f64,
    /// Voxels of the objective.
    pub truth: usize,
    /// Voxels predicted.
    pub predicted: usize,
}

/// The scores of a network on some cases; higher is better.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// In the order of the cases.
    pub cases: Vec<CaseScore>,
    /// What an empty case counts.
    pub empty: Empty,
}

impl CaseScore {
    /// Scores a prediction against the truth.
    ///
    /// # Errors
    /// The masks have different shapes.
    pub fn of(case: &str, truth: &Mask, predicted: &Mask, empty: Empty) -> Result<Self> {
        crate::ensure!(
            truth.shape() == predicted.shape(),
            Kind::Data,
            "two masks to be compared have {:?} and {:?} voxels",
            truth.shape(),
            predicted.shape()
        );
        let (a, b, both) = (truth.count(), predicted.count(), truth.overlap(predicted));
        let union = a + b - both;
        let (dice, iou) = match union {
            0 => (empty.score(), empty.score()),
            _ => (2.0 * both as f64 / (a + b) as f64, both as f64 / union as f64),
        };
        Ok(CaseScore { case: case.to_owned(), dice, iou, truth: a, predicted: b })
    }
}

/// Dice of two masks: 1 equal, 0 disjoint, `NaN` both empty.
///
/// # Errors
/// The masks have different shapes.
pub fn dice(a: &Mask, b: &Mask) -> Result<f64> {
    Ok(CaseScore::of("", a, b, Empty::Nan)?.dice)
}

/// Intersection over union of two masks: 1 equal, 0 disjoint, `NaN` both empty.
///
/// # Errors
/// The masks have different shapes.
pub fn iou(a: &Mask, b: &Mask) -> Result<f64> {
    Ok(CaseScore::of("", a, b, Empty::Nan)?.iou)
}

impl Scores {
    /// Mean Dice of the cases that have one; `NaN` without any.
    #[must_use]
    pub fn dice(&self) -> f64 {
        mean(&self.values(|case| case.dice))
    }

    /// Mean IoU of the cases that have one.
    #[must_use]
    pub fn iou(&self) -> f64 {
        mean(&self.values(|case| case.iou))
    }

    /// Share of the cases with an objective for which nothing at all was predicted.
    #[must_use]
    pub fn missed(&self) -> f64 {
        let there = self.cases.iter().filter(|case| case.truth > 0);
        let missed = there.map(|case| f64::from(u8::from(case.predicted == 0))).collect::<Vec<_>>();
        if missed.is_empty() { 0.0 } else { mean(&missed) }
    }

    /// The 95 % bootstrap interval over cases of a mean, `dice` or `iou`.
    ///
    /// # Errors
    /// The measure has another name, or no case has a score.
    pub fn interval(&self, measure: &str, seed: Seed) -> Result<[f64; 2]> {
        let values = match measure {
            "dice" => self.values(|case| case.dice),
            "iou" => self.values(|case| case.iou),
            _ => {
                return Err(Error::argument(format!("there is no measure {measure:?} among the scores"))
                    .help("measures: dice, iou"));
            }
        };
        crate::ensure!(!values.is_empty(), Kind::Data, "no case has a score: all masks and predictions are empty");
        let mut rng = seed.named("bootstrap").rng();
        let mut means: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let draws = (0..values.len()).map(|_| values[rng.random_range(0..values.len())]);
                draws.sum::<f64>() / values.len() as f64
            })
            .collect();
        means.sort_by(f64::total_cmp);
        Ok([0.025, 0.975].map(|part| means[(part * (RESAMPLES - 1) as f64).round() as usize]))
    }

    fn values(&self, of: impl Fn(&CaseScore) -> f64) -> Vec<f64> {
        self.cases.iter().map(of).filter(|value| !value.is_nan()).collect()
    }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { f64::NAN } else { values.iter().sum::<f64>() / values.len() as f64 }
}
