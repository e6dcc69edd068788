//! How bright an image is, and which of many images is not like the others.

use crate::base::math::ln;
use crate::image::volume::Volume;
use crate::numeric::statistics::median;

/// What is remembered of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brightness {
    /// Median of the finite voxels that are not 0; 0 if there are none.
    pub median: f64,
    /// The least finite voxel.
    pub least: f64,
    /// The greatest finite voxel.
    pub most: f64,
    /// Voxels that are NaN or infinite.
    pub not_finite: usize,
    /// A number that equal images share and others, but for one in 2^64, do not.
    pub digest: u64,
}

impl Brightness {
    /// Looks at every voxel.
    #[must_use]
    pub fn of(image: &Volume) -> Self {
        let mut inside: Vec<f64> = image.voxels().iter().copied().filter(|v| v.is_finite() && *v != 0.0).collect();
        let median = match inside.len() {
            0 => 0.0,
            n => *inside.select_nth_unstable_by(n / 2, f64::total_cmp).1,
        };
        Brightness {
            median,
            least: image.min(),
            most: image.max(),
            not_finite: image.voxels().iter().filter(|v| !v.is_finite()).count(),
            digest: digest(image),
        }
    }
}

/// FNV-1a over the shape and the bits of all voxels, eight bytes a step, stirred so that high bits reach low ones.
fn digest(image: &Volume) -> u64 {
    let words = image.shape().map(|n| n as u64).into_iter().chain(image.voxels().iter().map(|v| v.to_bits()));
    words.fold(0xcbf2_9ce4_8422_2325, |h: u64, word| {
        let h = (h ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        h ^ (h >> 29)
    })
}

/// The fewest images that make a family.
const FAMILY: usize = 5;

/// Robust z-score above which an image is not of the family (Iglewicz and Hoaglin 1993, modified z-score 3.5).
const FAR: f64 = 3.5;

/// Brightness at least this many times the typical one, or this many times less, is worth a remark.
const TIMES: f64 = 2.0;

/// Places of the values that are not like the others, each with the typical value (the median).
///
/// A value is out when its logarithm's modified z-score, 0.6745 (x - median)/MAD, is beyond 3.5 and it is at least twice or
/// at most half of the typical value. Fewer than five values are no family. Values of the other sign are always out.
#[must_use]
pub fn out_of_family(values: &[f64]) -> Vec<(usize, f64)> {
    if values.len() < FAMILY {
        return Vec::new();
    }
    let Some(typical) = median(values) else { return Vec::new() };
    // A value of the other sign has no logarithm: it is further than any other.
    let distance = |value: f64| Some(ln(value / typical).abs()).filter(|x| !x.is_nan()).unwrap_or(f64::MAX);
    let Some(spread) = median(&values.iter().map(|&value| distance(value)).collect::<Vec<_>>()) else {
        return Vec::new();
    };
    let out = |value: f64| {
        let x = distance(value);
        x == f64::MAX || (x >= ln(TIMES) && 0.6745 * x > FAR * spread)
    };
    values.iter().enumerate().filter(|(_, value)| out(**value)).map(|(at, _)| (at, typical)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::geometry::Geometry;

    #[test]
    fn only_what_is_far_from_a_tight_family_is_out() {
        assert_eq!(out_of_family(&[300.0, 310.0, 290.0, 305.0, 3.0]), [(4, 300.0)]);
        // Within a factor of two of the others, however tight these are.
        assert_eq!(out_of_family(&[300.0, 300.0, 300.0, 300.0, 580.0]), []);
        // A wide family has no strangers.
        assert_eq!(out_of_family(&[1.0, 10.0, 100.0, 1000.0, 1e4, 1e5]), []);
        assert_eq!(out_of_family(&[300.0, 310.0, 290.0, 3.0]), []);
        assert_eq!(out_of_family(&[5.0, 5.0, 5.0, 5.0, -5.0]), [(4, 5.0)]);
    }

    #[test]
    fn equal_images_have_equal_digests() {
        let volume = |last: f64| Volume::new(Geometry::new([2, 2, 1], [1.0; 3]), vec![0.0, f64::NAN, 3.0, last]);
        let look = Brightness::of(&volume(7.0));
        assert_eq!((look.median, look.least, look.most, look.not_finite), (7.0, 0.0, 7.0, 1));
        assert_eq!(look.digest, Brightness::of(&volume(7.0)).digest);
        assert_ne!(look.digest, Brightness::of(&volume(8.0)).digest);
    }
}
