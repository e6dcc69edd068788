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
        for &value in self.values.iter() {
            *counts.entry(value).or_insert(0) += 1;
        }
        counts
    }

    /// The voxels that hold one of `values`.
    #[must_use]
    pub fn mask(&self, values: &[u16]) -> Mask {
        let own = self.values();
        Mask::from_fn(self.geometry.clone(), |n| values.contains(&own[n]))
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
        let whole = self.values();
        let values: Vec<u16> = bounds.voxels(self.shape()).map(|n| whole[n]).collect();
        Labels::new(self.geometry.cropped(bounds), values)
    }
}
