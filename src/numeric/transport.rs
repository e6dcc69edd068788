//! Wasserstein-1 distances of many samples at once.
//!
//! In place of a merge for each pair, everything happens on quantile functions, where W1 is the integral over u of
//! |A^-1(u) - B^-1(u)|. Samples of PCA scores have sizes with a large common divisor (the in-plane positions of a slice), so
//! all quantile functions fall into that many equal blocks, and inside a block their steps stand at fixed fractions.
//!
//! - [`distances`]: every pair. A block of p and q values takes at most p + q - 1 steps of fixed widths; the same step of
//!   neighbouring blocks lies side by side, so that vector instructions see neither a branch nor an index.
//!   O(pairs (p + q) blocks), about one instruction for four steps.
//! - [`group_sums`]: only sums over the pairs of groups. On the common steps of all sizes, sorted values and the number of
//!   each group's values below are enough: sum over k in i, l in j of |a_k - a_l| = D(i,j) + D(j,i) with
//!   D(i,j) = sum over k in i of a_k (2 below_j(k) - N_j). O(steps blocks samples groups) in place of samples^2. From one
//!   step to the next the order hardly changes, so sorting by insertion is nearly linear.
//!
//! Both are exact, and both read samples part by part: memory is that of some blocks of all samples, however long they are.

use super::wasserstein::{greatest_common_divisor, steps};
use crate::base::error::Result;
use crate::base::lanes::{Sum, fours};
use crate::base::level::Level;
use crate::base::parallel::try_map;
use crate::base::progress::Stage;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;
use std::ops::Range;

/// Numbers of all samples together that are in memory at a time: 32 MB.
const AT_ONCE: usize = 1 << 22;

/// Pairs that one thread works on at a time.
const TILE: usize = 32;

/// Ascending samples, read part by part.
pub trait Samples: Sync {
    /// The length of each.
    fn lengths(&self) -> &[usize];

    /// Reads some values of a sample in place of what `into` held.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read(&self, sample: usize, range: Range<usize>, into: &mut Vec<f64>) -> Result<()>;
}

/// The equal blocks of all samples.
struct Blocks {
    count: usize,
    /// Values of a block of each sample.
    widths: Vec<usize>,
    /// Blocks that are read at a time.
    at_once: usize,
}

impl Blocks {
    fn new(lengths: &[usize]) -> Self {
        assert!(lengths.iter().all(|&n| n > 0), "samples that are not empty");
        let count = lengths.iter().copied().fold(0, greatest_common_divisor);
        let widths: Vec<usize> = lengths.iter().map(|n| n / count.max(1)).collect();
        let total: usize = widths.iter().sum();
        Blocks { count, at_once: (AT_ONCE / total.max(1)).clamp(1, 512), widths }
    }

    /// The parts that are read at a time.
    fn parts(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (count, at_once) = (self.count, self.at_once);
        (0..count).step_by(at_once).map(move |first| first..count.min(first + at_once))
    }

    /// Some blocks of every sample: the first value of each block, the second and so on if `by_step`, else as they are.
    fn read(&self, samples: &dyn Samples, part: &Range<usize>, by_step: bool) -> Result<Vec<Vec<f64>>> {
        let read = |sample: usize| {
            let width = self.widths[sample];
            let mut values = Vec::new();
            samples.read(sample, part.start * width..part.end * width, &mut values)?;
            if width == 1 || !by_step {
                return Ok(values);
            }
            let mut turned = Vec::with_capacity(values.len());
            (0..width).for_each(|step| turned.extend(values[step..].iter().step_by(width)));
            Ok(turned)
        };
        try_map(self.widths.len(), read)
    }
}

