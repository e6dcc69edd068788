//! What the header of a NIfTI-1, NIfTI-2 or Analyze 7.5 file says, checked before anything is believed.

use super::header_fields::{Fields, Flavour, LONG, SHORT};
use super::orientation_fields::affine;
use super::voxel_type::VoxelType;
use crate::base::error::{Error, Kind, Result};
use crate::base::math::powi;
use crate::image::geometry::Geometry;

/// A header that passed every check.
#[derive(Debug, Clone)]
pub struct Header {
    /// Where the voxels of each channel lie.
    pub geometry: Geometry,
    /// Every axis as the file has it, those of length 1 too.
    pub axes: Vec<usize>,
    /// How many 3-D images follow each other: the product of the axes after the third.
    pub channels: usize,
    /// How a voxel is stored.
    pub voxel: VoxelType,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
    /// Bytes of the header itself.
    pub length: usize,
    /// Bytes before the first voxel, in the file that holds the voxels.
    pub offset: u64,
    /// Whether the voxels are in the same file.
    pub single: bool,
    /// Slope and intercept, if the stored values are to be scaled.
    pub scale: Option<(f64, f64)>,
}

impl Header {
    /// Checks the fields of a header.
    ///
    /// # Errors
    /// Names the field, its value and what it may be.
    pub fn check(fields: &Fields) -> Result<Self> {
        let axes = axes(&fields.dim)?;
        let (shape, channels) = shape(&axes)?;
        let voxel = VoxelType::of(fields.datatype)?;
        let bits = 8 * voxel.bytes() as i64;
        if fields.bitpix != 0 && i64::from(fields.bitpix) != bits {
            return Err(wrong(format!(
                "the header contradicts itself: datatype {} takes {bits} bits a voxel, bitpix says {}",
                voxel.name(),
                fields.bitpix
            )));
        }
        let spacing = spacing(fields)?;
        let affine = affine(fields, shape, spacing)?;
        let geometry = Geometry { shape, spacing: true_spacing(spacing, &affine), affine };
        Ok(Header {
            geometry,
            axes,
            channels,
            voxel,
            big_endian: fields.big_endian,
            length: if matches!(fields.flavour, Flavour::Nifti2 | Flavour::Nifti2Pair) { LONG } else { SHORT },
            offset: offset(fields)?,
            single: fields.flavour.single(),
            scale: scale(fields),
        })
    }

    /// Bytes of the voxels of one channel; none if that is more than 64 bits can count.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let voxels = self.geometry.shape.iter().try_fold(1_u64, |product, &n| product.checked_mul(n as u64))?;
        // The values in memory take 8 bytes a voxel, and an allocation has at most isize::MAX bytes.
        voxels.checked_mul(8).filter(|&bytes| isize::try_from(bytes).is_ok())?;
        voxels.checked_mul(self.voxel.bytes() as u64)
    }

    /// The axes as text: `240x240x155x4`.
    #[must_use]
    pub fn axes_text(&self) -> String {
        self.axes.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
    }

    /// Which channel is meant: the one that was chosen, or the only one.
    ///
    /// # Errors
    /// When there are several and none was chosen, or fewer than that.
    pub fn channel(&self, chosen: Option<usize>) -> Result<usize> {
        let (rank, axes, channels) = (self.axes.len(), self.axes_text(), self.channels);
        match chosen {
            None if channels == 1 => Ok(0),
            None => Err(Error::new(Kind::Format, format!("wanted a 3-D image, got {rank}-D of {axes} voxels")).help(
                format!("choose one of its {channels} channels with #{{ channel: n }}, n from 0 to {}", channels - 1),
            )),
            Some(n) if n < channels => Ok(n),
            Some(n) => Err(Error::argument(format!(
                "wanted channel {n}, the image of {axes} voxels has {channels} (counted from 0)"
            ))
            .help(if channels == 1 {
                "leave the channel out".into()
            } else {
                format!("give a channel from 0 to {}", channels - 1)
            })),
        }
    }
}

fn wrong(message: String) -> Error {
    Error::new(Kind::Format, message).help("the file is damaged, or not an image: write it again")
}

/// The lengths of all axes.
fn axes(dim: &[i64; 8]) -> Result<Vec<usize>> {
    let rank = dim[0];
    if !(1..=7).contains(&rank) {
        return Err(wrong(format!("dim[0], the number of axes, must be 1 to 7, got {rank}")));
    }
    let axes = &dim[1..=rank as usize];
    if let Some(at) = axes.iter().position(|&n| n < 1) {
        return Err(wrong(format!("dim[{}], the voxels along an axis, must be at least 1, got {}", at + 1, axes[at])));
    }
    let length = |&n: &i64| usize::try_from(n).map_err(|_| wrong(format!("an axis of {n} voxels is too long")));
    axes.iter().map(length).collect()
}

/// The three axes of each channel, and how many channels there are. Axes of length 1 may stand anywhere after the
/// second: 35x51x1x1x35 is one image of 35x51x35.
fn shape(axes: &[usize]) -> Result<([usize; 3], usize)> {
    let at = |axis: usize| axes.get(axis).copied().unwrap_or(1);
    let [i, j, k] = [at(0), at(1), at(2)];
    let more: Vec<usize> = axes.iter().skip(3).copied().filter(|&n| n > 1).collect();
    if let (1, [only]) = (k, &more[..]) {
        return Ok(([i, j, *only], 1));
    }
    let channels = more.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
    let too_many = || wrong(format!("the axes after the third, {more:?}, make more channels than any file holds"));
    Ok(([i, j, k], channels.ok_or_else(too_many)?))
}

/// Millimetres along i, j, k as `pixdim` has them; magnitudes, since the sign has no meaning there.
fn spacing(fields: &Fields) -> Result<[f64; 3]> {
    let mut spacing = [1.0; 3];
    let rank = fields.dim[0] as usize;
    for (axis, length) in spacing.iter_mut().enumerate().take(rank) {
        let value = fields.pixdim[axis + 1];
        if !value.is_finite() {
            return Err(wrong(format!("pixdim[{}], the spacing along an axis, is {value}", axis + 1)));
        }
        if value != 0.0 {
            *length = value.abs() * fields.millimetres();
        }
    }
    Ok(spacing)
}

/// The lengths of the affine's columns, or `pixdim` where it says the same: it is rounded less.
fn true_spacing(spacing: [f64; 3], affine: &[[f64; 4]; 4]) -> [f64; 3] {
    std::array::from_fn(|axis| {
        let length = (0..3).map(|row| powi(affine[row][axis], 2)).sum::<f64>().sqrt();
        if (length - spacing[axis]).abs() <= 1e-3 * length { spacing[axis] } else { length }
    })
}

fn offset(fields: &Fields) -> Result<u64> {
    let (offset, least) = (fields.vox_offset, fields.flavour.least_offset());
    if offset == 0.0 {
        return Ok(least);
    }
    if !offset.is_finite() || offset.fract() != 0.0 || offset < least as f64 || offset > powi(2.0, 53) {
        return Err(wrong(format!("vox_offset, the bytes before the voxels, must be {least} or more, got {offset}")));
    }
    Ok(offset as u64)
}

/// No scaling for a slope of 0, NaN or infinity, or one that changes nothing.
fn scale(fields: &Fields) -> Option<(f64, f64)> {
    let (slope, inter) = (fields.slope, if fields.flavour == Flavour::Analyze { 0.0 } else { fields.inter });
    let used = slope.is_finite() && slope != 0.0 && inter.is_finite();
    (used && (slope, inter) != (1.0, 0.0)).then_some((slope, inter))
}
