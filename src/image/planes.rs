//! An image that need not be in memory as numbers: its planes are asked for one by one.

use super::geometry::Geometry;
use super::volume::Volume;

/// A 3-D image by planes across its third axis, as often as one likes.
pub trait Planes: Send + Sync {
    /// Where its voxels lie.
    fn geometry(&self) -> &Geometry;

    /// The voxels of plane `k`, the first axis fastest; `held` may be used to keep them in.
    ///
    /// # Panics
    /// If there is no such plane.
    fn plane<'a>(&'a self, k: usize, held: &'a mut Vec<f64>) -> &'a [f64];

    /// The image, where it is in memory as numbers already.
    fn whole(&self) -> Option<&Volume> {
        None
    }
}

impl Planes for Volume {
    fn geometry(&self) -> &Geometry {
        self.geometry()
    }

    fn plane<'a>(&'a self, k: usize, _: &'a mut Vec<f64>) -> &'a [f64] {
        let [x, y, _] = self.shape();
        &self.voxels()[k * x * y..(k + 1) * x * y]
    }

    fn whole(&self) -> Option<&Volume> {
        Some(self)
    }
}

/// Every plane in order.
pub fn each(planes: &dyn Planes, mut visit: impl FnMut(&[f64])) {
    let mut held = Vec::new();
    for k in 0..planes.geometry().shape[2] {
        visit(planes.plane(k, &mut held));
    }
}
