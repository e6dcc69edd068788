//! The fields of a NIfTI-1, NIfTI-2 or Analyze 7.5 header that an image is made of, as they stand in the file.

use crate::base::error::{Error, Kind, Result};
use nifti::{Endianness, NiftiHeader};

/// Bytes of a NIfTI-1 or Analyze header.
pub const SHORT: usize = 348;
/// Bytes of a NIfTI-2 header.
pub const LONG: usize = 540;

/// Which format, and whether the voxels are in the header's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// NIfTI-1, one file.
    Nifti1,
    /// NIfTI-1, `.hdr` and `.img`.
    Nifti1Pair,
    /// NIfTI-2, one file.
    Nifti2,
    /// NIfTI-2, `.hdr` and `.img`.
    Nifti2Pair,
    /// Analyze 7.5, `.hdr` and `.img`.
    Analyze,
}

impl Flavour {
    /// Whether header and voxels are one file.
    #[must_use]
    pub fn single(self) -> bool {
        matches!(self, Flavour::Nifti1 | Flavour::Nifti2)
    }

    /// The first byte that can hold a voxel.
    #[must_use]
    pub fn least_offset(self) -> u64 {
        match self {
            Flavour::Nifti1 => 352,
            Flavour::Nifti2 => 544,
            _ => 0,
        }
    }
}

/// The fields, unchecked.
#[derive(Debug, Clone)]
pub struct Fields {
    /// The format.
    pub flavour: Flavour,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
    /// Number of axes, then voxels along each.
    pub dim: [i64; 8],
    /// Code of the voxels' type.
    pub datatype: i16,
    /// Bits of a voxel.
    pub bitpix: i16,
    /// Sign of the quaternion's third axis, then spacings.
    pub pixdim: [f64; 8],
    /// Bytes before the voxels.
    pub vox_offset: f64,
    /// Stored values are multiplied by it.
    pub slope: f64,
    /// It is added to them.
    pub inter: f64,
    /// Units of length (and time).
    pub units: u8,
    /// Whether the quaternion counts.
    pub qform_code: i32,
    /// Whether the matrix counts.
    pub sform_code: i32,
    /// b, c, d of the quaternion.
    pub quatern: [f64; 3],
    /// Its translation.
    pub qoffset: [f64; 3],
    /// The matrix.
    pub srow: [[f64; 4]; 3],
    /// Centre voxel of SPM's Analyze files, counted from 1; zeros elsewhere.
    pub origin: [i16; 3],
}

impl Fields {
    /// Millimetres in the header's unit of length; an unknown unit is taken for millimetres.
    #[must_use]
    pub fn millimetres(&self) -> f64 {
        match self.units & 7 {
            1 => 1000.0,
            3 => 0.001,
            _ => 1.0,
        }
    }

    /// How many bytes of header a file that begins with `start` has; `None` if it is no header.
    #[must_use]
    pub fn length(start: &[u8]) -> Option<usize> {
        let size: [u8; 4] = start.get(..4)?.try_into().ok()?;
        [i32::from_le_bytes(size), i32::from_be_bytes(size)].into_iter().find_map(|n| match n {
            348 => Some(SHORT),
            540 => Some(LONG),
            _ => None,
        })
    }

    /// The fields of a header. `pair` says that the file is a `.hdr`, which Analyze cannot be told from otherwise.
    ///
    /// # Errors
    /// When the bytes are too few or not a header.
    pub fn parse(bytes: &[u8], pair: bool) -> Result<Self> {
        let refused = |message: String| {
            Err(Error::new(Kind::Format, message)
                .help("the file is damaged or of another format: convert the original to .nii.gz again"))
        };
        let start = &bytes[..bytes.len().min(4)];
        let Some(length) = Fields::length(bytes) else {
            return refused(format!(
                "not a NIfTI or Analyze image: wanted a header of 348 or 540 bytes, its first bytes are {start:02x?}"
            ));
        };
        if bytes.len() < length {
            return refused(format!("the header is cut off: wanted {length} bytes, got {}", bytes.len()));
        }
        let big_endian = i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) == length as i32;
        let raw = Raw { bytes, big_endian };
        if length == LONG {
            return match &bytes[4..12] {
                b"n+2\0\r\n\x1a\n" => Ok(raw.nifti2(Flavour::Nifti2)),
                b"ni2\0\r\n\x1a\n" => Ok(raw.nifti2(Flavour::Nifti2Pair)),
                magic => refused(format!("wanted the magic word n+2 or ni2, got {}", printable(magic))),
            };
        }
        match &bytes[344..348] {
            b"n+1\0" => raw.nifti1(Flavour::Nifti1),
            b"ni1\0" => raw.nifti1(Flavour::Nifti1Pair),
            _ if pair => Ok(raw.analyze()),
            magic => refused(format!("wanted the magic word n+1 or ni1, got {}", printable(magic))),
        }
    }
}

