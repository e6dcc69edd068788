//! Images brought to a spacing, as nnU-Net v2 does it.
//!
//! Axis by axis round(old spacing / new spacing * voxels) voxels over the same field of view, without a blur. Volumes: a
//! cubic B-spline through the voxels (or linear), clipped to the range of the input; it equals
//! `skimage.transform.resize(order=3, mode="edge", anti_aliasing=False, clip=True)`. Labels: nearest, or each label's own
//! 0-1 image resized linearly and taken where it reaches 0.5. Where one axis is much coarser than the others, the slices
//! across it are resized one by one, and between slices the nearest is taken.
//!
//! Source: Isensee et al., nnU-Net, Nature Methods 2021, and its reference implementation, version 2.

use super::geometry::Geometry;
use super::labels::Labels;
use super::resample::resize_labels_nearest;
use super::taps::{Tap, along};
use super::volume::Volume;
use crate::base::error::{Error, Result};
use crate::base::math::powi;
use rayon::prelude::*;

/// How intensities between voxels are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// On straight lines.
    Linear,
    /// On a cubic B-spline through the voxels.
    #[default]
    Cubic,
}

/// How labels between voxels are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelOrder {
    /// The nearest voxel's.
    Nearest,
    /// Each label's share of the voxels around, interpolated linearly, is at least a half.
    #[default]
    Linear,
}

/// Whether slices across a coarse axis are resized one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Separate {
    /// If the coarsest spacing, now or then, is more than 3 times the finest.
    #[default]
    Auto,
    /// Across the axis that is coarsest now.
    On,
    /// Never.
    Off,
}

/// How [`to_spacing`] works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpacingParams {
    /// Between voxels.
    pub order: Order,
    /// Between slices.
    pub separate: Separate,
}

/// How [`labels_to_spacing`] works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LabelSpacingParams {
    /// Between voxels.
    pub order: LabelOrder,
    /// Between slices.
    pub separate: Separate,
}

/// More voxels than this are taken for a mistake in the spacing.
const MOST: f64 = (1_u64 << 31) as f64;

/// A spacing counts as anisotropic if its greatest length is more than this many times its least.
const ANISOTROPIC: f64 = 3.0;

/// The weight of a cubic's taps below which they are left out, 1e-15 of the greatest: as much as rounding loses.
const NEGLIGIBLE: f64 = 1e-15;

/// A volume with voxels of (nearly) `spacing` mm: whole voxels over the same field of view. The volume itself if it has
/// as many voxels already.
///
/// # Errors
/// When a spacing is not above 0, or so small that there would be more than 2^31 voxels.
pub fn to_spacing(volume: &Volume, spacing: [f64; 3], params: SpacingParams) -> Result<Volume> {
    let to = shape(volume.geometry(), spacing)?;
    Ok(if volume.shape() == to { volume.clone() } else { resized(volume, to, spacing, params) })
}

fn resized(volume: &Volume, to: [usize; 3], spacing: [f64; 3], params: SpacingParams) -> Volume {
    let from = volume.shape();
    let coarse = coarse_axis(volume.geometry().spacing, spacing, params.separate);
    let taps = |n, m| if params.order == Order::Cubic { cubic(n, m) } else { linear(n, m) };
    let mut values = axes(volume.voxels(), from, to, coarse, taps);
    clip(&mut values, to, volume.voxels(), from, coarse);
    Volume::new(volume.geometry().resized(to), values)
}

/// A volume of `shape` voxels over the same field of view, by the same rules.
///
/// # Panics
/// If an axis of `shape` is zero.
#[must_use]
pub fn to_shape(volume: &Volume, shape: [usize; 3], params: SpacingParams) -> Volume {
    assert!(shape.iter().all(|&n| n > 0), "an image of at least one voxel, not {shape:?}");
    if volume.shape() == shape {
        return volume.clone();
    }
    resized(volume, shape, volume.geometry().resized(shape).spacing, params)
}

/// The same for labels.
///
/// # Errors
/// As [`to_spacing`].
pub fn labels_to_spacing(labels: &Labels, spacing: [f64; 3], params: LabelSpacingParams) -> Result<Labels> {
    let from = labels.shape();
    let to = shape(labels.geometry(), spacing)?;
    if from == to {
        return Ok(labels.clone());
    }
    if params.order == LabelOrder::Nearest {
        return Ok(resize_labels_nearest(labels, to));
    }
    let coarse = coarse_axis(labels.geometry().spacing, spacing, params.separate);
    let mut values = vec![0_u16; to.iter().product()];
    for (label, _) in labels.counts().into_iter().filter(|&(label, _)| label > 0) {
        let own: Vec<f64> = labels.values().iter().map(|&v| f64::from(u8::from(v == label))).collect();
        let shares = axes(&own, from, to, coarse, linear);
        // A share of exactly a half counts, whatever rounding makes of it.
        for (value, _) in values.iter_mut().zip(shares).filter(|(_, share)| *share >= 0.5 - 1e-12) {
            *value = label;
        }
    }
    Ok(Labels::new(labels.geometry().resized(to), values))
}

