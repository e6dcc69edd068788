//! Volumes and labels from NIfTI-1, NIfTI-2 and Analyze 7.5 files, plain or gzip, one file or a pair.
//!
//! The `nifti` crate reads the NIfTI-1 header; everything is checked here first, because the crate panics on some headers
//! and reads wrong voxels on others. Content is recognised by its bytes, not by the file's name.

use super::content::Content;
use super::header::Header;
use super::header_fields::{Fields, LONG, SHORT};
use super::pair;
use super::voxels;
use crate::base::error::{Error, Result};
use crate::base::level::Level;
use crate::base::pages::Pages;
use crate::image::geometry::Geometry;
use crate::image::labels::Labels;
use crate::image::orientation;
use crate::image::planes::Planes;
use crate::image::volume::Volume;
use std::path::Path;

pub use super::analyze_write::{write_analyze, write_analyze_labels};
pub use super::nifti_write::{write_labels, write_mask, write_volume};

/// What a file holds, as far as its header says.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Where the voxels of each channel lie.
    pub geometry: Geometry,
    /// Every axis as the file has it: `[240, 240, 155, 4]`.
    pub axes: Vec<usize>,
    /// How many 3-D images follow each other.
    pub channels: usize,
    /// How a voxel is stored: `i16`, `f32` ...
    pub dtype: &'static str,
    /// Which way the axes run: `RAS` ...
    pub orientation: String,
    /// Slope and intercept, if the stored values are to be scaled.
    pub scale: Option<(f64, f64)>,
}

/// Reads an image: shape, spacing, affine and every voxel, scaled as the header says.
///
/// Axes of length 1 after the second are dropped (`35x51x35x1` and `35x51x1x1x35` are both 35x51x35). The affine is the
/// sform, else the qform, else the spacing alone; lengths are in mm whatever unit the header has.
///
/// # Errors
/// Names the file, what was wanted and what was found: missing, empty, cut off or damaged files, voxels that are not one
/// number each, several channels, impossible sizes, offsets or orientations. Never panics, and never sets aside more
/// memory than the content of the file calls for.
pub fn read_volume(path: &Path) -> Result<Volume> {
    read_volume_channel(path, None)
}

/// Reads one channel (a time point, a modality) of an image with more than three axes, counted from 0. The axes after the
/// third count together, the fourth fastest. Without a choice the image must have one channel.
///
/// # Errors
/// As [`read_volume`], and for a channel that is not there.
pub fn read_volume_channel(path: &Path, channel: Option<usize>) -> Result<Volume> {
    let (header, header_path, content) = open(path)?;
    let channel = header.channel(channel).map_err(|e| e.at(&header_path))?;
    let values = voxels::read(&header, content, channel, |bytes, _, values| {
        header.voxel.convert(bytes, header.big_endian, header.scale, values);
        Ok(())
    })?;
    Ok(Volume::new(header.geometry, values).stored_as(header.voxel.name()))
}

/// Reads one channel of an image, its voxels left as they are stored until a plane of them is asked for.
///
/// # Errors
/// As [`read_volume_channel`].
pub fn read_planes(path: &Path, channel: Option<usize>) -> Result<impl Planes + use<>> {
    let (header, header_path, content) = open(path)?;
    let channel = header.channel(channel).map_err(|e| e.at(&header_path))?;
    let bytes = voxels::stored(&header, content, channel)?;
    Ok(Stored { header, bytes })
}

/// An image as stored.
struct Stored {
    header: Header,
    bytes: Pages<u8>,
}

impl Planes for Stored {
    fn geometry(&self) -> &Geometry {
        &self.header.geometry
    }

    fn plane<'a>(&'a self, k: usize, held: &'a mut Vec<f64>) -> &'a [f64] {
        let Header { geometry, voxel, big_endian, scale, .. } = &self.header;
        let voxels = geometry.shape[0] * geometry.shape[1];
        let size = voxels * voxel.bytes();
        held.resize(voxels, 0.0);
        let bytes = &self.bytes[k * size..(k + 1) * size];
        Level::loops().dispatch(|| voxel.convert(bytes, *big_endian, *scale, held));
        held
    }
}

/// Reads an image of labels: whole numbers from 0 to 65535, stored as any type.
///
/// # Errors
/// As [`read_volume`]; and for a voxel that is fractional, negative, too great or not a number: both voxel and value are named.
pub fn read_labels(path: &Path) -> Result<Labels> {
    read_labels_channel(path, None)
}

