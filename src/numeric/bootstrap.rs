//! Percentile intervals from draws with replacement.

use super::statistics::quantile;
use crate::base::error::Result;
use crate::base::params::{Params, Range};
use crate::base::seed::Seed;
use rand::Rng as _;

/// Options of an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BootstrapParams {
    /// How many draws.
    pub draws: usize,
    /// Share of the draws inside the interval.
    pub level: f64,
}

impl Default for BootstrapParams {
    fn default() -> Self {
        BootstrapParams { draws: 2000, level: 0.95 }
    }
}

impl Params for BootstrapParams {
    const RANGES: &'static [Range] = &[Range::new("draws", 1.0, 1000000.0), Range::between("level", 0.0, 1.0)];

    fn validate(&self) -> Result<()> {
        Self::inside("draws", self.draws as f64)?;
        Self::inside("level", self.level)
    }
}

/// Draws `n` of `n` places with replacement, `draws` times over, and gives each to `f`; the same seed gives the same draws.
pub fn resamples(n: usize, draws: usize, seed: Seed, mut f: impl FnMut(&[usize])) {
    let mut rng = seed.named("bootstrap").rng();
    let mut places = vec![0; n];
    if n == 0 {
        return;
    }
    for _ in 0..draws {
        places.iter_mut().for_each(|place| *place = rng.random_range(0..n));
        f(&places);
    }
}

/// The middle `level` of some values: their quantiles at `(1 - level) / 2` and `(1 + level) / 2`; `None` of no values.
#[must_use]
pub fn percentiles(values: &[f64], level: f64) -> Option<[f64; 2]> {
    let tail = (1.0 - level) / 2.0;
    Some([quantile(values, tail)?, quantile(values, 1.0 - tail)?])
}

/// The percentile interval of the mean of `values`; `None` of no values. With one value it is a point.
///
/// Equals `scipy.stats.bootstrap(.., method="percentile")` up to the draws themselves. O(draws n).
#[must_use]
pub fn mean_interval(values: &[f64], params: &BootstrapParams, seed: Seed) -> Option<[f64; 2]> {
    let mut means = Vec::with_capacity(params.draws);
    resamples(values.len(), params.draws, seed, |places| {
        means.push(places.iter().map(|&place| values[place]).sum::<f64>() / places.len() as f64);
    });
    percentiles(&means, params.level)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_interval_is_seeded_and_holds_the_mean() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let params = BootstrapParams::default();
        let interval = |seed| mean_interval(&values, &params, Seed::new(seed)).unwrap();
        assert_eq!(interval(1), interval(1));
        assert_ne!(interval(1), interval(2));
        let [low, high] = interval(1);
        // The normal approximation: 19.5 -+ 1.96 sqrt((40^2 - 1) / 12 / 40).
        assert!((low - 15.92).abs() < 0.4 && (high - 23.08).abs() < 0.4, "{low} {high}");
        let narrow = mean_interval(&values, &BootstrapParams { level: 0.5, ..params }, Seed::new(1)).unwrap();
        assert!(narrow[0] > low && narrow[1] < high);
    }

    #[test]
    fn one_value_is_a_point_and_none_is_nothing() {
        let params = BootstrapParams { draws: 10, level: 0.9 };
        assert_eq!(mean_interval(&[3.0], &params, Seed::new(0)), Some([3.0, 3.0]));
        assert_eq!(mean_interval(&[], &params, Seed::new(0)), None);
        assert!(BootstrapParams { level: 1.0, ..params }.check().is_err());
    }
}
