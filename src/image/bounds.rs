//! A box of voxels inside an image.

use crate::base::pages::{Pages, Pod};
use rayon::prelude::*;

/// A box of voxels: where it begins and how many voxels it has along i, j, k.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Its first voxel.
    pub low: [usize; 3],
    /// Voxels along i, j, k; none is zero.
    pub shape: [usize; 3],
}

impl Bounds {
    /// The smallest box around the voxels for which `inside` (called with positions in memory order) holds.
    #[must_use]
    pub fn around(shape: [usize; 3], inside: impl Fn(usize) -> bool + Sync) -> Option<Self> {
        let [x, y, z] = shape;
        // Of each row only what lies before the first voxel inside and behind the last is looked at.
        let row = |(j, k): (usize, usize)| {
            let start = x * (j + y * k);
            let first = (0..x).find(|i| inside(start + i))?;
            let last = (first..x).rfind(|i| inside(start + i)).unwrap_or(first);
            Some(([first, j, k], [last + 1, j + 1, k + 1]))
        };
        let both = |(low, high): ([usize; 3], [usize; 3]), (l, h): ([usize; 3], [usize; 3])| {
            (std::array::from_fn(|axis| low[axis].min(l[axis])), std::array::from_fn(|axis| high[axis].max(h[axis])))
        };
        let slice = |k: usize| (0..y).filter_map(|j| row((j, k))).reduce(both);
        let (low, high) = (0..z).into_par_iter().filter_map(slice).reduce_with(both)?;
        Some(Bounds { low, shape: std::array::from_fn(|axis| high[axis] - low[axis]) })
    }

    /// Whether the box lies inside an image of this shape.
    #[must_use]
    pub fn fits(&self, shape: [usize; 3]) -> bool {
        (0..3).all(|axis| self.low[axis] + self.shape[axis] <= shape[axis])
    }

    /// Where, in the memory of an image of `whole` voxels, voxel `n` of the box lies.
    #[must_use]
    pub fn voxel(&self, whole: [usize; 3], n: usize) -> usize {
        let Bounds { low, shape } = *self;
        let (i, j, k) = (n % shape[0], n / shape[0] % shape[1], n / (shape[0] * shape[1]));
        low[0] + i + whole[0] * (low[1] + j + whole[1] * (low[2] + k))
    }

    /// The values inside the box, of an image of `whole` voxels.
    ///
    /// # Panics
    /// If the box does not lie inside the image, or the image has other voxels.
    #[must_use]
    pub fn cut<T: Pod + Send + Sync>(&self, whole: [usize; 3], values: &[T]) -> Pages<T> {
        assert!(self.fits(whole), "a box {:?}+{:?} inside an image of {whole:?} voxels", self.low, self.shape);
        assert_eq!(whole.iter().product::<usize>(), values.len(), "voxels of an image");
        Pages::from_blocks(self.shape.iter().product(), self.shape[0], |first, row| {
            let from = self.voxel(whole, first);
            row.copy_from_slice(&values[from..from + row.len()]);
        })
    }

    /// Positions, in the memory of an image of `whole` voxels, of the voxels of the box in its own memory order.
    ///
    /// # Panics
    /// If the box does not lie inside the image.
    pub fn voxels(&self, whole: [usize; 3]) -> impl Iterator<Item = usize> + use<> {
        assert!(self.fits(whole), "a box {:?}+{:?} inside an image of {whole:?} voxels", self.low, self.shape);
        let Bounds { low, shape } = *self;
        (0..shape[2]).flat_map(move |k| {
            (0..shape[1]).flat_map(move |j| {
                let row = low[0] + whole[0] * (low[1] + j + whole[1] * (low[2] + k));
                row..row + shape[0]
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::image::geometry::Geometry;
    use crate::image::mask::Mask;
    use crate::image::volume::Volume;

    fn volume() -> Volume {
        let grid = Geometry::new([4, 5, 6], [1.0, 2.0, 3.0]);
        let voxels: Vec<f64> = (0..grid.voxels())
            .map(|n| {
                let (i, j, k) = (n % 4, n / 4 % 5, n / 20);
                if (1..3).contains(&i) && j == 2 && k >= 4 { n as f64 } else { 0.0 }
            })
            .collect();
        Volume::new(grid, voxels)
    }

    #[test]
    fn a_crop_keeps_every_voxel_where_it_was_in_the_world() {
        let whole = volume();
        let bounds = whole.bounds().unwrap();
        assert_eq!(bounds, Bounds { low: [1, 2, 4], shape: [2, 1, 2] });
        let part = whole.crop();
        assert_eq!(part.at([1, 0, 1]), whole.at([2, 2, 5]));
        assert_eq!(part.geometry().world([1.0, 0.0, 1.0]), whole.geometry().world([2.0, 2.0, 5.0]));
        assert_eq!(part.sum(), whole.sum());
    }

    #[test]
    fn an_empty_volume_is_its_own_crop() {
        let empty = volume().map(|_| 0.0);
        assert_eq!(empty.crop(), empty);
        assert!(volume().map(|_| f64::NAN).bounds().is_none());
    }

    #[test]
    fn a_cut_mask_is_pasted_back_where_it_was() {
        let whole = volume();
        let mask = Mask::from_fn(whole.geometry().clone(), |n| whole.voxels()[n] > 0.0);
        let bounds = mask.bounds().unwrap();
        let part = mask.cut(&bounds);
        assert_eq!(part.count(), mask.count());
        assert_eq!(part.paste(whole.geometry(), &bounds), mask);
    }
}
