//! Linear and nearest resize to another number of voxels over the same field of view.
//!
//! Linear resize is METHOD section 2's: anti-aliasing blur, then samples at (o + 0.5) in/out - 0.5, both with borders
//! mirrored about the edge sample (`d c b | a b c d | c b a`), clipped to the input's range. It equals
//! `skimage.transform.resize(order=1, mode="reflect", anti_aliasing=True, clip=True, preserve_range=True)`.

use super::labels::Labels;
use super::mask::Mask;
use super::resizer::Resizer;
use super::volume::Volume;

/// A volume of `shape` voxels by linear interpolation after an anti-aliasing blur; the volume itself if the shape is its own.
///
/// Complexity: that of a [`Resizer`].
///
/// # Panics
/// If an axis of `shape` is zero.
#[must_use]
pub fn resize(volume: &Volume, shape: [usize; 3]) -> Volume {
    if volume.shape() == shape {
        return volume.clone();
    }
    let mut resizer = Resizer::new(volume.geometry(), shape);
    for plane in volume.voxels().chunks(volume.shape()[0] * volume.shape()[1]) {
        resizer.push(plane);
    }
    resizer.finish()
}

/// A mask of `shape` voxels by nearest neighbour: voxel floor(c + 0.5) at c = (o + 0.5) in/out - 0.5, no blur.
///
/// # Panics
/// If an axis of `shape` is zero.
#[must_use]
pub fn mask_nearest(mask: &Mask, shape: [usize; 3]) -> Mask {
    let from = nearest(mask.shape(), shape);
    Mask::from_fn(mask.geometry().resized(shape), |n| mask.get(from(n)))
}

/// Labels of `shape` voxels by nearest neighbour, as [`mask_nearest`].
///
/// # Panics
/// If an axis of `shape` is zero.
#[must_use]
pub fn resize_labels_nearest(labels: &Labels, shape: [usize; 3]) -> Labels {
    let from = nearest(labels.shape(), shape);
    let geometry = labels.geometry().resized(shape);
    let old = labels.values();
    let values: Vec<u16> = (0..geometry.voxels()).map(|n| old[from(n)]).collect();
    Labels::new(geometry, values)
}

/// Where, in an image of `from` voxels, voxel n of its nearest resize to `to` voxels lies.
fn nearest(from: [usize; 3], to: [usize; 3]) -> impl Fn(usize) -> usize {
    assert!(to.iter().all(|&n| n > 0), "an image of at least one voxel, not {to:?}");
    // Ties are decided by rounding, so the sum is written in the very order of scipy.ndimage.
    let tables: [Vec<usize>; 3] = std::array::from_fn(|axis| {
        let ratio = from[axis] as f64 / to[axis] as f64;
        (0..to[axis]).map(|o| ((((o as f64 + 0.5) * ratio - 0.5) + 0.5).floor() as usize).min(from[axis] - 1)).collect()
    });
    move |n| {
        let (i, j, k) = (n % to[0], n / to[0] % to[1], n / (to[0] * to[1]));
        tables[0][i] + from[0] * (tables[1][j] + from[1] * tables[2][k])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::geometry::Geometry;

    fn ramp(shape: [usize; 3]) -> Volume {
        let grid = Geometry::new(shape, [1.0, 1.5, 2.0]);
        let voxels: Vec<f64> = (0..grid.voxels()).map(|n| (n * 7919 % 1009) as f64 - 300.0).collect();
        Volume::new(grid, voxels)
    }

    #[test]
    fn the_same_shape_is_the_same_volume() {
        let volume = ramp([5, 6, 7]);
        assert_eq!(resize(&volume, [5, 6, 7]), volume);
    }

    #[test]
    fn a_constant_stays_constant_and_the_range_is_kept() {
        let volume = ramp([9, 4, 1]);
        let flat = resize(&volume.map(|_| 3.5), [2, 11, 5]);
        assert!(flat.voxels().iter().all(|v| (v - 3.5).abs() < 1e-12));
        let out = resize(&volume, [4, 9, 2]);
        assert!(out.min() >= volume.min() && out.max() <= volume.max());
    }

    #[test]
    fn the_field_of_view_stays() {
        let grid = Geometry::new([8, 8, 8], [1.0; 3]).resized([4, 16, 8]);
        assert_eq!(grid.spacing, [2.0, 0.5, 1.0]);
        assert_eq!(grid.world([-0.5; 3]), [-0.5; 3]);
        assert_eq!(grid.world([3.5, 15.5, 7.5]), [7.5; 3]);
    }

    #[test]
    fn nearest_takes_every_second_voxel() {
        let labels = Labels::new(Geometry::new([6, 1, 1], [1.0; 3]), vec![0, 1, 2, 3, 4, 5]);
        assert_eq!(resize_labels_nearest(&labels, [3, 1, 1]).values(), &[1, 3, 5]);
        assert_eq!(resize_labels_nearest(&labels, [12, 1, 1]).values(), &[0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        let mask = labels.mask(&[1, 5]);
        assert_eq!(mask_nearest(&mask, [3, 2, 1]).count(), 4);
    }
}
