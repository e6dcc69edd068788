//! The three readings of equation 5: how an image distance and a label similarity become a cost.

use crate::base::choice::Choice;
use crate::base::error::Result;

/// How H (lower is closer) and R (higher is closer) become T (lower is closer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// `alpha H + beta (1 - R)`.
    #[default]
    Dissimilarity,
    /// `alpha H + beta R`, with a negative beta.
    Literal,
    /// H and 1 - R each scaled to 0..1 by their range over pairs of sources.
    Minmax,
}

impl Choice for Reading {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("dissimilarity", Reading::Dissimilarity), ("literal", Reading::Literal), ("minmax", Reading::Minmax)];
}

impl Reading {
    /// The authors' constants; one half each where the parts are scaled.
    #[must_use]
    pub fn default_weights(self) -> (f64, f64) {
        match self {
            Reading::Dissimilarity => (0.0044, 2.4756),
            Reading::Literal => (0.0044, -2.4756),
            Reading::Minmax => (0.5, 0.5),
        }
    }

    /// Whether two weights make sense.
    ///
    /// # Errors
    /// Names the weight; only the literal reading takes a negative one, its beta.
    pub fn check_weights(self, alpha: f64, beta: f64) -> Result<()> {
        let negative = self == Reading::Literal;
        crate::ensure!(alpha.is_finite() && alpha >= 0.0, "option `alpha` must be 0 or more, got {alpha}");
        crate::ensure!(
            beta.is_finite() && (beta >= 0.0 || negative),
            "option `beta` must be 0 or more for the reading \"{}\", got {beta}",
            self.name()
        );
        Ok(())
    }
}

/// A range of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
}

impl Range {
    /// The range of some values; 0..0 of none.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = values
            .into_iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (value.min(low), value.max(high)));
        if low <= high { Range { low, high } } else { Range { low: 0.0, high: 0.0 } }
    }

    /// Where a value lies, 0 at the low end and 1 at the high end, outside too; 0 when the range is a point.
    #[must_use]
    pub fn scale(self, value: f64) -> f64 {
        if self.high > self.low { (value - self.low) / (self.high - self.low) } else { 0.0 }
    }
}

/// A reading with its weights and, for `minmax`, its ranges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighing {
    /// How the parts are read.
    pub reading: Reading,
    /// Weight of the image part.
    pub alpha: f64,
    /// Weight of the label part.
    pub beta: f64,
    /// H over all pairs of sources, a source with itself included.
    pub image: Range,
    /// 1 - R over the same pairs.
    pub label: Range,
}

impl Weighing {
    /// The two parts of T, weighted; T is their sum.
    #[must_use]
    pub fn parts(&self, distance: f64, similarity: f64) -> (f64, f64) {
        match self.reading {
            Reading::Dissimilarity => (self.alpha * distance, self.beta * (1.0 - similarity)),
            Reading::Literal => (self.alpha * distance, self.beta * similarity),
            Reading::Minmax => {
                (self.alpha * self.image.scale(distance), self.beta * self.label.scale(1.0 - similarity))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reading_by_hand() {
        let range = |low, high| Range { low, high };
        let weighing = |reading: Reading| {
            let (alpha, beta) = reading.default_weights();
            Weighing { reading, alpha, beta, image: range(10.0, 30.0), label: range(0.0, 0.4) }
        };
        let (image, label) = weighing(Reading::Dissimilarity).parts(20.0, 0.8);
        assert!((image + label - (0.0044 * 20.0 + 2.4756 * 0.2)).abs() < 1e-15);
        let (image, label) = weighing(Reading::Literal).parts(20.0, 0.8);
        assert!((image + label - (0.0044 * 20.0 - 2.4756 * 0.8)).abs() < 1e-15);
        let (image, label) = weighing(Reading::Minmax).parts(20.0, 0.8);
        assert!((image - 0.25).abs() < 1e-15 && (label - 0.25).abs() < 1e-15);
    }

    #[test]
    fn a_range_that_is_a_point_scales_to_zero() {
        assert_eq!(Range::of([2.0, 2.0]).scale(2.0), 0.0);
        assert_eq!(Range::of([]).scale(5.0), 0.0);
    }

    #[test]
    fn negative_weights_are_refused() {
        assert!(Reading::Minmax.check_weights(0.5, -0.5).is_err());
        assert!(Reading::Literal.check_weights(0.5, -0.5).is_ok());
        assert!(Reading::Literal.check_weights(f64::NAN, 1.0).is_err());
    }
}
