//! Ranks, and the correlations that are made of them.

use super::statistics::pearson;
use std::cmp::Ordering;

/// The rank of each value from 1, the least first; equal values share the mean of their ranks.
///
/// Equals `scipy.stats.rankdata`. O(n log n).
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = before as f64 + (tied.len() + 1) as f64 / 2.0;
        tied.iter().for_each(|&place| ranks[place] = mean);
        before += tied.len();
    }
    ranks
}

/// Spearman's correlation: Pearson's of the ranks; `None` when the lengths differ, with fewer than two values, when one side
/// is constant, or with values that are not finite.
///
/// Equals `scipy.stats.spearmanr`. O(n log n).
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() || !finite(x) || !finite(y) {
        return None;
    }
    pearson(&ranks(x), &ranks(y))
}

/// Kendall's correlation with more weight on pairs among the largest values; `None` as in [`spearman`].
///
/// The pair (i, j) weighs `1/(r_i + 1) + 1/(r_j + 1)`, r being the place from 0 in falling order. Two orders are used, by x
/// (then y) and by y (then x), and the mean of both values is taken: equals `scipy.stats.weightedtau`, ties as in tau-b. O(n^2).
///
/// Source: Vigna, "A weighted correlation index for rankings with ties", WWW 2015.
#[must_use]
pub fn weighted_kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() || x.len() < 2 || !finite(x) || !finite(y) {
        return None;
    }
    Some((by_places(x, y, &weights(x, y))? + by_places(x, y, &weights(y, x))?) / 2.0)
}

fn finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// 1 for the largest by `major` (then `minor`), 1/2 for the next, 1/3 ...; which of two equal points comes first does not
/// change the correlation.
fn weights(major: &[f64], minor: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..major.len()).collect();
    order.sort_by(|&a, &b| plain(major[b], major[a]).then(plain(minor[b], minor[a])));
    let mut weights = vec![0.0; major.len()];
    order.iter().enumerate().for_each(|(rank, &place)| weights[place] = 1.0 / (rank + 1) as f64);
    weights
}

fn by_places(x: &[f64], y: &[f64], weights: &[f64]) -> Option<f64> {
    let sign = |a: f64, b: f64| f64::from(plain(a, b) as i8);
    let (mut agree, mut untied_x, mut untied_y) = (0.0, 0.0, 0.0);
    for i in 1..x.len() {
        for j in 0..i {
            let weight = weights[i] + weights[j];
            let (a, b) = (sign(x[i], x[j]), sign(y[i], y[j]));
            agree += weight * a * b;
            untied_x += weight * a.abs();
            untied_y += weight * b.abs();
        }
    }
    (untied_x > 0.0 && untied_y > 0.0).then(|| (agree / untied_x.sqrt() / untied_y.sqrt()).clamp(-1.0, 1.0))
}

/// The order of two finite numbers; -0 and 0 are equal, as they are not for `total_cmp`.
fn plain(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ties_share_the_mean_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(ranks(&[]), Vec::<f64>::new());
    }

    #[test]
    fn a_rising_curve_is_one_and_a_constant_is_nothing() {
        let (x, y) = ([1.0, 2.0, 3.0, 10.0], [1.0, 8.0, 27.0, 1000.0]);
        assert!((spearman(&x, &y).unwrap() - 1.0).abs() < 1e-12);
        assert!((weighted_kendall(&x, &y).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!((spearman(&x, &[2.0; 4]), weighted_kendall(&x, &[2.0; 4])), (None, None));
        assert_eq!(spearman(&x, &[1.0, f64::NAN, 2.0, 3.0]), None);
        assert_eq!(weighted_kendall(&[1.0], &[1.0]), None);
    }

    #[test]
    fn a_swap_at_the_top_counts_more_than_one_at_the_bottom() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        let top = weighted_kendall(&x, &[1.0, 2.0, 3.0, 5.0, 4.0]).unwrap();
        let bottom = weighted_kendall(&x, &[2.0, 1.0, 3.0, 4.0, 5.0]).unwrap();
        assert!(top < bottom, "{top} {bottom}");
        // By hand: the pair of the top two weighs 1 + 1/2 of (n - 1) (1 + 1/2 + 1/3 + 1/4 + 1/5).
        assert!((top - (1.0 - 2.0 * 1.5 / (4.0 * 137.0 / 60.0))).abs() < 1e-12, "{top}");
    }
}
