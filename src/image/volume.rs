//! A 3-D image of intensities.

use super::bounds::Bounds;
use super::geometry::Geometry;
use crate::base::pages::Pages;
use std::sync::Arc;

/// A 3-D image: f64 voxels, exact for every NIfTI type but 64-bit integers beyond 2^53. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    geometry: Geometry,
    voxels: Arc<Pages<f64>>,
    dtype: &'static str,
}

impl Volume {
    /// A volume from voxels in memory order (i fastest).
    ///
    /// # Panics
    /// If the number of voxels is not that of the geometry.
    #[must_use]
    pub fn new(geometry: Geometry, voxels: impl Into<Pages<f64>>) -> Self {
        let voxels = voxels.into();
        assert_eq!(geometry.voxels(), voxels.len(), "voxels of the geometry and of the data");
        Volume { geometry, voxels: Arc::new(voxels), dtype: "f64" }
    }

    /// The same volume, remembered as stored in a file as `dtype` (`u8`, `i16`, `f32` ...).
    #[must_use]
    pub fn stored_as(mut self, dtype: &'static str) -> Self {
        self.dtype = dtype;
        self
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

    /// All voxels in memory order (i fastest).
    #[must_use]
    pub fn voxels(&self) -> &[f64] {
        &self.voxels
    }

    /// The type its voxels had in the file.
    #[must_use]
    pub fn dtype(&self) -> &'static str {
        self.dtype
    }

    /// The voxel (i, j, k), if it is inside.
    #[must_use]
    pub fn at(&self, index: [usize; 3]) -> Option<f64> {
        (0..3).all(|axis| index[axis] < self.geometry.shape[axis]).then(|| self.voxels[self.geometry.offset(index)])
    }

    /// A volume on the same grid whose voxels are `f` of these.
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64 + Sync) -> Self {
        let from = self.voxels();
        Volume::new(self.geometry.clone(), Pages::from_fn(from.len(), |n| f(from[n])))
    }

    /// The least finite voxel; NaN if there is none.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.finite().fold(f64::NAN, f64::min)
    }

    /// The greatest finite voxel; NaN if there is none.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.finite().fold(f64::NAN, f64::max)
    }

    /// The sum of the finite voxels, block by block so that rounding does not grow with the size.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.voxels.chunks(1024).map(|block| block.iter().filter(|v| v.is_finite()).sum::<f64>()).sum()
    }

    /// The mean of the finite voxels; NaN if there is none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum() / self.finite().count() as f64
    }

    fn finite(&self) -> impl Iterator<Item = f64> + '_ {
        self.voxels.iter().copied().filter(|v| v.is_finite())
    }

    /// The smallest box around the voxels that are neither zero nor NaN; none if there are no such voxels.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        let voxels = self.voxels();
        Bounds::around(self.shape(), |n| voxels[n] != 0.0 && !voxels[n].is_nan())
    }

    /// The part inside a box.
    ///
    /// # Panics
    /// If the box does not lie inside the volume.
    #[must_use]
    pub fn cut(&self, bounds: &Bounds) -> Self {
        let voxels = bounds.cut(self.shape(), self.voxels());
        Volume::new(self.geometry.cropped(bounds), voxels).stored_as(self.dtype)
    }

    /// Without the empty (zero or NaN) border; the volume itself when everything is empty.
    #[must_use]
    pub fn crop(&self) -> Self {
        self.bounds().map_or_else(|| self.clone(), |bounds| self.cut(&bounds))
    }
}
