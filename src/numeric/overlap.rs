//! How many bits many bit sets have in common, pair by pair.
//!
//! A set is packed into the blocks of 64 words that are not empty, for lesions are small, behind a directory that says where
//! each block is. Two sets meet only where both have a block.

use crate::base::error::Result;
use crate::base::level::Level;
use crate::base::pages::{cast_slice, cast_slice_mut};
use crate::base::parallel::try_map;
use crate::base::progress::Stage;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;
use std::borrow::Cow;

/// Words of a block.
const BLOCK: usize = 64;

/// Blocks that a tile of pairs looks at before it goes on: they stay in the cache.
const AT_ONCE: usize = 16;

/// Sets on each side of a tile.
const TILE: usize = 16;

/// The packed form of a set: the number of blocks, for each block its place plus one (0 for an empty one), the blocks.
#[must_use]
pub fn packed(words: &[u64]) -> Vec<u64> {
    let blocks = words.len().div_ceil(BLOCK);
    let mut set = vec![0; 1 + blocks];
    set[0] = blocks as u64;
    let mut there = 0;
    for (at, block) in words.chunks(BLOCK).enumerate() {
        if block.iter().any(|&word| word != 0) {
            there += 1;
            set[1 + at] = there;
            set.extend_from_slice(block);
            set.resize(set.len() + BLOCK - block.len(), 0);
        }
    }
    set
}

/// A packed set as bytes of this machine.
#[must_use]
pub fn bytes(set: &[u64]) -> &[u8] {
    cast_slice(set)
}

/// A packed set from its bytes; none if they are not one.
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> Option<Vec<u64>> {
    let mut set = vec![0_u64; bytes.len() / 8];
    if set.len() * 8 != bytes.len() {
        return None;
    }
    cast_slice_mut(&mut set).copy_from_slice(bytes);
    let blocks = usize::try_from(*set.first()?).ok()?;
    let directory = set.get(1..blocks.checked_add(1)?)?;
    let there = directory.iter().filter(|&&place| place != 0).count();
    let sound = directory.iter().all(|&place| place <= there as u64) && set.len() == 1 + blocks + there * BLOCK;
    sound.then_some(set)
}

/// A packed set, looked at.
struct View<'a> {
    directory: &'a [u64],
    blocks: &'a [[u64; BLOCK]],
    /// For each [`AT_ONCE`] blocks, which of them are there.
    there: Vec<u16>,
}

impl<'a> View<'a> {
    fn of(set: &'a [u64]) -> Self {
        let (directory, blocks) = set[1..].split_at(set[0] as usize);
        let bits = |places: &[u64]| places.iter().rev().fold(0, |bits, &place| bits << 1 | u16::from(place != 0));
        View { directory, blocks: blocks.as_chunks().0, there: directory.chunks(AT_ONCE).map(bits).collect() }
    }

    /// A block that is there.
    #[inline(always)]
    fn block(&self, at: usize) -> &'a [u64; BLOCK] {
        &self.blocks[self.directory[at] as usize - 1]
    }
}

