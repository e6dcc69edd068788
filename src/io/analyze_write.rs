//! Volumes and labels as Analyze 7.5 pairs, as the iSeg data come.

use super::atomic;
use super::nifti_write::{Target, pair_parts, target};
use super::voxel_type::VoxelType;
use crate::base::error::{Error, Result};
use crate::image::geometry::Geometry;
use crate::image::labels::Labels;
use crate::image::orientation::{reorient, reorient_labels};
use crate::image::volume::Volume;
use std::path::Path;

/// Writes a volume as an Analyze 7.5 pair, `.hdr` with `.img`: four axes, the last of length 1, in the type it was read as
/// if Analyze has it and it holds the values, else as i16, f32 or f64.
///
/// Analyze has no orientation: its readers take x to run to the left, y to the front and z up. The voxels are written in
/// this order (LAS), so that left stays left; where the world's origin is gets lost.
///
/// # Errors
/// For another extension, an axis of more than 32767 voxels, or when the files cannot be written.
pub fn write_analyze(path: &Path, volume: &Volume) -> Result<()> {
    let turned = reorient(volume, "LAS")?;
    let voxels = turned.voxels();
    let known = VoxelType::named(volume.dtype()).filter(|voxel| TYPES.contains(voxel));
    let voxel = known.into_iter().chain([VoxelType::I16, VoxelType::F32]).find(|voxel| voxel.holds(voxels));
    let voxel = voxel.unwrap_or(VoxelType::F64);
    write(path, turned.geometry(), voxel, &voxel.stored(voxels))
}

/// Writes labels as an Analyze 7.5 pair of i16, or i32 where a label is above 32767.
///
/// # Errors
/// As [`write_analyze`].
pub fn write_analyze_labels(path: &Path, labels: &Labels) -> Result<()> {
    let turned = reorient_labels(labels, "LAS")?;
    let values = turned.values();
    if values.iter().all(|&v| v <= 32767) {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        return write(path, turned.geometry(), VoxelType::I16, &bytes);
    }
    let bytes: Vec<u8> = values.iter().flat_map(|&v| i32::from(v).to_le_bytes()).collect();
    write(path, turned.geometry(), VoxelType::I32, &bytes)
}

/// The scalar types of Analyze.
const TYPES: [VoxelType; 5] = [VoxelType::U8, VoxelType::I16, VoxelType::I32, VoxelType::F32, VoxelType::F64];

fn write(path: &Path, geometry: &Geometry, voxel: VoxelType, bytes: &[u8]) -> Result<()> {
    let (Target::Pair { header: header_path, image }, packed) = target(path)? else {
        return Err(Error::argument("an Analyze image is a pair of files, .hdr and .img")
            .at(path)
            .help("end the file name with .hdr or .img, or save it as NIfTI"));
    };
    let header = header(geometry, voxel).map_err(|e| e.at(path))?;
    atomic::write_pair(&image, &header_path, pair_parts(packed, bytes), pair_parts(packed, &header))
}

/// A header of 348 bytes, least significant byte first.
fn header(geometry: &Geometry, voxel: VoxelType) -> Result<[u8; 348]> {
    let mut bytes = [0; 348];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &348_i32.to_le_bytes());
    put(32, &16384_i32.to_le_bytes());
    put(38, b"r");
    put(40, &4_i16.to_le_bytes());
    for axis in 0..3 {
        let n = geometry.shape[axis];
        let n = i16::try_from(n).map_err(|_| {
            Error::data(format!("an axis of an Analyze image has at most 32767 voxels, got {n}"))
                .help("crop or resize the image first")
        })?;
        put(42 + 2 * axis, &n.to_le_bytes());
        put(80 + 4 * axis, &(geometry.spacing[axis] as f32).to_le_bytes());
    }
    put(48, &1_i16.to_le_bytes());
    put(56, b"mm");
    put(70, &voxel.code().to_le_bytes());
    put(72, &((8 * voxel.bytes()) as i16).to_le_bytes());
    put(148, b"seqtran");
    Ok(bytes)
}
