//! Intensities made comparable: z-score and min-max over the non-zero voxels.
//!
//! Zero is "no image here" in skull-stripped MRI: zero (and non-finite) voxels become 0 and take no part in the
//! statistics.

use super::volume::Volume;

/// Non-zero voxels shifted to mean 0 and scaled to standard deviation 1 (population); a constant image becomes 0.
#[must_use]
pub fn zscore(volume: &Volume) -> Volume {
    let count = inside(volume).count() as f64;
    let mean = blocks(inside(volume)) / count;
    let variance = blocks(inside(volume).map(|v| (v - mean) * (v - mean))) / count;
    let scale = if variance > 0.0 { 1.0 / variance.sqrt() } else { 0.0 };
    volume.map(|v| if is_inside(v) { (v - mean) * scale } else { 0.0 })
}

/// Non-zero voxels moved to [0, 1] by their least and greatest value; where both are equal, they become 1.
#[must_use]
pub fn minmax(volume: &Volume) -> Volume {
    let low = inside(volume).fold(f64::INFINITY, f64::min);
    let high = inside(volume).fold(f64::NEG_INFINITY, f64::max);
    volume.map(|v| match is_inside(v) {
        false => 0.0,
        true if high > low => (v - low) / (high - low),
        true => 1.0,
    })
}

fn is_inside(value: f64) -> bool {
    value != 0.0 && value.is_finite()
}

fn inside(volume: &Volume) -> impl Iterator<Item = f64> + '_ {
    volume.voxels().iter().copied().filter(|&v| is_inside(v))
}

/// A sum in blocks of 1024, so that rounding does not grow with the number of values.
fn blocks(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut block, mut held) = (0.0, 0.0, 0);
    for value in values {
        block += value;
        held += 1;
        if held == 1024 {
            total += block;
            (block, held) = (0.0, 0);
        }
    }
    total + block
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
