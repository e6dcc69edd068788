//! Means over all pairs of cases of all pairs of groups, in parallel, with sums in a fixed order.

use super::groups::{Group, counts};
use super::matrix::Matrix;
use super::params::Pairs;
use crate::base::error::{Error, Result};
use crate::base::progress::Monitor;
use rayon::prelude::*;

/// The symmetric matrix of means of `value` (group, case, group, case), itself symmetric, over the pairs of cases.
///
/// # Errors
/// When two groups have no pair of cases, or when the user stops it.
pub fn means(
    groups: &[Group],
    pairs: Pairs,
    label: &str,
    monitor: &Monitor,
    value: impl Fn(usize, usize, usize, usize) -> f64 + Sync,
) -> Result<Matrix> {
    // One unit of work is one case against a whole group: enough of them to share out, each long enough to be worth it.
    let mut units = Vec::new();
    for a in 0..groups.len() {
        for b in a..groups.len() {
            units.extend((0..groups[a].cases.len()).map(|case| (a, b, case)));
        }
    }
    let first = |a: usize, b: usize, case: usize| if a == b { case } else { 0 };
    let total = units.iter().map(|&(a, b, case)| groups[b].cases.len() - first(a, b, case)).sum();
    let stage = monitor.stage(label, total);
    let sums = units.par_iter().map(|&(a, b, case)| {
        let (mut sum, mut count, mut pending) = (0.0, 0_usize, 0);
        for other in first(a, b, case)..groups[b].cases.len() {
            if counts(pairs, (&groups[a], &groups[a].cases[case]), (&groups[b], &groups[b].cases[other])) {
                // Inside one group each pair off the diagonal stands for two.
                let weight = if a == b && other != case { 2 } else { 1 };
                sum += weight as f64 * value(a, case, b, other);
                count += weight;
            }
            pending += 1;
            if pending == 32 {
                stage.advance(std::mem::take(&mut pending))?;
            }
        }
        stage.advance(pending)?;
        Ok((sum, count))
    });
    let sums = sums.collect::<Result<Vec<_>>>()?;

    let n = groups.len();
    let mut values = vec![(0.0, 0_usize); n * n];
    for (&(a, b, _), (sum, count)) in units.iter().zip(sums) {
        let slot = &mut values[a * n + b];
        *slot = (slot.0 + sum, slot.1 + count);
    }
    if let Some((a, b)) = (0..n).flat_map(|a| (a..n).map(move |b| (a, b))).find(|(a, b)| values[a * n + b].1 == 0) {
        return Err(Error::data(format!("`{}` and `{}` have no patient in common", groups[a].name, groups[b].name))
            .help("pairs: \"patient\" needs equal case ids inside an institution; use pairs: \"all\""));
    }
    let names: Vec<_> = groups.iter().map(|group| group.name.clone()).collect();
    Ok(Matrix::from_fn(names.clone(), names, |r, c| {
        let (sum, count) = values[r.min(c) * n + r.max(c)];
        sum / count as f64
    }))
}
