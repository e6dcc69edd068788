//! A binary image, one bit a voxel.

use super::geometry::Geometry;
use std::sync::Arc;

/// A binary 3-D image; bits in memory order (i fastest), padding bits of the last word are zero. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    geometry: Geometry,
    words: Arc<[u64]>,
}

impl Mask {
    /// A mask whose voxel `n` (memory order) is `inside(n)`.
    #[must_use]
    pub fn from_fn(geometry: Geometry, inside: impl Fn(usize) -> bool) -> Self {
        let voxels = geometry.voxels();
        let words = (0..voxels.div_ceil(64))
            .map(|word| {
                let first = word * 64;
                (first..voxels.min(first + 64)).fold(0, |bits, n| bits | (u64::from(inside(n)) << (n - first)))
            })
            .collect();
        Mask { geometry, words }
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

    /// Number of voxels inside.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Number of voxels inside both masks.
    ///
    /// # Panics
    /// If the shapes differ.
    #[must_use]
    pub fn overlap(&self, other: &Mask) -> usize {
        assert_eq!(self.shape(), other.shape(), "shapes of two masks");
        self.words.iter().zip(other.words.iter()).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }
}