/// The distance of every pair of samples (k, l), in the order given. Exact; see above.
///
/// # Errors
/// When a sample cannot be read, or when the user stops it.
///
/// # Panics
/// If a sample is empty, or a pair names one that does not exist.
pub fn distances(samples: &dyn Samples, pairs: &[(u32, u32)], stage: &Stage) -> Result<Vec<f64>> {
    let blocks = Blocks::new(samples.lengths());
    let mut sums = vec![0.0; pairs.len()];
    let arch = Level::loops();
    let most = blocks.widths.iter().copied().max().unwrap_or(0);
    // The steps of two widths, for all widths there are.
    let mut patterns = vec![Vec::new(); (most + 1) * (most + 1)];
    for &(k, l) in pairs {
        let (p, q) = (blocks.widths[k as usize], blocks.widths[l as usize]);
        let pattern = &mut patterns[p * (most + 1) + q];
        if pattern.is_empty() {
            *pattern = steps(p, q);
        }
    }
    let parts = blocks.parts().count();
    for (done, part) in blocks.parts().enumerate() {
        let values = blocks.read(samples, &part, true)?;
        sums.par_chunks_mut(TILE).zip(pairs.par_chunks(TILE)).try_for_each(|(sums, pairs)| -> Result<()> {
            stage.advance(0)?;
            for (sum, &(k, l)) in sums.iter_mut().zip(pairs) {
                let (p, q) = (blocks.widths[k as usize], blocks.widths[l as usize]);
                let (a, b) = (&values[k as usize], &values[l as usize]);
                *sum += arch.dispatch(Pair { a, b, steps: &patterns[p * (most + 1) + q], blocks: part.len() });
            }
            Ok(())
        })?;
        stage.advance(share(pairs.len(), done, parts))?;
    }
    let scale = |k: u32, l: u32| (blocks.widths[k as usize] * blocks.widths[l as usize]) as f64 * blocks.count as f64;
    Ok(sums.iter().zip(pairs).map(|(sum, &(k, l))| sum / scale(k, l)).collect())
}

/// What the `done`-th of some parts adds to the progress of `total`.
fn share(total: usize, done: usize, parts: usize) -> usize {
    total * (done + 1) / parts - total * done / parts
}

/// Two samples over some blocks, the same step of all blocks side by side.
struct Pair<'a> {
    a: &'a [f64],
    b: &'a [f64],
    /// A value of each, and how long both hold.
    steps: &'a [(usize, usize, usize)],
    blocks: usize,
}

impl WithSimd for Pair<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let mut sums = [Sum::<S>::zero(simd); 4];
        let mut rest = 0.0;
        let vectors = Sum::<S>::VECTORS;
        for &(a, b, width) in self.steps {
            let (first, tail) = fours::<S>(&self.a[a * self.blocks..(a + 1) * self.blocks]);
            let (second, other) = fours::<S>(&self.b[b * self.blocks..(b + 1) * self.blocks]);
            let length = simd.splat_f64s(width as f64);
            let gap = |x: S::f64s, y: S::f64s| simd.mul_f64s(simd.abs_f64s(simd.sub_f64s(x, y)), length);
            let (quads, others) = (first.chunks_exact(4 * vectors), second.chunks_exact(4 * vectors));
            let (single, alone) = (quads.remainder(), others.remainder());
            for (x, y) in quads.zip(others) {
                for (n, sum) in sums.iter_mut().enumerate() {
                    sum.add(simd, |at| gap(x[n * vectors + at], y[n * vectors + at]));
                }
            }
            for (x, y) in single.chunks_exact(vectors).zip(alone.chunks_exact(vectors)) {
                sums[0].add(simd, |at| gap(x[at], y[at]));
            }
            rest += width as f64 * tail.iter().zip(other).map(|(x, y)| (x - y).abs()).sum::<f64>();
        }
        let [first, second, third, fourth] = sums.map(Sum::total);
        ((first + second) + (third + fourth)) + rest
    }
}

/// For all groups i and j (row-major, symmetric) the sum of the distances over k in i and l in j; `group` says the group of
/// each sample. Pairs of a group with itself count twice, as (k, l) and as (l, k). Exact; see above.
///
/// # Errors
/// As [`distances`].
///
/// # Panics
/// If a sample is empty or has no group.
pub fn group_sums(samples: &dyn Samples, group: &[usize], stage: &Stage) -> Result<Vec<f64>> {
    assert_eq!(samples.lengths().len(), group.len(), "a group for each sample");
    let blocks = Blocks::new(samples.lengths());
    let groups = group.iter().max().map_or(0, |most| most + 1);
    let steps = common_steps(&blocks.widths);
    let sweep = Sweep { group, groups, widths: &blocks.widths, steps: &steps };
    let mut sums = vec![0.0; groups * groups];
    let parts = blocks.parts().count();
    for (done, part) in blocks.parts().enumerate() {
        let values = blocks.read(samples, &part, false)?;
        // Cut by shapes alone, and added in order: the bits do not depend on the number of threads.
        let pieces: Vec<Range<usize>> =
            (0..part.len()).step_by(8).map(|first| first..part.len().min(first + 8)).collect();
        let found = pieces.par_iter().map(|piece| {
            stage.advance(0)?;
            Ok(sweep.over(&values, piece.clone()))
        });
        for piece in found.collect::<Result<Vec<_>>>()? {
            sums.iter_mut().zip(piece).for_each(|(sum, more)| *sum += more);
        }
        stage.advance(share(group.len() * group.len().div_ceil(2), done, parts))?;
    }
    let both = |i: usize, j: usize| match i == j {
        true => 2.0 * sums[i * groups + j],
        false => sums[i * groups + j] + sums[j * groups + i],
    };
    let count = blocks.count as f64;
    Ok((0..groups * groups).map(|at| (both(at / groups, at % groups) / count).max(0.0)).collect())
}