fn printable(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

/// The bytes of a header and their order.
struct Raw<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Raw<'_> {
    fn at<const N: usize>(&self, offset: usize) -> [u8; N] {
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.bytes[offset..offset + N]);
        if self.big_endian {
            bytes.reverse();
        }
        bytes
    }

    fn i16(&self, offset: usize) -> i16 {
        i16::from_le_bytes(self.at(offset))
    }

    fn i32(&self, offset: usize) -> i32 {
        i32::from_le_bytes(self.at(offset))
    }

    fn f32(&self, offset: usize) -> f64 {
        decimal(f32::from_le_bytes(self.at(offset)))
    }

    fn f64s<const N: usize>(&self, offset: usize) -> [f64; N] {
        std::array::from_fn(|n| f64::from_le_bytes(self.at(offset + 8 * n)))
    }

    /// Through the `nifti` crate, which finds the byte order by dim[0]: it must be one that both ways agree on.
    fn nifti1(&self, flavour: Flavour) -> Result<Fields> {
        let rank = self.i16(40);
        if !(1..=7).contains(&rank) {
            let message = format!("dim[0], the number of axes, must be 1 to 7, got {rank}");
            return Err(Error::new(Kind::Format, message).help("the file is damaged, or not an image"));
        }
        let header = NiftiHeader::from_reader(&self.bytes[..SHORT])
            .map_err(|e| Error::new(Kind::Format, format!("cannot read the header: {e}")))?;
        Ok(Fields {
            flavour,
            big_endian: header.endianness == Endianness::Big,
            // The crate reads them without their sign.
            dim: header.dim.map(|n| i64::from(n as i16)),
            datatype: header.datatype,
            bitpix: header.bitpix,
            pixdim: header.pixdim.map(decimal),
            vox_offset: f64::from(header.vox_offset),
            slope: f64::from(header.scl_slope),
            inter: f64::from(header.scl_inter),
            units: header.xyzt_units,
            qform_code: header.qform_code.into(),
            sform_code: header.sform_code.into(),
            quatern: [header.quatern_b, header.quatern_c, header.quatern_d].map(f64::from),
            qoffset: [header.quatern_x, header.quatern_y, header.quatern_z].map(f64::from),
            srow: [header.srow_x, header.srow_y, header.srow_z].map(|row| row.map(f64::from)),
            origin: [0; 3],
        })
    }

    fn nifti2(&self, flavour: Flavour) -> Fields {
        Fields {
            flavour,
            big_endian: self.big_endian,
            dim: std::array::from_fn(|n| i64::from_le_bytes(self.at(16 + 8 * n))),
            datatype: self.i16(12),
            bitpix: self.i16(14),
            pixdim: self.f64s(104),
            vox_offset: i64::from_le_bytes(self.at(168)) as f64,
            slope: self.f64s::<1>(176)[0],
            inter: self.f64s::<1>(184)[0],
            units: (self.i32(500) & 0xff) as u8,
            qform_code: self.i32(344),
            sform_code: self.i32(348),
            quatern: self.f64s(352),
            qoffset: self.f64s(376),
            srow: [self.f64s(400), self.f64s(432), self.f64s(464)],
            origin: [0; 3],
        }
    }

    fn analyze(&self) -> Fields {
        Fields {
            flavour: Flavour::Analyze,
            big_endian: self.big_endian,
            dim: std::array::from_fn(|n| i64::from(self.i16(40 + 2 * n))),
            datatype: match self.i16(70) {
                // SPM's codes for the types that Analyze does not have.
                130 => 256,
                132 => 512,
                136 => 768,
                other => other,
            },
            bitpix: self.i16(72),
            pixdim: std::array::from_fn(|n| self.f32(76 + 4 * n)),
            vox_offset: self.f32(108),
            slope: self.f32(112),
            inter: 0.0,
            units: 0,
            qform_code: 0,
            sform_code: 0,
            quatern: [0.0; 3],
            qoffset: [0.0; 3],
            srow: [[0.0; 4]; 3],
            origin: std::array::from_fn(|n| self.i16(253 + 2 * n)),
        }
    }
}

/// The decimal number that was meant: 0.8 in an f32 is 0.8 here, not 0.800000011920929.
fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}
