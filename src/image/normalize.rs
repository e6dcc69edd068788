//! Intensities made comparable: z-score and min-max over the non-zero voxels.
//!
//! Zero is "no image here" in skull-stripped MRI: zero (and non-finite) voxels become 0 and take no part in the
//! statistics.

use super::planes::{Planes, each};
use super::volume::Volume;
use crate::base::pages::Pages;
use pulp::Arch;

/// Values summed on their own before they join the rest, so that rounding does not grow with the number of voxels.
const BLOCK: usize = 1024;

/// What is done to the voxels that are neither zero nor strange; those become 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scaling {
    /// (v - mean) * scale.
    Zscore {
        /// The mean of the voxels.
        mean: f64,
        /// One over their standard deviation; 0 for a constant image.
        scale: f64,
    },
    /// (v - low) / width.
    Minmax {
        /// The least voxel.
        low: f64,
        /// The greatest less the least.
        width: f64,
    },
    /// 1.
    Constant,
}

impl Scaling {
    /// To mean 0 and standard deviation 1 (population); a constant image becomes 0.
    #[must_use]
    pub fn zscore(image: &dyn Planes) -> Self {
        let (total, count) = sum(image, |v| v);
        let mean = total / count;
        let variance = sum(image, |v| (v - mean) * (v - mean)).0 / count;
        Scaling::Zscore { mean, scale: if variance > 0.0 { 1.0 / variance.sqrt() } else { 0.0 } }
    }

    /// To [0, 1] by the least and greatest value; where both are equal, to 1.
    #[must_use]
    pub fn minmax(image: &dyn Planes) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
        let arch = Arch::new();
        let mut widen = |lane: usize, v: f64| {
            let (inside, v) = (is_inside(v), v);
            low[lane] = if inside & (v < low[lane]) { v } else { low[lane] };
            high[lane] = if inside & (v > high[lane]) { v } else { high[lane] };
        };
        each(image, |plane| {
            arch.dispatch(|| {
                let (chunks, rest) = plane.as_chunks::<8>();
                chunks.iter().for_each(|chunk| (0..8).for_each(|lane| widen(lane, chunk[lane])));
                rest.iter().for_each(|&v| widen(0, v));
            });
        });
        let low = low.into_iter().fold(f64::INFINITY, f64::min);
        let high = high.into_iter().fold(f64::NEG_INFINITY, f64::max);
        if high > low { Scaling::Minmax { low, width: high - low } } else { Scaling::Constant }
    }

    /// Writes the scaled voxels.
    pub fn apply(self, voxels: &[f64], out: &mut [f64]) {
        let pairs = out.iter_mut().zip(voxels);
        let keep = |v: f64, scaled: f64| if is_inside(v) { scaled } else { 0.0 };
        Arch::new().dispatch(|| match self {
            Scaling::Zscore { mean, scale } => pairs.for_each(|(out, &v)| *out = keep(v, (v - mean) * scale)),
            Scaling::Minmax { low, width } => pairs.for_each(|(out, &v)| *out = keep(v, (v - low) / width)),
            Scaling::Constant => pairs.for_each(|(out, &v)| *out = keep(v, 1.0)),
        });
    }

    fn of(self, volume: &Volume) -> Volume {
        let from = volume.voxels();
        let scaled = Pages::from_blocks(from.len(), 1 << 15, |first, block| {
            self.apply(&from[first..first + block.len()], block);
        });
        Volume::new(volume.geometry().clone(), scaled)
    }
}

/// Non-zero voxels shifted to mean 0 and scaled to standard deviation 1 (population); a constant image becomes 0.
#[must_use]
pub fn zscore(volume: &Volume) -> Volume {
    Scaling::zscore(volume).of(volume)
}

/// Non-zero voxels moved to [0, 1] by their least and greatest value; where both are equal, they become 1.
#[must_use]
pub fn minmax(volume: &Volume) -> Volume {
    Scaling::minmax(volume).of(volume)
}

#[inline(always)]
fn is_inside(value: f64) -> bool {
    (value != 0.0) & (value.abs() < f64::INFINITY)
}

/// The sum of `value` over the voxels inside, and their number.
fn sum(image: &dyn Planes, value: impl Fn(f64) -> f64) -> (f64, f64) {
    let (mut total, mut count) = (0.0, 0.0);
    let arch = Arch::new();
    each(image, |plane| {
        for block in plane.chunks(BLOCK) {
            let (sum, inside) = arch.dispatch(|| {
                let (mut sums, mut inside) = ([0.0; 8], [0.0; 8]);
                let mut add = |lane: usize, v: f64| {
                    let there = is_inside(v);
                    sums[lane] += if there { value(v) } else { 0.0 };
                    inside[lane] += if there { 1.0 } else { 0.0 };
                };
                let (chunks, rest) = block.as_chunks::<8>();
                chunks.iter().for_each(|chunk| (0..8).for_each(|lane| add(lane, chunk[lane])));
                rest.iter().for_each(|&v| add(0, v));
                (sums.iter().sum::<f64>(), inside.iter().sum::<f64>())
            });
            total += sum;
            count += inside;
        }
    });
    (total, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::geometry::Geometry;

    fn volume(voxels: &[f64]) -> Volume {
        Volume::new(Geometry::new([voxels.len(), 1, 1], [1.0; 3]), voxels.to_vec())
    }

    #[test]
    fn statistics_are_those_of_the_non_zero_voxels() {
        let scored = zscore(&volume(&[0.0, 2.0, 4.0, f64::NAN]));
        assert_eq!(scored.voxels(), &[0.0, -1.0, 1.0, 0.0]);
        let scaled = minmax(&volume(&[0.0, -2.0, 2.0, 4.0]));
        assert_eq!(scaled.voxels(), &[0.0, 0.0, 4.0 / 6.0, 1.0]);
    }

    #[test]
    fn constant_and_empty_images_stay_finite() {
        assert_eq!(zscore(&volume(&[0.0, 3.0, 3.0])).voxels(), &[0.0; 3]);
        assert_eq!(minmax(&volume(&[0.0, 3.0, 3.0])).voxels(), &[0.0, 1.0, 1.0]);
        assert_eq!(zscore(&volume(&[0.0, 0.0])).voxels(), &[0.0; 2]);
        assert_eq!(minmax(&volume(&[0.0, f64::INFINITY])).voxels(), &[0.0; 2]);
    }
}