/// The steps inside a block that all widths share: how long each is, with the block as 1, and the value of each sample.
fn common_steps(widths: &[usize]) -> Vec<(f64, Vec<u32>)> {
    let kinds: std::collections::BTreeSet<usize> = widths.iter().copied().collect();
    let mut ends: Vec<(usize, usize)> = kinds.iter().flat_map(|&n| (1..=n).map(move |at| (at, n))).collect();
    // Fractions are compared and told apart in whole numbers.
    ends.sort_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)));
    ends.dedup_by(|a, b| a.0 * b.1 == b.0 * a.1);
    let mut before = (0, 1);
    let step = |&(at, n): &(usize, usize)| {
        let length = (at * before.1 - before.0 * n) as f64 / (n * before.1) as f64;
        let start = before;
        before = (at, n);
        // The value that holds from the start: place floor(start * width).
        (length, widths.iter().map(|width| (start.0 * width / start.1) as u32).collect())
    };
    ends.iter().map(step).collect()
}

struct Sweep<'a> {
    group: &'a [usize],
    groups: usize,
    widths: &'a [usize],
    steps: &'a [(f64, Vec<u32>)],
}

impl Sweep<'_> {
    /// D over some blocks of these values; the diagonal counts each pair once.
    fn over(&self, values: &[Vec<f64>], blocks: Range<usize>) -> Vec<f64> {
        let padded = self.groups.next_multiple_of(4);
        let mut below = vec![0.0; padded];
        let mut start = vec![0.0; padded];
        self.group.iter().for_each(|&group| start[group] -= 1.0);
        let mut sums = vec![0.0; self.groups * padded];
        let value = |sample: usize, block: usize, places: &[u32]| {
            values[sample][block * self.widths[sample] + places[sample] as usize]
        };
        let first = |sample: usize| value(sample, blocks.start, &self.steps[0].1);
        let mut order: Vec<(f64, u32)> = (0..self.group.len()).map(|sample| (first(sample), sample as u32)).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let run = Run { sweep: self, value, blocks, order, start: &start, below: &mut below, sums: &mut sums };
        Level::loops().dispatch(run);
        sums.chunks(padded.max(1)).flat_map(|row| row[..self.groups].iter().copied()).collect()
    }
}

/// The loops of a sweep.
struct Run<'a, V> {
    sweep: &'a Sweep<'a>,
    value: V,
    blocks: Range<usize>,
    order: Vec<(f64, u32)>,
    start: &'a [f64],
    below: &'a mut [f64],
    sums: &'a mut [f64],
}

impl<V: Fn(usize, usize, &[u32]) -> f64> WithSimd for Run<'_, V> {
    type Output = ();

    // Not a closure: only what is inlined for certain is compiled with the machine's instructions.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let padded = self.start.len();
        for block in self.blocks {
            for (length, places) in self.sweep.steps {
                sort(&mut self.order, |sample| (self.value)(sample, block, places));
                self.below.copy_from_slice(self.start);
                for &(value, sample) in &self.order {
                    let group = self.sweep.group[sample as usize];
                    // Of its own group those below and above count, not the value itself.
                    self.below[group] += 1.0;
                    let weight = simd.splat_f64s(length * value);
                    let (row, rest) = S::as_mut_simd_f64s(&mut self.sums[group * padded..(group + 1) * padded]);
                    let (below, others) = S::as_simd_f64s(self.below);
                    for (sum, below) in row.iter_mut().zip(below) {
                        *sum = simd.add_f64s(*sum, simd.mul_f64s(weight, *below));
                    }
                    for (sum, below) in rest.iter_mut().zip(others) {
                        *sum += length * value * below;
                    }
                    self.below[group] += 1.0;
                }
            }
        }
    }
}

