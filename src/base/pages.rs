//! Long arrays in large pages.
//!
//! The first touch of each 4 KiB of new memory is a trap into the operating system; for the voxels of a brain these cost
//! more than reading the file. Where the system has pages of 2 MiB, long arrays ask for them.

use memmap2::MmapMut;
use rayon::prelude::*;
use std::fmt;
use std::ops::{Deref, DerefMut};

pub use bytemuck::{Pod, cast_slice, cast_slice_mut};

/// Arrays of fewer bytes stay with the allocator.
const LONG: usize = 4 << 20;

/// Elements that one thread makes at a time.
const BLOCK: usize = 1 << 15;

/// An array of plain numbers whose length does not change; long ones lie in large pages.
pub struct Pages<T>(Held<T>);

enum Held<T> {
    Short(Vec<T>),
    /// As many bytes as elements take, from the operating system itself, and so aligned for any number.
    Long(MmapMut),
}

impl<T: Pod + Send> Pages<T> {
    /// Zeros. No page is touched yet.
    #[must_use]
    pub fn zeros(length: usize) -> Self {
        let long = length.checked_mul(size_of::<T>()).filter(|&bytes| bytes >= LONG);
        // Where the system refuses, the allocator has the last word.
        if let Some(pages) = long.and_then(|bytes| MmapMut::map_anon(bytes).ok()) {
            #[cfg(target_os = "linux")]
            let _ = pages.advise(memmap2::Advice::HugePage);
            return Pages(Held::Long(pages));
        }
        Pages(Held::Short(vec![T::zeroed(); length]))
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

impl<T: Pod> Deref for Pages<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Held::Short(elements) => elements,
            Held::Long(bytes) => cast_slice(bytes),
        }
    }
}

impl<T: Pod> DerefMut for Pages<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Held::Short(elements) => elements,
            Held::Long(bytes) => cast_slice_mut(bytes),
        }
    }
}

impl<T> From<Vec<T>> for Pages<T> {
    fn from(elements: Vec<T>) -> Self {
        Pages(Held::Short(elements))
    }
}

impl<T: Pod + PartialEq> PartialEq for Pages<T> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self[..].fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_arrays_hold_the_same() {
        for length in [0, 1, 1000, LONG / 8 - 1, LONG / 8, LONG / 8 + 4097] {
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
