//! What the header of a NIfTI-1, NIfTI-2 or Analyze 7.5 file says, checked before anything is believed.

use super::header_fields::{Fields, Flavour, LONG, SHORT};
use super::orientation_fields::affine;
use super::voxel_type::VoxelType;
use crate::base::error::{Error, Result};
use crate::image::geometry::Geometry;

/// A header that passed every check.
#[derive(Debug, Clone)]
pub struct Header {
    /// Where the voxels lie.
    pub geometry: Geometry,
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
        let shape = shape(&fields.dim)?;
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
            voxel,
            big_endian: fields.big_endian,
            length: if matches!(fields.flavour, Flavour::Nifti2 | Flavour::Nifti2Pair) { LONG } else { SHORT },
            offset: offset(fields)?,
            single: fields.flavour.single(),
            scale: scale(fields),
        })
    }

    /// Bytes of all voxels; none if that is more than 64 bits can count.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let voxels = self.geometry.shape.iter().try_fold(1_u64, |product, &n| product.checked_mul(n as u64))?;
        voxels.checked_mul(self.voxel.bytes() as u64).filter(|&bytes| usize::try_from(bytes).is_ok())
    }
}

fn wrong(message: String) -> Error {
    Error::new(crate::base::error::Kind::Format, message).help("the file is damaged, or not an image: write it again")
}

/// The three axes; axes of length 1 may stand anywhere after the second.
fn shape(dim: &[i64; 8]) -> Result<[usize; 3]> {
    let rank = dim[0];
    if !(1..=7).contains(&rank) {
        return Err(wrong(format!("dim[0], the number of axes, must be 1 to 7, got {rank}")));
    }
    let axes = &dim[1..=rank as usize];
    if let Some(at) = axes.iter().position(|&n| n < 1) {
        return Err(wrong(format!("dim[{}], the voxels along an axis, must be at least 1, got {}", at + 1, axes[at])));
    }
    let mut shape = axes.to_vec();
    while let Some(at) = shape.iter().rposition(|&n| n == 1)
        && shape.len() > 3
        && at >= 2
    {
        shape.remove(at);
    }
    shape.resize(shape.len().max(3), 1);
    if let [i, j, k] = shape[..] {
        let length = |n: i64| usize::try_from(n).map_err(|_| wrong(format!("an axis of {n} voxels is too long")));
        return Ok([length(i)?, length(j)?, length(k)?]);
    }
    let text = axes.iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
    Err(Error::new(crate::base::error::Kind::Format, format!("wanted a 3-D image, got {rank}-D of {text} voxels"))
        .help("split it into 3-D files, one a channel or time point"))
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
        let length = (0..3).map(|row| affine[row][axis].powi(2)).sum::<f64>().sqrt();
        if (length - spacing[axis]).abs() <= 1e-3 * length { spacing[axis] } else { length }
    })
}

fn offset(fields: &Fields) -> Result<u64> {
    let (offset, least) = (fields.vox_offset, fields.flavour.least_offset());
    if offset == 0.0 {
        return Ok(least);
    }
    if !offset.is_finite() || offset.fract() != 0.0 || offset < least as f64 || offset > 2_f64.powi(53) {
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
