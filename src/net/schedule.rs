//! How the learning rate changes: small values, so that a trainer can keep and save them.

use crate::base::math::{cos, powf};

/// Half a cosine from the first learning rate down to a part of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cosine {
    /// The first learning rate.
    pub first: f64,
    /// The last one, as a part of the first.
    pub last: f64,
    /// Steps in all.
    pub steps: usize,
}

impl Cosine {
    /// The rate of step `step`, counted from 0.
    #[must_use]
    pub fn rate(&self, step: usize) -> f64 {
        let done = (step as f64 / self.steps.saturating_sub(1).max(1) as f64).min(1.0);
        let part = self.last + (1.0 - self.last) * 0.5 * (1.0 + cos(std::f64::consts::PI * done));
        self.first * part
    }
}

/// Polynomial decay to zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Poly {
    /// The first learning rate.
    pub first: f64,
    /// The exponent, 0.9 in nnU-Net.
    pub power: f64,
    /// Steps in all.
    pub steps: usize,
}

impl Poly {
    /// The rate of step `step`, counted from 0.
    #[must_use]
    pub fn rate(&self, step: usize) -> f64 {
        self.first * powf((1.0 - step as f64 / self.steps.max(1) as f64).max(0.0), self.power)
    }
}

/// Lowers the rate when the moving average of the loss has stopped falling.
#[derive(Debug, Clone, PartialEq)]
pub struct Plateau {
    /// The rate now.
    pub rate: f64,
    /// What it is multiplied by.
    pub factor: f64,
    /// Epochs without a fall before it is lowered.
    pub patience: usize,
    /// The least fall that counts.
    pub threshold: f64,
    /// Weight of the past in the moving average.
    pub momentum: f64,
    /// The moving average; none before the first epoch.
    pub average: Option<f64>,
    /// Its lowest value; none before the first epoch.
    pub best: Option<f64>,
    /// Epochs since then.
    pub waited: usize,
}

impl Plateau {
    /// Factor 0.2, patience 30 epochs, threshold 1e-3 on a moving average of 0.93.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Plateau {
            rate,
            factor: 0.2,
            patience: 30,
            threshold: 1e-3,
            momentum: 0.93,
            average: None,
            best: None,
            waited: 0,
        }
    }

    /// Takes an epoch's loss and gives the rate of the next one; a loss that is no number says nothing.
    pub fn epoch(&mut self, loss: f64) -> f64 {
        if !loss.is_finite() {
            return self.rate;
        }
        let average = self.average.map_or(loss, |past| self.momentum * past + (1.0 - self.momentum) * loss);
        self.average = Some(average);
        if self.best.is_none_or(|best| average < best - self.threshold) {
            self.best = Some(average);
            self.waited = 0;
        } else {
            self.waited += 1;
            if self.waited > self.patience {
                self.rate *= self.factor;
                self.waited = 0;
            }
        }
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosine_starts_at_the_first_rate_and_ends_at_its_part() {
        let cosine = Cosine { first: 0.01, last: 0.05, steps: 100 };
        assert!((cosine.rate(0) - 0.01).abs() < 1e-15);
        assert!((cosine.rate(99) - 0.0005).abs() < 1e-15);
        assert!((1..100).all(|step| cosine.rate(step) < cosine.rate(step - 1)));
        assert_eq!(Poly { first: 0.01, power: 0.9, steps: 10 }.rate(10), 0.0);
    }

    #[test]
    fn a_plateau_lowers_the_rate_after_its_patience() {
        let mut plateau = Plateau::new(1.0);
        for epoch in 0..31 {
            assert_eq!(plateau.epoch(1.0), 1.0, "epoch {epoch}");
        }
        assert!((plateau.epoch(1.0) - 0.2).abs() < 1e-15);
        assert!((plateau.epoch(0.5) - 0.2).abs() < 1e-15);
    }
}