/// Reads one channel of an image of labels.
///
/// # Errors
/// As [`read_labels`] and [`read_volume_channel`].
pub fn read_labels_channel(path: &Path, channel: Option<usize>) -> Result<Labels> {
    let (header, header_path, content) = open(path)?;
    let channel = header.channel(channel).map_err(|e| e.at(&header_path))?;
    let labels = voxels::read(&header, content, channel, |bytes, first, labels: &mut [u16]| {
        let mut values = [0.0; 1024];
        let pieces = labels.chunks_mut(values.len()).zip(bytes.chunks(values.len() * header.voxel.bytes()));
        for (piece, (labels, bytes)) in pieces.enumerate() {
            header.voxel.convert(bytes, header.big_endian, header.scale, &mut values);
            for (n, (label, &value)) in labels.iter_mut().zip(&values).enumerate() {
                let whole = value.round();
                // Scaled labels (slope 0.1) are whole up to rounding.
                if (value - whole).abs() > 1e-6 || !(0.0..=65535.0).contains(&whole) {
                    return Err(bad_label(path, header.geometry.shape, first + piece * 1024 + n, value));
                }
                *label = whole as u16;
            }
        }
        Ok(())
    })?;
    Ok(Labels::new(header.geometry, labels))
}

/// The shape, spacing and affine of a 3-D image, without reading its voxels.
///
/// # Errors
/// As [`read_volume`], as far as the header shows it.
pub fn read_geometry(path: &Path) -> Result<Geometry> {
    read_geometry_channel(path, None)
}

/// The same of one channel; all channels of an image have one grid.
///
/// # Errors
/// As [`read_geometry`], and for a channel that is not there.
pub fn read_geometry_channel(path: &Path, channel: Option<usize>) -> Result<Geometry> {
    let (header, header_path, _) = open(path)?;
    header.channel(channel).map_err(|e| e.at(&header_path))?;
    Ok(header.geometry)
}

/// How many channels an image has: 1 for a 3-D image.
///
/// # Errors
/// As [`read_summary`].
pub fn channels(path: &Path) -> Result<usize> {
    open(path).map(|(header, ..)| header.channels)
}

/// What the header of an image says, of any number of channels.
///
/// # Errors
/// As [`read_volume`], as far as the header shows it.
pub fn read_summary(path: &Path) -> Result<Summary> {
    let (header, ..) = open(path)?;
    Ok(Summary {
        orientation: orientation::code(&header.geometry),
        geometry: header.geometry,
        axes: header.axes,
        channels: header.channels,
        dtype: header.voxel.name(),
        scale: header.scale,
    })
}

fn bad_label(path: &Path, [x, y, _]: [usize; 3], n: usize, value: f64) -> Error {
    let (i, j, k) = (n % x, n / x % y, n / (x * y));
    let why = match value {
        v if !v.is_finite() => "not a number",
        v if v < 0.0 => "negative",
        v if v > 65535.0 => "more than 65535",
        _ => "not whole",
    };
    Error::format(path, format!("wanted whole label values from 0, voxel ({i}, {j}, {k}) is {value}: {why}"))
        .help("is this the image, a probability map, or a label that was resampled linearly?")
}

/// The checked header of the image `path`, the file it is in, and the file that holds the voxels, at its beginning.
fn open(path: &Path) -> Result<(Header, std::path::PathBuf, Content)> {
    let header_path = pair::header_of(path)?;
    let (fields, content) = fields(&header_path)?;
    let header = Header::check(&fields).map_err(|e| e.at(&header_path))?;
    if header.single {
        return Ok((header, header_path, content));
    }
    // The header is a file of its own: its check sum is compared too.
    content.finish()?;
    let image = pair::image_of(&header_path)?;
    let content = Content::open(&image)?;
    Ok((header, header_path, content))
}

/// The header's fields, and the file behind the header.
fn fields(path: &Path) -> Result<(Fields, Content)> {
    let mut content = Content::open(path)?;
    let mut bytes = content.next(SHORT)?;
    if Fields::length(&bytes) == Some(LONG) {
        bytes.extend(content.next(LONG - SHORT)?);
    }
    let fields = Fields::parse(&bytes, pair::is_header(path)).map_err(|e| e.at(path))?;
    Ok((fields, content))
}
