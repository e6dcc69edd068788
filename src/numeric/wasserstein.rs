//! The exact Wasserstein-1 distance of samples on a line.

use crate::base::error::Result;

/// W1 of two samples in any order, in the unit of the samples; lower is closer.
///
/// Symmetric, zero for equal samples, and a metric on their distributions. O((n + m) log(n + m)).
/// Equals `scipy.stats.wasserstein_distance`.
///
/// # Errors
/// When a sample is empty or holds a value that is not finite.
pub fn w1(a: &[f64], b: &[f64]) -> Result<f64> {
    Ok(w1_sorted(&sorted(a, "first")?, &sorted(b, "second")?))
}

fn sorted(sample: &[f64], which: &str) -> Result<Vec<f64>> {
    crate::ensure!(
        !sample.is_empty(),
        "the {which} sample of a Wasserstein distance is empty, wanted at least one value"
    );
    let strange = sample.iter().filter(|v| !v.is_finite()).count();
    crate::ensure!(
        strange == 0,
        "the {which} sample of a Wasserstein distance has {strange} values that are not finite"
    );
    let mut values = sample.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    Ok(values)
}

/// W1 of two ascending, finite samples. O(n + m).
///
/// Works on quantile functions, `W1 = integral over u of |A^-1(u) - B^-1(u)|`: their steps depend on the two sizes alone,
/// so no branch depends on the data, and with sizes that share a large divisor (scores of equal cubes do) the
/// pattern of steps is short and repeats.
///
/// # Panics
/// If a sample is empty.
#[must_use]
pub fn w1_sorted(a: &[f64], b: &[f64]) -> f64 {
    assert!(!a.is_empty() && !b.is_empty(), "a Wasserstein distance needs two samples that are not empty");
    let blocks = greatest_common_divisor(a.len(), b.len());
    let (p, q) = (a.len() / blocks, b.len() / blocks);
    if p == q {
        return sum_of_differences(a, b) / a.len() as f64;
    }
    let scale = p as f64 * q as f64 * blocks as f64;
    let total: f64 = if p + q <= 1024 {
        let steps: Vec<_> = Steps::new(p, q).collect();
        a.chunks_exact(p)
            .zip(b.chunks_exact(q))
            .map(|(a, b)| steps.iter().map(|step| step.width as f64 * (a[step.a] - b[step.b]).abs()).sum::<f64>())
            .sum()
    } else {
        a.chunks_exact(p)
            .zip(b.chunks_exact(q))
            .map(|(a, b)| Steps::new(p, q).map(|step| step.width as f64 * (a[step.a] - b[step.b]).abs()).sum::<f64>())
            .sum()
    };
    total / scale
}

/// Sum of |a - b| in eight interleaved partial sums: the order is fixed and the compiler can use vectors.
fn sum_of_differences(a: &[f64], b: &[f64]) -> f64 {
    let mut partial = [0.0; 8];
    let (mut left, mut right) = (a.chunks_exact(8), b.chunks_exact(8));
    for (a, b) in left.by_ref().zip(right.by_ref()) {
        for lane in 0..8 {
            partial[lane] += (a[lane] - b[lane]).abs();
        }
    }
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| (a - b).abs()).sum();
    partial.iter().sum::<f64>() + rest
}

/// One interval on which both quantile functions are constant.
struct Step {
    a: usize,
    b: usize,
    width: usize,
}

/// The steps of `p` and `q` equal parts of an interval of length `p * q`.
struct Steps {
    p: usize,
    q: usize,
    a: usize,
    b: usize,
    at: usize,
}

impl Steps {
    fn new(p: usize, q: usize) -> Self {
        Steps { p, q, a: 0, b: 0, at: 0 }
    }
}

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if self.a == self.p {
            return None;
        }
        let (end_a, end_b) = ((self.a + 1) * self.q, (self.b + 1) * self.p);
        let end = end_a.min(end_b);
        let step = Step { a: self.a, b: self.b, width: end - self.at };
        self.at = end;
        self.a += usize::from(end == end_a);
        self.b += usize::from(end == end_b);
        Some(step)
    }
}

/// The steps of the quantile functions of `p` and `q` values over a length of `p * q`: a place in each, and how long both hold.
pub(super) fn steps(p: usize, q: usize) -> Vec<(usize, usize, usize)> {
    Steps::new(p, q).map(|step| (step.a, step.b, step.width)).collect()
}

pub(super) fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn unequal_sizes_by_hand() {
        // A = {0, 1}, B = {0, 0, 3}: quantiles differ by 0 on 1/2, 1 on 1/6 and 2 on 1/3.
        assert!((w1(&[1.0, 0.0], &[3.0, 0.0, 0.0]).unwrap() - 5.0 / 6.0).abs() < 1e-15);
    }

    #[test]
    fn a_shift_costs_the_shift() {
        let a: Vec<f64> = (0..37).map(f64::from).collect();
        let b: Vec<f64> = a.iter().map(|v| v + 2.5).collect();
        assert!((w1(&a, &b).unwrap() - 2.5).abs() < 1e-12);
        assert_eq!(w1(&a, &a).unwrap(), 0.0);
    }

    #[test]
    fn an_empty_or_strange_sample_is_named() {
        assert!(w1(&[], &[1.0]).unwrap_err().message().contains("first sample"));
        assert!(w1(&[1.0], &[f64::NAN]).unwrap_err().message().contains("second sample"));
    }
}
