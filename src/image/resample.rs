//! Linear and nearest resize to another number of voxels over the same field of view.
//!
//! Linear resize is METHOD section 2's: anti-aliasing blur, then samples at (o + 0.5) in/out - 0.5, both with borders
//! mirrored about the edge sample (`d c b | a b c d | c b a`), clipped to the input's range. It equals
//! `skimage.transform.resize(order=1, mode="reflect", anti_aliasing=True, clip=True, preserve_range=True)`.

use super::labels::Labels;
use super::mask::Mask;
use super::volume::Volume;
use rayon::prelude::*;

/// A volume of `shape` voxels by linear interpolation after an anti-aliasing blur; the volume itself if the shape is its own.
///
/// Complexity: voxels times the taps of the blur, 2 int(4 sigma + 0.5) + 2 with sigma = max(0, (in/out - 1)/2).
///
/// # Panics
/// If an axis of `shape` is zero.
#[must_use]
pub fn resize(volume: &Volume, shape: [usize; 3]) -> Volume {
    assert!(shape.iter().all(|&n| n > 0), "an image of at least one voxel, not {shape:?}");
    let from = volume.shape();
    if from == shape {
        return volume.clone();
    }
    let [i, j, k]: [Vec<Tap>; 3] = std::array::from_fn(|axis| taps(from[axis], shape[axis]));

    let rows = along(volume.voxels(), 1, from[0], shape[0], &i);
    let planes = along(&rows, shape[0], from[1], shape[1], &j);
    let mut voxels = along(&planes, shape[0] * shape[1], from[2], shape[2], &k);

    let low = volume.voxels().iter().copied().fold(f64::NAN, f64::min);
    let high = volume.voxels().iter().copied().fold(f64::NAN, f64::max);
    if low <= high {
        voxels.iter_mut().for_each(|v| *v = v.clamp(low, high));
    }
    Volume::new(volume.geometry().resized(shape), voxels)
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

/// One output sample along an axis: where its inputs begin, and their weights.
pub(super) struct Tap {
    pub(super) start: usize,
    pub(super) weights: Vec<f64>,
}

/// The weights of blur and interpolation together, from `n` samples to `m`.
fn taps(n: usize, m: usize) -> Vec<Tap> {
    let ratio = n as f64 / m as f64;
    let blur = gaussian(((ratio - 1.0) / 2.0).max(0.0));
    let radius = (blur.len() / 2) as i64;
    (0..m)
        .map(|o| {
            let mut weights = vec![0.0; n];
            let centre = mirrored((o as f64 + 0.5) * ratio - 0.5, n);
            let first = (centre.floor() as usize).min(n - 1);
            let part = centre - first as f64;
            for (at, share) in [(first, 1.0 - part), ((first + 1).min(n - 1), part)] {
                for (step, weight) in blur.iter().enumerate() {
                    weights[mirrored_index(at as i64 + step as i64 - radius, n)] += share * weight;
                }
            }
            let start = weights.iter().position(|&w| w != 0.0).unwrap_or(0);
            let end = weights.iter().rposition(|&w| w != 0.0).map_or(1, |last| last + 1);
            Tap { start, weights: weights[start..end].to_vec() }
        })
        .collect()
}

/// A normalised Gaussian over -radius..=radius with radius = int(4 sigma + 0.5).
fn gaussian(sigma: f64) -> Vec<f64> {
    if sigma <= 1e-15 {
        return vec![1.0];
    }
    let radius = (4.0 * sigma + 0.5) as i64;
    let weights: Vec<f64> = (-radius..=radius).map(|x| (-0.5 / (sigma * sigma) * (x * x) as f64).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / total).collect()
}

/// A position before the first or behind the last sample, mirrored about that sample.
fn mirrored(position: f64, n: usize) -> f64 {
    let last = (n - 1) as f64;
    if position < 0.0 { (-position).min(last) } else { position.min((2.0 * last - position).max(0.0)) }
}

/// The same for whole positions any distance away: the period is 2 (n - 1).
fn mirrored_index(position: i64, n: usize) -> usize {
    if n == 1 {
        return 0;
    }
    let period = 2 * (n as i64 - 1);
    let inside = position.rem_euclid(period);
    inside.min(period - inside) as usize
}

/// Applies the taps along the axis that has `n` samples, `stride` values apart, and gives it `m` samples.
pub(super) fn along(values: &[f64], stride: usize, n: usize, m: usize, taps: &[Tap]) -> Vec<f64> {
    if n == m {
        return values.to_vec();
    }
    let mut out = vec![0.0; values.len() / n * m];
    out.par_chunks_mut(stride * m).zip(values.par_chunks(stride * n)).for_each(|(out, values)| {
        if stride == 1 {
            for (value, tap) in out.iter_mut().zip(taps) {
                *value = tap.weights.iter().zip(&values[tap.start..]).map(|(w, v)| w * v).sum();
            }
            return;
        }
        out.par_chunks_mut(stride).zip(taps).for_each(|(line, tap)| {
            for (weight, from) in tap.weights.iter().zip(values[tap.start * stride..].chunks(stride)) {
                for (value, v) in line.iter_mut().zip(from) {
                    *value += weight * v;
                }
            }
        });
    });
    out
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