/// Voxels along each axis at a spacing.
fn shape(geometry: &Geometry, spacing: [f64; 3]) -> Result<[usize; 3]> {
    if let Some(bad) = spacing.iter().find(|length| !(length.is_finite() && **length > 0.0)) {
        return Err(Error::argument(format!("a spacing is three lengths in mm above 0, got {bad} in {spacing:?}")));
    }
    let wanted: [f64; 3] = std::array::from_fn(|axis| {
        (geometry.spacing[axis] / spacing[axis] * geometry.shape[axis] as f64).round_ties_even().max(1.0)
    });
    if wanted.iter().product::<f64>() > MOST {
        let [x, y, z] = wanted;
        return Err(Error::argument(format!("at a spacing of {spacing:?} mm the image would have {x}x{y}x{z} voxels"))
            .help("give the spacing in millimetres"));
    }
    Ok(wanted.map(|n| n as usize))
}

/// The axis whose slices are resized one by one.
fn coarse_axis(now: [f64; 3], then: [f64; 3], separate: Separate) -> Option<usize> {
    let most = |spacing: [f64; 3]| spacing.into_iter().fold(0.0, f64::max);
    let least = |spacing: [f64; 3]| spacing.into_iter().fold(f64::INFINITY, f64::min);
    let anisotropic = |spacing: &[f64; 3]| most(*spacing) / least(*spacing) > ANISOTROPIC;
    let by = match separate {
        Separate::Off => None,
        Separate::On => Some(now),
        Separate::Auto => [now, then].into_iter().find(anisotropic),
    }?;
    // Two coarse axes (a rod) or three alike have no slices to keep apart.
    let coarse: Vec<usize> = (0..3).filter(|&axis| most(by) / by[axis] == 1.0).collect();
    if let [axis] = coarse[..] { Some(axis) } else { None }
}

/// Resizes along each axis by its taps, along the coarse one by the nearest.
fn axes(
    values: &[f64],
    from: [usize; 3],
    to: [usize; 3],
    coarse: Option<usize>,
    taps: impl Fn(usize, usize) -> Vec<Tap>,
) -> Vec<f64> {
    let mut held: Option<Vec<f64>> = None;
    let mut shape = from;
    // The coarse axis last: what is taken from the nearest slice is a resized slice.
    let order = (0..3).filter(|&axis| Some(axis) != coarse).chain(coarse);
    for axis in order.filter(|&axis| from[axis] != to[axis]) {
        let (n, m) = (from[axis], to[axis]);
        let taps = if Some(axis) == coarse { nearest(n, m) } else { taps(n, m) };
        let stride = shape[..axis].iter().product();
        held = Some(along(held.as_deref().unwrap_or(values), stride, n, m, &taps));
        shape[axis] = m;
    }
    held.unwrap_or_else(|| values.to_vec())
}

/// Keeps values within the range of the input, slice by slice where slices are resized one by one.
fn clip(values: &mut [f64], to: [usize; 3], input: &[f64], from: [usize; 3], coarse: Option<usize>) {
    let Some(axis) = coarse else {
        let (low, high) = range(input.iter());
        return values.iter_mut().for_each(|v| *v = v.max(low).min(high));
    };
    let slices = |shape: [usize; 3]| (shape[..axis].iter().product::<usize>(), shape[axis]);
    let (stride, count) = slices(from);
    let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); count];
    for (row, part) in input.chunks(stride).enumerate() {
        let (low, high) = range(part.iter());
        let kept = &mut ranges[row % count];
        *kept = (kept.0.min(low), kept.1.max(high));
    }
    let (stride, count) = slices(to);
    let source = nearest(from[axis], count);
    for (row, part) in values.chunks_mut(stride).enumerate() {
        let (low, high) = ranges[source[row % count].start];
        part.iter_mut().for_each(|v| *v = v.max(low).min(high));
    }
}

fn range<'v>(values: impl Iterator<Item = &'v f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
}

/// Where output sample `o` of `m` lies among `n` input samples.
fn position(o: usize, n: usize, m: usize) -> f64 {
    (o as f64 + 0.5) * (n as f64 / m as f64) - 0.5
}

fn nearest(n: usize, m: usize) -> Vec<Tap> {
    let at = |o| ((position(o, n, m) + 0.5).floor() as usize).min(n - 1);
    (0..m).map(|o| Tap { start: at(o), weights: vec![1.0] }).collect()
}

fn linear(n: usize, m: usize) -> Vec<Tap> {
    let tap = |o| {
        let at = position(o, n, m).clamp(0.0, (n - 1) as f64);
        let start = (at.floor() as usize).min(n - 1);
        let part = at - start as f64;
        let weights = if start + 1 < n { vec![1.0 - part, part] } else { vec![1.0] };
        Tap { start, weights }
    };
    (0..m).map(tap).collect()
}

/// Edge samples repeated at both ends before the spline's coefficients are found, as scipy.ndimage does it: enough that
/// what lies beyond hardly matters, and the same number so that even that agrees.
const PADDING: usize = 12;