/// Bits of each set with each set before it and with itself: the lower triangle, row by row.
///
/// `read` gives a packed set, its own or one that lies elsewhere; at most 2 `room` of its own are in memory at a time. O(pairs blocks) steps to find the common
/// blocks, whose bits are counted by carry-save adders (Mula, Kurz and Lemire 2018): seven of them take in eight vectors, and only
/// every eighth vector is counted bit by bit.
///
/// # Errors
/// When a set cannot be read, or when the user stops it.
///
/// # Panics
/// If the sets are not of one size.
pub fn triangle<'a>(
    count: usize,
    room: usize,
    read: impl Fn(usize) -> Result<Cow<'a, [u64]>> + Sync,
    stage: &Stage,
) -> Result<Vec<f64>> {
    let room = room.clamp(1, count.max(1));
    let load = |first: usize| try_map(room.min(count - first), |at| read(first + at));
    let mut bits = vec![0.0; count * (count + 1) / 2];
    for top in (0..count).step_by(room) {
        let rows = load(top)?;
        for left in (0..=top).step_by(room) {
            let fresh = if left == top { None } else { Some(load(left)?) };
            let cols = fresh.as_ref().unwrap_or(&rows);
            let tiles = (0..rows.len()).step_by(TILE).flat_map(|r| (0..cols.len()).step_by(TILE).map(move |c| (r, c)));
            let tiles: Vec<(usize, usize)> = tiles.filter(|&(r, c)| left < top || c <= r).collect();
            let found = tiles.par_iter().map(|&(r, c)| {
                stage.advance(0)?;
                let part = |sets: &[Cow<'a, [u64]>], at: usize| at..sets.len().min(at + TILE);
                let a: Vec<View<'_>> = rows[part(&rows, r)].iter().map(|set| View::of(set)).collect();
                let b: Vec<View<'_>> = cols[part(cols, c)].iter().map(|set| View::of(set)).collect();
                Ok(tile(&a, &b))
            });
            for (&(r, c), found) in tiles.iter().zip(found.collect::<Result<Vec<_>>>()?) {
                let mut new = 0;
                for (at, &bit) in found.iter().enumerate() {
                    let (k, l) = (top + r + at / TILE, left + c + at % TILE);
                    if l <= k && k < count && l < count {
                        bits[k * (k + 1) / 2 + l] = bit as f64;
                        new += 1;
                    }
                }
                stage.advance(new)?;
            }
        }
    }
    Ok(bits)
}

/// Common bits of all pairs of a tile, [`TILE`] places a row.
fn tile(a: &[View<'_>], b: &[View<'_>]) -> Vec<u64> {
    let blocks = a.iter().chain(b).map(|set| set.directory.len()).max().unwrap_or(0);
    assert!(a.iter().chain(b).all(|set| set.directory.len() == blocks), "bit sets of one size");
    let mut bits = vec![0; TILE * TILE];
    Level::loops().dispatch(Tile { a, b, blocks, bits: &mut bits });
    bits
}

struct Tile<'a> {
    a: &'a [View<'a>],
    b: &'a [View<'a>],
    blocks: usize,
    bits: &'a mut [u64],
}

impl WithSimd for Tile<'_> {
    type Output = ();

    // Not a closure: only what is inlined for certain is compiled with the machine's instructions.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for first in (0..self.blocks).step_by(AT_ONCE) {
            for (row, a) in self.a.iter().enumerate() {
                for (col, b) in self.b.iter().enumerate() {
                    let mut both = a.there[first / AT_ONCE] & b.there[first / AT_ONCE];
                    if both == 0 {
                        continue;
                    }
                    let mut counter = Counter::new(simd);
                    while both != 0 {
                        let at = first + both.trailing_zeros() as usize;
                        both &= both - 1;
                        counter.add(a.block(at), b.block(at));
                    }
                    self.bits[row * TILE + col] += counter.finish();
                }
            }
        }
    }
}

/// Counts the bits of many words: of each bit position of a vector, how often it was set, in binary, a vector a digit.
struct Counter<S: Simd> {
    simd: S,
    ones: S::u64s,
    twos: S::u64s,
    fours: S::u64s,
    eights: u64,
    /// Bits counted one by one.
    more: u64,
}

impl<S: Simd> Counter<S> {
    #[inline(always)]
    fn new(simd: S) -> Self {
        let zero = simd.splat_u64s(0);
        Counter { simd, ones: zero, twos: zero, fours: zero, eights: 0, more: 0 }
    }

    /// Adds three bits in each position: the sum and the carry.
    #[inline(always)]
    fn adder(&self, a: S::u64s, b: S::u64s, c: S::u64s) -> (S::u64s, S::u64s) {
        let simd = self.simd;
        let either = simd.xor_u64s(a, b);
        (simd.xor_u64s(either, c), simd.or_u64s(simd.and_u64s(a, b), simd.and_u64s(either, c)))
    }

