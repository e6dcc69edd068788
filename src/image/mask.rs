//! A binary image, one bit a voxel.

use super::bounds::Bounds;
use super::geometry::Geometry;
use crate::numeric::overlap;
use rayon::prelude::*;
use std::sync::Arc;

/// Words that a thread makes at least: below that, starting it takes longer.
const AT_LEAST: usize = 512;

/// A binary 3-D image; bits in memory order (i fastest), padding bits of the last word are zero. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    geometry: Geometry,
    words: Arc<[u64]>,
}

impl Mask {
    /// A mask whose voxel `n` (memory order) is `inside(n)`; large ones are made in parallel.
    #[must_use]
    pub fn from_fn(geometry: Geometry, inside: impl Fn(usize) -> bool + Send + Sync) -> Self {
        let voxels = geometry.voxels();
        Mask::from_words(geometry, |word| {
            let first = word * 64;
            (first..voxels.min(first + 64)).fold(0, |bits, n| bits | (u64::from(inside(n)) << (n - first)))
        })
    }

    /// A mask whose word `n`, of the voxels 64 n and so on, the first in the lowest bit, is `word(n)`.
    pub(super) fn from_words(geometry: Geometry, word: impl Fn(usize) -> u64 + Send + Sync) -> Self {
        let count = geometry.voxels().div_ceil(64);
        let words: Vec<u64> = (0..count).into_par_iter().with_min_len(AT_LEAST).map(word).collect();
        Mask { geometry, words: words.into() }
    }

    /// Where its voxels lie.
    #[must_use]
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// Voxels along i, j, k.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        self.geometry.shape
    }

    /// Whether voxel `n` in memory order is inside.
    #[must_use]
    pub fn get(&self, n: usize) -> bool {
        self.words[n / 64] >> (n % 64) & 1 == 1
    }

    /// Its bits, the first voxel in the lowest bit of the first word.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Number of voxels inside.
    #[must_use]
    pub fn count(&self) -> usize {
        overlap::count(&self.words)
    }

    /// Number of voxels inside both masks.
    ///
    /// # Panics
    /// If the shapes differ.
    #[must_use]
    pub fn overlap(&self, other: &Mask) -> usize {
        assert_eq!(self.shape(), other.shape(), "shapes of two masks");
        overlap::overlap(&self.words, &other.words)
    }

    /// The voxels of this mask that are not in the other.
    ///
    /// # Panics
    /// If the shapes differ.
    #[must_use]
    pub fn without(&self, other: &Mask) -> Self {
        assert_eq!(self.shape(), other.shape(), "shapes of two masks");
        let words = self.words.iter().zip(other.words.iter()).map(|(a, b)| a & !b).collect();
        Mask { geometry: self.geometry.clone(), words }
    }

    /// The part inside a box.
    ///
    /// # Panics
    /// If the box does not lie inside the mask.
    #[must_use]
    pub fn cut(&self, bounds: &Bounds) -> Self {
        let whole = self.shape();
        assert!(bounds.fits(whole), "a box {:?}+{:?} inside a mask of {whole:?} voxels", bounds.low, bounds.shape);
        Mask::from_fn(self.geometry.cropped(bounds), |n| self.get(bounds.voxel(whole, n)))
    }

    /// The other way round: this mask as the part inside `bounds` of an otherwise empty mask on the grid `whole`,
    /// so that a mask predicted on a cropped image fits the image it was cropped from.
    ///
    /// # Panics
    /// If the mask's shape is not that of the box, or the box does not lie inside the grid.
    #[must_use]
    pub fn paste(&self, whole: &Geometry, bounds: &Bounds) -> Self {
        assert_eq!(self.shape(), bounds.shape, "shapes of the mask and of its place");
        let mut words = vec![0_u64; whole.voxels().div_ceil(64)];
        for (n, to) in bounds.voxels(whole.shape).enumerate() {
            words[to / 64] |= u64::from(self.get(n)) << (to % 64);
        }
        Mask { geometry: whole.clone(), words: words.into() }
    }

    /// The smallest box around the voxels inside; none for an empty mask.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        Bounds::around(self.shape(), |n| self.get(n))
    }
}
