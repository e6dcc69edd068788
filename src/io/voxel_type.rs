//! How a voxel is stored, and its value.

use crate::base::error::{Error, Kind, Result};

/// The scalar types of NIfTI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoxelType {
    /// 8 bits without sign.
    U8,
    /// 8 bits with sign.
    I8,
    /// 16 bits without sign.
    U16,
    /// 16 bits with sign.
    I16,
    /// 32 bits without sign.
    U32,
    /// 32 bits with sign.
    I32,
    /// 64 bits without sign.
    U64,
    /// 64 bits with sign.
    I64,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

/// Types, their codes in a header, their names and bytes.
const TYPES: [(VoxelType, i16, &str, usize); 10] = [
    (VoxelType::U8, 2, "u8", 1),
    (VoxelType::I8, 256, "i8", 1),
    (VoxelType::U16, 512, "u16", 2),
    (VoxelType::I16, 4, "i16", 2),
    (VoxelType::U32, 768, "u32", 4),
    (VoxelType::I32, 8, "i32", 4),
    (VoxelType::U64, 1280, "u64", 8),
    (VoxelType::I64, 1024, "i64", 8),
    (VoxelType::F32, 16, "f32", 4),
    (VoxelType::F64, 64, "f64", 8),
];

/// Types that exist but are not one number a voxel, or not one that f64 holds.
const OTHERS: [(i16, &str); 7] = [
    (1, "binary (1 bit)"),
    (32, "complex64"),
    (128, "RGB24"),
    (1536, "float128"),
    (1792, "complex128"),
    (2048, "complex256"),
    (2304, "RGBA32"),
];

impl VoxelType {
    /// The type of a header's code.
    ///
    /// # Errors
    /// For RGB, complex, 1-bit and 128-bit voxels, and for unknown codes.
    pub fn of(code: i16) -> Result<Self> {
        if let Some(&(voxel, ..)) = TYPES.iter().find(|&&(_, known, ..)| known == code) {
            return Ok(voxel);
        }
        let known = TYPES.map(|(_, _, name, _)| name).join(", ");
        let error = match OTHERS.iter().find(|&&(other, _)| other == code) {
            Some((_, name)) => format!("wanted one number a voxel, got datatype {code} ({name})"),
            None => format!("the header has the unknown datatype {code}"),
        };
        Err(Error::new(Kind::Format, error).help(format!("convert the image to one of {known}")))
    }

    /// The type of a name such as `i16`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TYPES.iter().find(|&&(_, _, known, _)| known == name).map(|&(voxel, ..)| voxel)
    }

    fn row(self) -> (i16, &'static str, usize) {
        let at = self as usize;
        (TYPES[at].1, TYPES[at].2, TYPES[at].3)
    }

    /// Its code in a header.
    #[must_use]
    pub fn code(self) -> i16 {
        self.row().0
    }

    /// Its name, such as `i16`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Bytes of a voxel.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.row().2
    }

    /// Puts the values of stored voxels into `values`, as many as both hold.
    #[inline(always)]
    pub fn convert(self, bytes: &[u8], big_endian: bool, scale: Option<(f64, f64)>, values: &mut [f64]) {
        macro_rules! read {
            ($type:ty) => {{
                const N: usize = size_of::<$type>();
                let pairs = values.iter_mut().zip(bytes.as_chunks::<N>().0);
                match (big_endian, scale) {
                    (false, None) => pairs.for_each(|(v, &b)| *v = <$type>::from_le_bytes(b) as f64),
                    (true, None) => pairs.for_each(|(v, &b)| *v = <$type>::from_be_bytes(b) as f64),
                    (false, Some((m, a))) => pairs.for_each(|(v, &b)| *v = <$type>::from_le_bytes(b) as f64 * m + a),
                    (true, Some((m, a))) => pairs.for_each(|(v, &b)| *v = <$type>::from_be_bytes(b) as f64 * m + a),
                }
            }};
        }
        match self {
            VoxelType::U8 => read!(u8),
            VoxelType::I8 => read!(i8),
            VoxelType::U16 => read!(u16),
            VoxelType::I16 => read!(i16),
            VoxelType::U32 => read!(u32),
            VoxelType::I32 => read!(i32),
            VoxelType::U64 => read!(u64),
            VoxelType::I64 => read!(i64),
            VoxelType::F32 => read!(f32),
            VoxelType::F64 => read!(f64),
        }
    }

    /// Whether this type holds every value exactly (any NaN counts as NaN).
    #[must_use]
    pub fn holds(self, values: &[f64]) -> bool {
        macro_rules! exact {
            ($type:ty) => {
                values.iter().all(|&v| v as $type as f64 == v && (v != 0.0 || v.is_sign_positive()))
            };
        }
        match self {
            VoxelType::U8 => exact!(u8),
            VoxelType::I8 => exact!(i8),
            VoxelType::U16 => exact!(u16),
            VoxelType::I16 => exact!(i16),
            VoxelType::U32 => exact!(u32),
            VoxelType::I32 => exact!(i32),
            // A 64-bit number that saturates compares equal, being rounded: stay below 2^53, where all are exact.
            VoxelType::U64 => exact!(u64) && values.iter().all(|v| *v <= 9e15),
            VoxelType::I64 => exact!(i64) && values.iter().all(|v| v.abs() <= 9e15),
            VoxelType::F32 => values.iter().all(|&v| v.is_nan() || f64::from(v as f32) == v),
            VoxelType::F64 => true,
        }
    }

    /// The values as stored, least significant byte first. All NaN are stored alike: which of several NaN a sum keeps, and with
    /// which sign, is up to the machine.
    #[must_use]
    pub fn stored(self, values: &[f64]) -> Vec<u8> {
        macro_rules! store {
            ($type:ty) => {
                values.iter().flat_map(|&v| (v as $type).to_le_bytes()).collect()
            };
        }
        let alike = |v: f64| if v.is_nan() { f64::NAN } else { v };
        match self {
            VoxelType::U8 => store!(u8),
            VoxelType::I8 => store!(i8),
            VoxelType::U16 => store!(u16),
            VoxelType::I16 => store!(i16),
            VoxelType::U32 => store!(u32),
            VoxelType::I32 => store!(i32),
            VoxelType::U64 => store!(u64),
            VoxelType::I64 => store!(i64),
            VoxelType::F32 => values.iter().flat_map(|&v| (alike(v) as f32).to_le_bytes()).collect(),
            VoxelType::F64 => values.iter().flat_map(|&v| alike(v).to_le_bytes()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nan_is_stored_alike() {
        let others = [f64::NAN, -f64::NAN, f64::from_bits(0x7ff8_0000_0000_0001), f64::from(-f32::NAN)];
        for voxel in [VoxelType::F32, VoxelType::F64] {
            let bytes = voxel.stored(&others);
            assert!(bytes.chunks(voxel.bytes()).all(|value| *value == bytes[..voxel.bytes()]), "{voxel:?}");
        }
        assert_eq!(VoxelType::F64.stored(&[-0.0]), (-0.0_f64).to_le_bytes());
    }
}