/// Takes new values and brings them into order, which was nearly theirs before.
#[inline(always)]
fn sort(order: &mut [(f64, u32)], value: impl Fn(usize) -> f64) {
    for at in 0..order.len() {
        let sample = order[at].1;
        let new = (value(sample as usize), sample);
        let mut to = at;
        while to > 0 && order[to - 1].0 > new.0 {
            order[to] = order[to - 1];
            to -= 1;
        }
        order[to] = new;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::progress::Monitor;
    use crate::base::seed::Seed;
    use crate::numeric::wasserstein::w1_sorted;
    use rand::Rng;

    struct Kept(Vec<Vec<f64>>, Vec<usize>);

    impl Kept {
        fn new(samples: Vec<Vec<f64>>) -> Self {
            let lengths = samples.iter().map(Vec::len).collect();
            Kept(samples, lengths)
        }
    }

    impl Samples for Kept {
        fn lengths(&self) -> &[usize] {
            &self.1
        }

        fn read(&self, sample: usize, range: Range<usize>, into: &mut Vec<f64>) -> Result<()> {
            into.clear();
            into.extend_from_slice(&self.0[sample][range]);
            Ok(())
        }
    }

    /// Ascending samples of `blocks` times these widths, some of them with many equal values.
    fn made(widths: &[usize], blocks: usize) -> Kept {
        let mut draw = Seed::new(5).rng();
        let one = |&width: &usize| {
            let (shift, coarse) = (draw.random_range(-3.0..3.0), draw.random::<bool>());
            let value = |v: f64| if coarse { (4.0 * v).round() } else { v + shift };
            let mut sample: Vec<f64> = (0..width * blocks).map(|_| value(draw.random_range(-1.0..1.0))).collect();
            sample.sort_by(f64::total_cmp);
            sample
        };
        Kept::new(widths.iter().map(one).collect())
    }

    #[test]
    fn pairs_and_groups_are_those_of_one_pair_at_a_time() {
        for (widths, blocks) in [
            (vec![1, 1, 1], 7),
            (vec![1, 2, 3, 4, 1, 2], 50),
            (vec![2, 4, 6, 2, 4], 33),
            (vec![5, 7, 11, 1, 13, 5, 2, 3], 641),
        ] {
            let samples = made(&widths, blocks);
            let n = widths.len();
            let pairs: Vec<(u32, u32)> = (0..n as u32).flat_map(|k| (k..n as u32).map(move |l| (k, l))).collect();
            let stage = Monitor::silent().stage("", 1);
            let found = distances(&samples, &pairs, &stage).unwrap();
            let plain = |k: usize, l: usize| w1_sorted(&samples.0[k], &samples.0[l]);
            for (&(k, l), found) in pairs.iter().zip(&found) {
                let wanted = plain(k as usize, l as usize);
                assert!((found - wanted).abs() <= 1e-13 * (1.0 + wanted), "{widths:?}: {k} {l}: {found} {wanted}");
            }
            let group: Vec<usize> = (0..n).map(|sample| sample % 3).collect();
            let sums = group_sums(&samples, &group, &stage).unwrap();
            for i in 0..3 {
                for j in 0..3 {
                    let members = |g: usize| (0..n).filter(move |k| k % 3 == g);
                    let wanted: f64 = members(i).flat_map(|k| members(j).map(move |l| plain(k, l))).sum();
                    let found = sums[i * 3 + j];
                    assert!((found - wanted).abs() <= 1e-12 * (1.0 + wanted), "{widths:?}: {i} {j}: {found} {wanted}");
                }
            }
        }
    }

    #[test]
    fn the_common_steps_fill_a_block() {
        let steps = common_steps(&[2, 3]);
        let shapes: Vec<(f64, &[u32])> = steps.iter().map(|(length, places)| (*length, &places[..])).collect();
        let third = 1.0 / 3.0;
        assert_eq!(shapes, [(third, &[0, 0][..]), (1.0 / 6.0, &[0, 1]), (1.0 / 6.0, &[1, 1]), (third, &[1, 2])]);
    }
}