/// Samples on each side of an output that can matter: the weights of the spline fall to a quarter from one to the next.
const REACH: usize = 32;

/// A cubic B-spline through the samples: for each output, the weights of all inputs that matter.
fn cubic(n: usize, m: usize) -> Vec<Tap> {
    let tap = |o| {
        let at = position(o, n, m);
        let (low, high) =
            ((at.floor().max(0.0) as usize).saturating_sub(REACH), (at.floor() as usize + REACH + 1).min(n));
        let padded = at - low as f64 + PADDING as f64;
        let first = padded.floor() as usize - 1;
        let t = padded - padded.floor();
        let spline = [
            powi(1.0 - t, 3) / 6.0,
            (4.0 + t * t * (3.0 * t - 6.0)) / 6.0,
            (4.0 + powi(1.0 - t, 2) * (3.0 * (1.0 - t) - 6.0)) / 6.0,
            powi(t, 3) / 6.0,
        ];
        // The coefficients are linear in the samples: those of a 1 at one sample give that sample's weight.
        let weight = |sample: usize| {
            let is_one = |at: usize| at.saturating_sub(PADDING).min(high - low - 1) == sample;
            let mut line: Vec<f64> = (0..high - low + 2 * PADDING).map(|at| f64::from(u8::from(is_one(at)))).collect();
            coefficients(&mut line);
            spline.iter().zip(&line[first..]).map(|(b, c)| b * c).sum::<f64>()
        };
        let weights: Vec<f64> = (0..high - low).map(weight).collect();
        let matters = |w: &f64| w.abs() > NEGLIGIBLE;
        let start = weights.iter().position(matters).unwrap_or(0);
        let end = weights.iter().rposition(matters).map_or(1, |last| last + 1);
        Tap { start: low + start, weights: weights[start..end].to_vec() }
    };
    (0..m).into_par_iter().map(tap).collect()
}

/// The B-spline coefficients of samples that go on mirrored about the edges of the first and last (`c b a | a b c`): the
/// inverse of the filter (1 4 1)/6, as one recursion forth and one back.
///
/// Source: Unser, Splines: a perfect fit for signal and image processing, IEEE Signal Processing Magazine 1999, box 2.
fn coefficients(line: &mut [f64]) {
    let pole = 3_f64.sqrt() - 2.0;
    let n = line.len();
    let gain = (1.0 - pole) * (1.0 - 1.0 / pole);
    line.iter_mut().for_each(|v| *v *= gain);

    // The recursion forth, begun infinitely far before: the mirrored samples repeat after 2 n.
    let mirrored = |at: usize| if at % (2 * n) < n { line[at % (2 * n)] } else { line[2 * n - 1 - at % (2 * n)] };
    let mut power = 1.0;
    let mut before = 0.0;
    for at in 0..64 {
        power *= pole;
        before += power * mirrored(at);
    }
    line[0] += before;
    for at in 1..n {
        line[at] += pole * line[at - 1];
    }
    line[n - 1] *= pole / (pole - 1.0);
    for at in (0..n - 1).rev() {
        line[at] = pole * (line[at + 1] - line[at]);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_coarse_axis_is_one_that_stands_alone() {
        let auto = |now, then| coarse_axis(now, then, Separate::Auto);
        assert_eq!(auto([1.0, 1.0, 3.0], [1.0; 3]), None);
        assert_eq!(auto([1.0, 1.0, 3.1], [1.0; 3]), Some(2));
        assert_eq!(auto([1.0, 1.0, 1.0], [5.0, 1.0, 1.0]), Some(0));
        assert_eq!(auto([0.2, 1.25, 1.25], [1.0; 3]), None);
        assert_eq!(coarse_axis([1.0, 1.5, 1.0], [1.0; 3], Separate::On), Some(1));
        assert_eq!(coarse_axis([1.0, 1.0, 9.0], [1.0; 3], Separate::Off), None);
    }

    #[test]
    fn a_spline_goes_through_its_samples_and_keeps_constants() {
        for n in [1, 2, 5, 40] {
            for (o, tap) in cubic(n, n).iter().enumerate() {
                for (at, weight) in tap.weights.iter().enumerate() {
                    assert!((weight - f64::from(u8::from(tap.start + at == o))).abs() < 1e-12, "{n} {o}");
                }
            }
            assert!(cubic(n, 2 * n + 3).iter().all(|tap| (tap.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12));
        }
    }

    #[test]
    fn spacings_that_make_no_sense_are_refused() {
        let volume = Volume::new(Geometry::new([4, 4, 4], [1.0; 3]), vec![1.0; 64]);
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9] {
            assert!(to_spacing(&volume, [1.0, bad, 1.0], SpacingParams::default()).is_err(), "{bad}");
        }
        let tiny = to_spacing(&volume, [100.0; 3], SpacingParams::default()).unwrap();
        assert_eq!((tiny.shape(), tiny.geometry().spacing), ([1, 1, 1], [4.0; 3]));
    }
}
