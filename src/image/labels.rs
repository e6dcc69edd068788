//! A 3-D image of label values.

use super::bounds::Bounds;
use super::geometry::Geometry;
use super::mask::Mask;
use crate::base::pages::Pages;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A 3-D image of whole, non-negative label values; 0 is background. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    geometry: Geometry,
    values: Arc<Pages<u16>>,
}

impl Labels {
    /// Labels from values in memory order (i fastest).
    ///
    /// # Panics
    /// If the number of values is not that of the geometry.
    #[must_use]
    pub fn new(geometry: Geometry, values: impl Into<Pages<u16>>) -> Self {
        let values = values.into();
        assert_eq!(geometry.voxels(), values.len(), "voxels of the geometry and of the labels");
        Labels { geometry, values: Arc::new(values) }
    }

    /// Where its voxels lie.
    #[must_use]
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// All values in memory order.
    #[must_use]
    pub fn values(&self) -> &[u16] {
        &self.values
    }

    /// How many voxels hold each value.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<u16, usize> {
        let mut counts = BTreeMap::new();
        // Labels come in long runs.
        for run in self.values().chunk_by(|a, b| a == b) {
            *counts.entry(run[0]).or_insert(0) += run.len();
        }
        counts
    }

    /// The voxels that hold one of `values`.
    #[must_use]
    pub fn mask(&self, values: &[u16]) -> Mask {
        let mut wanted = vec![false; 1 << 16];
        values.iter().for_each(|&value| wanted[usize::from(value)] = true);
        let own = self.values();
        Mask::from_words(self.geometry.clone(), |word| {
            let part = &own[64 * word..own.len().min(64 * word + 64)];
            // Most words are of one label.
            let first = part[0];
            if part.iter().fold(0, |differ, v| differ | (v ^ first)) == 0 {
                return if wanted[usize::from(first)] { u64::MAX >> (64 - part.len()) } else { 0 };
            }
            part.iter().rev().fold(0, |bits, &v| bits << 1 | u64::from(wanted[usize::from(v)]))
        })
    }

    /// Voxels along i, j, k.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        self.geometry.shape
    }

    /// The part inside a box.
    ///
    /// # Panics
    /// If the box does not lie inside the labels.
    #[must_use]
    pub fn cut(&self, bounds: &Bounds) -> Self {
        let values = bounds.cut(self.shape(), self.values());
        Labels::new(self.geometry.cropped(bounds), values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_has_the_voxels_of_its_labels() {
        for voxels in [1, 63, 64, 65, 1000, 70_001] {
            let grid = Geometry::new([voxels, 1, 1], [1.0; 3]);
            let label = |n: usize| if n / 64 % 3 == 1 { 2 } else { [0, 1, 4, 65535][n * 7 % 11 % 4] };
            let labels = Labels::new(grid, (0..voxels).map(label).collect::<Vec<u16>>());
            for wanted in [&[1][..], &[2], &[0, 65535], &[4, 1, 4], &[9], &[]] {
                let mask = labels.mask(wanted);
                assert!((0..voxels).all(|n| mask.get(n) == wanted.contains(&label(n))), "{voxels} {wanted:?}");
                assert_eq!(mask.count(), (0..voxels).filter(|&n| wanted.contains(&label(n))).count());
            }
            let counts = labels.counts();
            assert_eq!(counts.values().sum::<usize>(), voxels);
            assert!(counts.iter().all(|(value, n)| labels.mask(&[*value]).count() == *n));
        }
    }
}