    /// Adds the bits that two runs of words have in common; their words are a multiple of eight vectors, or are counted one by one.
    #[inline(always)]
    fn add(&mut self, a: &[u64], b: &[u64]) {
        let (x, x_rest) = S::as_simd_u64s(a);
        let (y, y_rest) = S::as_simd_u64s(b);
        let ((x, x_tail), (y, y_tail)) = (x.as_chunks::<8>(), y.as_chunks::<8>());
        for (x, y) in x.iter().zip(y) {
            let both = |at: usize| self.simd.and_u64s(x[at], y[at]);
            let (ones, twos_a) = self.adder(self.ones, both(0), both(1));
            let (ones, twos_b) = self.adder(ones, both(2), both(3));
            let (twos, fours_a) = self.adder(self.twos, twos_a, twos_b);
            let (ones, twos_a) = self.adder(ones, both(4), both(5));
            let (ones, twos_b) = self.adder(ones, both(6), both(7));
            let (twos, fours_b) = self.adder(twos, twos_a, twos_b);
            let (fours, eights) = self.adder(self.fours, fours_a, fours_b);
            (self.ones, self.twos, self.fours) = (ones, twos, fours);
            self.eights += Self::bits(eights);
        }
        let tail = x_tail.iter().zip(y_tail).map(|(&x, &y)| Self::bits(self.simd.and_u64s(x, y))).sum::<u64>();
        let rest = x_rest.iter().zip(y_rest).map(|(x, y)| u64::from((x & y).count_ones())).sum::<u64>();
        self.more += tail + rest;
    }

    #[inline(always)]
    fn bits(vector: S::u64s) -> u64 {
        cast_slice(std::slice::from_ref(&vector)).iter().map(|word: &u64| u64::from(word.count_ones())).sum()
    }

    #[inline(always)]
    fn finish(&self) -> u64 {
        8 * self.eights + 4 * Self::bits(self.fours) + 2 * Self::bits(self.twos) + Self::bits(self.ones) + self.more
    }
}

/// Bits that two sets of one size have in common.
#[must_use]
pub fn overlap(a: &[u64], b: &[u64]) -> usize {
    Level::loops().dispatch(Common(a, b)) as usize
}

/// Bits of a set.
#[must_use]
pub fn count(words: &[u64]) -> usize {
    overlap(words, words)
}

struct Common<'a>(&'a [u64], &'a [u64]);

impl WithSimd for Common<'_> {
    type Output = u64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> u64 {
        let mut counter = Counter::new(simd);
        counter.add(self.0, self.1);
        counter.finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::progress::Monitor;
    use crate::base::seed::Seed;
    use rand::Rng;

    #[test]
    fn every_pair_is_that_of_plain_words() {
        let mut draw = Seed::new(3).rng();
        for (count, words, room) in [(1, 1, 1), (5, 64, 9), (40, 1000, 40), (37, 700, 10)] {
            let mut set = |sparse: bool| -> Vec<u64> {
                let mut word = |at: usize| if sparse && at % 200 > 40 { 0 } else { draw.random::<u64>() };
                (0..words).map(&mut word).collect()
            };
            let plain: Vec<Vec<u64>> = (0..count).map(|at| set(at % 3 > 0)).collect();
            let read = |at: usize| {
                let set = packed(&plain[at]);
                assert_eq!(from_bytes(bytes(&set)).unwrap(), set);
                Ok(set.into())
            };
            let found = triangle(count, room, read, &Monitor::silent().stage("", 1)).unwrap();
            let pairs = (0..count).flat_map(|k| (0..=k).map(move |l| (k, l)));
            for (found, (k, l)) in found.iter().zip(pairs) {
                let wanted: u32 = plain[k].iter().zip(&plain[l]).map(|(a, b)| (a & b).count_ones()).sum();
                assert_eq!((*found, overlap(&plain[k], &plain[l])), (f64::from(wanted), wanted as usize), "{k} {l}");
            }
            assert_eq!(super::count(&plain[0]), count_of(&plain[0]));
        }
    }

    fn count_of(words: &[u64]) -> usize {
        words.iter().map(|word| word.count_ones() as usize).sum()
    }

    #[test]
    fn bytes_that_are_no_set_are_refused() {
        let set = packed(&[1; 65]);
        let good = bytes(&set);
        assert!(from_bytes(&good[..good.len() - 8]).is_none() && from_bytes(&good[1..]).is_none());
        assert!(from_bytes(&[]).is_none() && from_bytes(&[255; 16]).is_none());
    }
}
