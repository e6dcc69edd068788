//! Long arrays that are made in parallel, block by block.
//!
//! Their memory comes from [`super::heap`], in large pages where they are long; who first writes to a page has the cost of it, so
//! that it is shared between threads.

use rayon::prelude::*;
use std::ops::{Deref, DerefMut};

pub use bytemuck::{Pod, cast_slice, cast_slice_mut};

/// Elements that one thread makes at a time.
const BLOCK: usize = 1 << 15;

/// An array of plain numbers whose length does not change.
#[derive(Debug, PartialEq)]
pub struct Pages<T>(Vec<T>);

impl<T: Pod + Send> Pages<T> {
    /// Zeros. No page is touched yet.
    #[must_use]
    pub fn zeros(length: usize) -> Self {
        Pages(bytemuck::zeroed_vec(length))
    }

    /// An array whose element `n` is `element(n)`, made in parallel.
    #[must_use]
    pub fn from_fn(length: usize, element: impl Fn(usize) -> T + Sync) -> Self {
        Pages::from_blocks(length, BLOCK, |first, block| {
            for (n, place) in block.iter_mut().enumerate() {
                *place = element(first + n);
            }
        })
    }

    /// An array made block by block in parallel: `fill` is given the number of a block's first element and the block's
    /// elements, which are zero, `block` of them but for the last.
    ///
    /// # Panics
    /// If `block` is zero.
    #[must_use]
    pub fn from_blocks(length: usize, block: usize, fill: impl Fn(usize, &mut [T]) + Sync) -> Self {
        let mut pages = Pages::zeros(length);
        pages.par_chunks_mut(block).enumerate().for_each(|(n, elements)| fill(n * block, elements));
        pages
    }
}

impl<T> Deref for Pages<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for Pages<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T> From<Vec<T>> for Pages<T> {
    fn from(elements: Vec<T>) -> Self {
        Pages(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_arrays_hold_the_same() {
        for length in [0, 1, 1000, 100_000, 1_000_000] {
            let zeros = Pages::<f64>::zeros(length);
            assert_eq!((zeros.len(), zeros.iter().all(|v| v.to_bits() == 0)), (length, true));
            let counted = Pages::<u64>::from_fn(length, |n| n as u64 + 1);
            assert!(counted.iter().enumerate().all(|(n, &v)| v == n as u64 + 1));
            assert_eq!(counted, Pages::from(counted.to_vec()));
            let mut other = Pages::from_fn(length, |n| n as u64 + 1);
            assert_eq!(counted, other);
            if let Some(last) = other.last_mut() {
                *last = 0;
                assert_ne!(counted, other);
            }
        }
    }

    #[test]
    fn blocks_come_with_the_number_of_their_first_element() {
        let pages = Pages::from_blocks(10, 4, |first, block| block.fill(first as u16));
        assert_eq!(pages[..], [0, 0, 0, 0, 4, 4, 4, 4, 8, 8]);
    }
}
