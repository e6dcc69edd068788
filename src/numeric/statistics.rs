//! Summaries of plain numbers.

use crate::base::math::{exp2, log2};
use ndarray::ArrayView1;
use ndarray_stats::SummaryStatisticsExt;

/// The mean; `None` of no values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    ArrayView1::from(values).mean()
}

/// The standard deviation with `ddof` degrees of freedom taken off; `None` with too few values.
#[must_use]
pub fn std(values: &[f64], ddof: usize) -> Option<f64> {
    if values.len() <= ddof {
        return None;
    }
    let moment = ArrayView1::from(values).central_moment(2).ok()?;
    Some((moment * values.len() as f64 / (values.len() - ddof) as f64).sqrt())
}

/// The `q`-quantile, linear between the two neighbours as numpy's default; `None` of no values, or with `q` outside 0..=1.
#[must_use]
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    if values.is_empty() || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = q * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

/// The median; `None` of no values.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Pearson's correlation; `None` when the lengths differ, with fewer than two values, or when one side is constant.
#[must_use]
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    // Rounding makes no variance of a constant.
    let constant = |values: &[f64]| values.iter().all(|v| *v == values[0]);
    if x.len() != y.len() || x.len() < 2 || constant(x) || constant(y) {
        return None;
    }
    // By a power of two, which changes no digit: squares of very large or small values have no room in a float.
    let centred = |values: &[f64]| {
        let size = log2(values.iter().fold(0.0_f64, |most, v| most.max(v.abs()))).floor();
        let factor = if size.is_finite() { exp2(-size.clamp(-1000.0, 1000.0)) } else { 1.0 };
        let scaled: Vec<f64> = values.iter().map(|v| v * factor).collect();
        let mean = mean(&scaled)?;
        Some(scaled.into_iter().map(|v| v - mean).collect::<Vec<f64>>())
    };
    // Not by ndarray-stats: its matrix product sums in the order of the machine's vectors.
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (x, y) = (centred(x)?, centred(y)?);
    let r = product(&x, &y) / (product(&x, &x) * product(&y, &y)).sqrt();
    r.is_finite().then(|| r.clamp(-1.0, 1.0))
}

/// Kendall's tau-b; `None` when the lengths differ, with fewer than two values, or when one side is constant. O(n^2).
#[must_use]
pub fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() || x.len() < 2 {
        return None;
    }
    let order = |a: f64, b: f64| a.partial_cmp(&b).map_or(0, |order| order as i64);
    let (mut agree, mut pairs_x, mut pairs_y) = (0_i64, 0_i64, 0_i64);
    for i in 1..x.len() {
        for j in 0..i {
            let (a, b) = (order(x[i], x[j]), order(y[i], y[j]));
            agree += a * b;
            pairs_x += a.abs();
            pairs_y += b.abs();
        }
    }
    (pairs_x > 0 && pairs_y > 0).then(|| agree as f64 / ((pairs_x as f64).sqrt() * (pairs_y as f64).sqrt()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_usual_summaries() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), Some(5.0));
        assert!((std(&values, 0).unwrap() - 2.0).abs() < 1e-12);
        assert!((std(&values, 1).unwrap() - 2.138_089_935_299_395).abs() < 1e-12);
        assert_eq!(median(&values), Some(4.5));
        assert_eq!(quantile(&values, 0.9), Some(7.6));
        assert_eq!((mean(&[]), std(&[1.0], 1), median(&[])), (None, None, None));
    }

    #[test]
    fn correlations() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 4.0]);
        assert!((pearson(&x, &y).unwrap() - 0.8).abs() < 1e-12);
        assert!((kendall(&x, &y).unwrap() - 2.0 / 3.0).abs() < 1e-12);
        // scipy.stats.kendalltau([1, 2, 2, 3], [1, 3, 2, 2]).statistic
        assert!((kendall(&[1.0, 2.0, 2.0, 3.0], &[1.0, 3.0, 2.0, 2.0]).unwrap() - 0.4).abs() < 1e-12);
        assert_eq!((pearson(&x, &[1.0; 4]), pearson(&[0.2; 3], &[1.0, 2.0, 4.0])), (None, None));
        assert_eq!(pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]), Some(1.0));
        for size in [1e200, 1e-200, 5e-324] {
            let large = [1.0 * size, 3.0 * size, 2.0 * size, 4.0 * size];
            assert!((pearson(&x, &large).unwrap() - 0.8).abs() < 1e-12, "{size:e}");
        }
        assert_eq!(kendall(&[1.0; 4], &y), None);
    }
}
