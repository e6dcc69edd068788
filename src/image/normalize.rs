//! Intensities made comparable: z-score and min-max over the non-zero voxels.
//!
//! Zero is "no image here" in skull-stripped MRI: zero (and non-finite) voxels become 0 and take no part in the
//! statistics.

use super::planes::{Planes, each};
use super::volume::Volume;
use crate::base::lanes::{Sum, fours};
use crate::base::level::Level;
use crate::base::pages::Pages;
use pulp::{Simd, WithSimd};

/// Voxels that are looked at together for whether there is anything.
const RUN: usize = 64;

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
    ///
    /// In one pass: sums are taken around a value near the mean, the mean of the middle plane, so that rounding sees the
    /// spread of the voxels and not their size.
    #[must_use]
    pub fn zscore(image: &dyn Planes) -> Self {
        let middle = image.geometry().shape[2] / 2;
        let pilot = Sums::of(image.plane(middle, &mut Vec::new()), 0.0);
        let near = if pilot.count > 0.0 { pilot.first / pilot.count } else { 0.0 };
        let mut all = Sums::default();
        each(image, |plane| all = all.and(&Sums::of(plane, near)));
        let shift = all.first / all.count;
        let variance = all.second / all.count - shift * shift;
        // Rounding makes no variance of a constant image.
        let scale = match all.high > all.low {
            // Squares without room in a float: there is no standard deviation to go by.
            true if !variance.is_finite() => f64::NAN,
            true if variance > 0.0 => 1.0 / variance.sqrt(),
            _ => 0.0,
        };
        Scaling::Zscore { mean: if all.high > all.low { near + shift } else { all.low }, scale }
    }

    /// To [0, 1] by the least and greatest value; where both are equal, to 1.
    #[must_use]
    pub fn minmax(image: &dyn Planes) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        each(image, |plane| {
            let (least, most) = Level::loops().dispatch(Range(plane));
            (low, high) = (low.min(least), high.max(most));
        });
        if high > low { Scaling::Minmax { low, width: high - low } } else { Scaling::Constant }
    }

    /// Writes the scaled voxels.
    pub fn apply(self, voxels: &[f64], out: &mut [f64]) {
        let keep = |v: f64, scaled: f64| if is_inside(v) { scaled } else { 0.0 };
        Level::loops().dispatch(|| {
            for (out, voxels) in out.chunks_mut(RUN).zip(voxels.chunks(RUN)) {
                if is_empty(voxels) {
                    out.fill(0.0);
                    continue;
                }
                let pairs = out.iter_mut().zip(voxels);
                match self {
                    Scaling::Zscore { mean, scale } => pairs.for_each(|(out, &v)| *out = keep(v, (v - mean) * scale)),
                    Scaling::Minmax { low, width } => pairs.for_each(|(out, &v)| *out = keep(v, (v - low) / width)),
                    Scaling::Constant => pairs.for_each(|(out, &v)| *out = keep(v, 1.0)),
                }
            }
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

/// Whether all voxels are zero: in most of a head's image there is no head.
#[inline(always)]
fn is_empty(voxels: &[f64]) -> bool {
    voxels.iter().fold(0, |bits, v| bits | v.to_bits() << 1) == 0
}

/// The least and the greatest voxel inside.
struct Range<'a>(&'a [f64]);

impl WithSimd for Range<'_> {
    type Output = (f64, f64);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (f64, f64) {
        let splat = |v: f64| simd.splat_f64s(v);
        let (zero, infinity, least) = (splat(0.0), splat(f64::INFINITY), splat(f64::NEG_INFINITY));
        let (mut low, mut high) = (infinity, least);
        let mut rest = (f64::INFINITY, f64::NEG_INFINITY);
        for run in self.0.chunks(RUN).filter(|run| !is_empty(run)) {
            let (voxels, single) = S::as_simd_f64s(run);
            for &v in voxels {
                let size = simd.abs_f64s(v);
                let there = simd.and_m64s(simd.less_than_f64s(zero, size), simd.less_than_f64s(size, infinity));
                low = simd.min_f64s(low, simd.select_f64s(there, v, infinity));
                high = simd.max_f64s(high, simd.select_f64s(there, v, least));
            }
            for &v in single.iter().filter(|&&v| is_inside(v)) {
                rest = (rest.0.min(v), rest.1.max(v));
            }
        }
        (simd.reduce_min_f64s(low).min(rest.0), simd.reduce_max_f64s(high).max(rest.1))
    }
}

#[inline(always)]
fn is_inside(value: f64) -> bool {
    (value != 0.0) & (value.abs() < f64::INFINITY)
}

/// Sums over the voxels inside, and their range.
#[derive(Clone, Copy)]
struct Sums {
    count: f64,
    /// Of the differences to a value.
    first: f64,
    /// Of their squares.
    second: f64,
    low: f64,
    high: f64,
}

impl Default for Sums {
    fn default() -> Self {
        Sums { count: 0.0, first: 0.0, second: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

impl Sums {
    /// Over some voxels, around `near`.
    fn of(voxels: &[f64], near: f64) -> Self {
        let arch = Level::loops();
        voxels.chunks(BLOCK).fold(Sums::default(), |all, block| all.and(&arch.dispatch(Block { voxels: block, near })))
    }

    /// Both together.
    fn and(self, other: &Sums) -> Self {
        Sums {
            count: self.count + other.count,
            first: self.first + other.first,
            second: self.second + other.second,
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }
}

/// Some voxels whose [`Sums`] are wanted.
struct Block<'a> {
    voxels: &'a [f64],
    near: f64,
}

impl WithSimd for Block<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sums {
        let splat = |v: f64| simd.splat_f64s(v);
        let (zero, one, near) = (splat(0.0), splat(1.0), splat(self.near));
        let (infinity, least) = (splat(f64::INFINITY), splat(f64::NEG_INFINITY));
        let (mut count, mut first, mut second) = (Sum::<S>::zero(simd), Sum::<S>::zero(simd), Sum::<S>::zero(simd));
        let (mut low, mut high) = (infinity, least);
        let (runs, _) = self.voxels.as_chunks::<RUN>();
        let rest = &self.voxels[runs.len() * RUN..];
        for run in runs.iter().filter(|run| !is_empty(&run[..])) {
            for four in fours::<S>(run).0.chunks_exact(Sum::<S>::VECTORS) {
                let there = |v: S::f64s| {
                    let size = simd.abs_f64s(v);
                    simd.and_m64s(simd.less_than_f64s(zero, size), simd.less_than_f64s(size, infinity))
                };
                // What is outside takes part as a value that changes nothing.
                let difference = |v: S::f64s| simd.select_f64s(there(v), simd.sub_f64s(v, near), zero);
                count.add(simd, |at| simd.select_f64s(there(four[at]), one, zero));
                first.add(simd, |at| difference(four[at]));
                second.add(simd, |at| simd.mul_f64s(difference(four[at]), difference(four[at])));
                for &v in four {
                    low = simd.min_f64s(low, simd.select_f64s(there(v), v, infinity));
                    high = simd.max_f64s(high, simd.select_f64s(there(v), v, least));
                }
            }
        }
        let mut sums = Sums {
            count: count.total(),
            first: first.total(),
            second: second.total(),
            low: simd.reduce_min_f64s(low),
            high: simd.reduce_max_f64s(high),
        };
        for &v in rest.iter().filter(|&&v| is_inside(v)) {
            let difference = v - self.near;
            sums = sums.and(&Sums { count: 1.0, first: difference, second: difference * difference, low: v, high: v });
        }
        sums
    }
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
