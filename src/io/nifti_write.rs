//! Volumes, labels and masks as NIfTI-1 files.

use super::atomic;
use super::voxel_type::VoxelType;
use crate::base::error::{Error, Kind, Result};
use crate::image::geometry::Geometry;
use crate::image::labels::Labels;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use flate2::{Compression, GzBuilder};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes a volume as `.nii`, `.nii.gz`, or `.hdr` with `.img`, so that reading it gives the same values: in the type it was
/// read as if that holds them exactly, else as f32 if that does, else as f64.
///
/// # Errors
/// For another extension, an axis of more than 32767 voxels, or when the file cannot be written.
pub fn write_volume(path: &Path, volume: &Volume) -> Result<()> {
    let voxels = volume.voxels();
    let voxel = VoxelType::named(volume.dtype())
        .into_iter()
        .chain([VoxelType::F32])
        .find(|voxel| voxel.holds(voxels))
        .unwrap_or(VoxelType::F64);
    write(path, volume.geometry(), voxel, &voxel.stored(voxels))
}

/// Writes labels, as u8 if they fit, else as u16.
///
/// # Errors
/// As [`write_volume`].
pub fn write_labels(path: &Path, labels: &Labels) -> Result<()> {
    let values = labels.values();
    if values.iter().all(|&v| v < 256) {
        let bytes: Vec<u8> = values.iter().map(|&v| v as u8).collect();
        return write(path, labels.geometry(), VoxelType::U8, &bytes);
    }
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    write(path, labels.geometry(), VoxelType::U16, &bytes)
}

/// Writes a mask as u8: 1 inside, 0 outside.
///
/// # Errors
/// As [`write_volume`].
pub fn write_mask(path: &Path, mask: &Mask) -> Result<()> {
    let bytes: Vec<u8> = (0..mask.geometry().voxels()).map(|n| u8::from(mask.get(n))).collect();
    write(path, mask.geometry(), VoxelType::U8, &bytes)
}

/// Where the parts of an image go.
pub(super) enum Target {
    Single,
    Pair { header: PathBuf, image: PathBuf },
}

/// What is to be written where, and whether packed.
pub(super) fn target(path: &Path) -> Result<(Target, bool)> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let packed = lower.ends_with(".gz");
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    if plain.ends_with(".nii") {
        return Ok((Target::Single, packed));
    }
    if plain.ends_with(".hdr") || plain.ends_with(".img") {
        let (stem, extension, gz) =
            (&name[..plain.len() - 4], &name[plain.len() - 3..plain.len()], &name[plain.len()..]);
        let capital = extension.chars().all(char::is_uppercase);
        let half = |extension: &str| {
            let extension = if capital { extension.to_uppercase() } else { extension.into() };
            path.with_file_name(format!("{stem}.{extension}{gz}"))
        };
        return Ok((Target::Pair { header: half("hdr"), image: half("img") }, packed));
    }
    Err(Error::argument(format!("an image is saved as .nii, .nii.gz, .hdr or .img, got `{name}`"))
        .at(path)
        .help("end the file name with .nii.gz"))
}

fn write(path: &Path, geometry: &Geometry, voxel: VoxelType, bytes: &[u8]) -> Result<()> {
    let (target, packed) = target(path)?;
    let header = header(geometry, voxel, matches!(target, Target::Single)).map_err(|e| e.at(path))?;
    match target {
        Target::Single => atomic::write(path, |out| put(out, packed, &[&header, &[0; 4], bytes])),
        Target::Pair { header: header_path, image } => {
            atomic::write_pair(&image, &header_path, pair_parts(packed, bytes), pair_parts(packed, &header))
        }
    }
}

/// One file of a pair.
pub(super) fn pair_parts(packed: bool, bytes: &[u8]) -> impl FnOnce(&mut dyn Write) -> Result<()> {
    move |out| put(out, packed, &[bytes])
}

fn put(out: &mut dyn Write, packed: bool, parts: &[&[u8]]) -> Result<()> {
    let cannot = |e: std::io::Error| Error::new(Kind::File, format!("cannot write the image: {e}")).caused_by(e);
    if !packed {
        return parts.iter().try_for_each(|part| out.write_all(part)).map_err(cannot);
    }
    // No time stamp: the same image is the same file.
    let mut gz = GzBuilder::new().mtime(0).write(out, Compression::new(6));
    parts.iter().try_for_each(|part| gz.write_all(part)).map_err(cannot)?;
    gz.finish().map(|_| ()).map_err(cannot)
}

/// A NIfTI-1 header of 348 bytes, least significant byte first; the sform holds the orientation.
fn header(geometry: &Geometry, voxel: VoxelType, single: bool) -> Result<[u8; 348]> {
    let mut bytes = [0; 348];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &348_i32.to_le_bytes());
    put(38, b"r");
    put(40, &3_i16.to_le_bytes());
    for axis in 0..3 {
        let n = geometry.shape[axis];
        let n = i16::try_from(n).map_err(|_| {
            Error::data(format!("an axis of a NIfTI-1 image has at most 32767 voxels, got {n}"))
                .help("crop or resize the image first")
        })?;
        put(42 + 2 * axis, &n.to_le_bytes());
        put(80 + 4 * axis, &(geometry.spacing[axis] as f32).to_le_bytes());
    }
    for unused in 3..7 {
        put(42 + 2 * unused, &1_i16.to_le_bytes());
        put(80 + 4 * unused, &1_f32.to_le_bytes());
    }
    put(70, &voxel.code().to_le_bytes());
    put(72, &((8 * voxel.bytes()) as i16).to_le_bytes());
    put(76, &1_f32.to_le_bytes());
    put(108, &(if single { 352_f32 } else { 0.0 }).to_le_bytes());
    put(112, &1_f32.to_le_bytes());
    put(123, &[2]);
    put(148, b"seqtran");
    put(254, &1_i16.to_le_bytes());
    for row in 0..3 {
        for column in 0..4 {
            put(280 + 16 * row + 4 * column, &(geometry.affine[row][column] as f32).to_le_bytes());
        }
    }
    put(344, if single { b"n+1\0" } else { b"ni1\0" });
    Ok(bytes)
}
