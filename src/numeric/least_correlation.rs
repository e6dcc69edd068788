//! The weights of two costs that make their sum fall most surely as a score rises.

use super::statistics::{pearson, std};

/// Two weights and the correlation they reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Combination {
    /// Of the first part.
    pub alpha: f64,
    /// Of the second part.
    pub beta: f64,
    /// Pearson's correlation of the weighted sum with the score; -1 is best.
    pub correlation: f64,
}

/// One minus the squared correlation of two parts below which they count as one line.
const COLLINEAR: f64 = 1e-12;

/// The non-negative `alpha`, `beta` with `alpha + beta = 1` whose `alpha a + beta b` has the most negative Pearson correlation
/// with `d`; `None` when the lengths differ, with fewer than two values, or when `d` or both parts are constant.
///
/// The correlation sees neither scale nor offset of the sum, so only the angle of (alpha, beta) counts, and without the bounds
/// the best angle is that of the least squares of `-d` on `a` and `b`. In the metric of the parts' covariance the correlation
/// falls with the angle to that direction, so that when it has a negative coefficient the best allowed weights lie on a
/// border: one part alone, the one of the lower correlation, the first if they tie. Borders also serve where the parts are
/// collinear (all inner weights then say the same) or one is constant (it gets no weight, having nothing to say). O(n).
#[must_use]
pub fn least_correlated(a: &[f64], b: &[f64], d: &[f64]) -> Option<Combination> {
    if a.len() != d.len() || b.len() != d.len() {
        return None;
    }
    let (p, q) = (pearson(a, d), pearson(b, d));
    let first = p.map(|correlation| Combination { alpha: 1.0, beta: 0.0, correlation });
    let second = q.map(|correlation| Combination { alpha: 0.0, beta: 1.0, correlation });
    let (Some(first), Some(second)) = (first, second) else { return first.or(second) };
    let border = if second.correlation < first.correlation { second } else { first };
    let (Some(p), Some(q), Some(rho)) = (p, q, pearson(a, b)) else { return Some(border) };
    // On parts of standard deviation 1: the normal equations are [1 rho; rho 1] w = -[p q].
    let (u, v) = (rho * q - p, rho * p - q);
    if 1.0 - rho * rho <= COLLINEAR || u <= 0.0 || v <= 0.0 {
        return Some(border);
    }
    let (Some(wide_a), Some(wide_b)) = (std(a, 0), std(b, 0)) else { return Some(border) };
    let correlation = (u * p + v * q) / (u * u + 2.0 * rho * u * v + v * v).sqrt();
    let (alpha, beta) = (u / wide_a, v / wide_b);
    let sum = alpha + beta;
    Some(Combination { alpha: alpha / sum, beta: beta / sum, correlation: correlation.clamp(-1.0, 1.0) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::math::{cos, sin};
    use crate::base::seed::Seed;
    use rand::Rng as _;

    fn draws(n: usize, seed: u64) -> [Vec<f64>; 3] {
        let mut rng = Seed::new(seed).rng();
        let mut sample = || (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f64>>();
        [sample(), sample(), sample()]
    }

    #[test]
    fn exact_costs_are_found_again() {
        let [a, b, _] = draws(20, 1);
        let d: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 0.9 - 0.2 * a - 0.6 * b).collect();
        let found = least_correlated(&a, &b, &d).unwrap();
        assert!((found.alpha - 0.25).abs() < 1e-12 && (found.correlation + 1.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn no_allowed_angle_does_better() {
        for seed in 0..60 {
            let [mut a, b, mut d] = draws(9, seed);
            a.iter_mut().for_each(|value| *value *= 500.0);
            d.iter_mut().zip(&b).for_each(|(d, b)| *d -= b * (seed % 3) as f64);
            let found = least_correlated(&a, &b, &d).unwrap();
            let of = |alpha: f64, beta: f64| {
                let cost: Vec<f64> = a.iter().zip(&b).map(|(a, b)| alpha * a + beta * b).collect();
                pearson(&cost, &d).unwrap()
            };
            assert!((of(found.alpha, found.beta) - found.correlation).abs() < 1e-9);
            assert!((found.alpha + found.beta - 1.0).abs() < 1e-12 && found.alpha >= 0.0 && found.beta >= 0.0);
            for step in 0..=2000 {
                let angle = std::f64::consts::FRAC_PI_2 * f64::from(step) / 2000.0;
                let other = of(cos(angle) / 500.0, sin(angle));
                assert!(found.correlation <= other + 1e-9, "{seed}: {found:?}, {other} at {angle}");
            }
        }
    }

    #[test]
    fn borders_and_what_cannot_be_answered() {
        let d = [0.1, 0.2, 0.3, 0.4];
        let (falling, rising, flat) = ([4.0, 3.0, 2.0, 1.5], [1.0, 2.0, 3.0, 4.5], [2.0; 4]);
        let weights = |a: &[f64], b: &[f64]| least_correlated(a, b, &d).map(|found| (found.alpha, found.beta));
        assert_eq!(weights(&flat, &falling), Some((0.0, 1.0)));
        assert_eq!(weights(&falling, &flat), Some((1.0, 0.0)));
        assert_eq!(weights(&falling, &falling), Some((1.0, 0.0)), "one line: the first");
        assert_eq!(weights(&rising, &falling), Some((0.0, 1.0)));
        assert!(least_correlated(&rising, &rising, &d).unwrap().correlation > 0.9, "the sign is told");
        assert_eq!(weights(&flat, &flat), None);
        assert_eq!(least_correlated(&falling, &rising, &flat), None);
    }
}
