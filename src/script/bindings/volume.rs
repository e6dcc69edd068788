//! `Volume`: a 3-D image.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::words::{affine_rows, place, shape_array, size_text, spacing_array, spacing_text};
use crate::base::error::Error;
use crate::image::normalize;
use crate::image::orientation::{code, reorient as reoriented};
use crate::image::resample;
use crate::image::spacing::{Order, Separate, SpacingParams, to_spacing};
use crate::image::volume::Volume;
use crate::io::nifti::{read_volume as read_file, read_volume_channel};
use crate::io::nifti_write;
use crate::script::fault::{Answer, Fault};
use crate::script::number::{lengths, number as number_of, triple};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, number};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map};
use std::path::Path;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Volume>("Volume");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![
        ("read_volume", list(|reader| channel_option(reader, &mut None))),
        ("resample", list(|reader| spacing_options(reader, &mut SpacingParams::default()))),
    ]
}

/// Which 3-D image of a 4-D one.
pub(super) fn channel_option(reader: &mut Reader, channel: &mut Option<usize>) {
    reader.maybe_whole("channel", channel, "the only one", "which 3-D image of a 4-D one, counted from 0");
}

/// Whether slices are resized one by one.
pub(super) fn separate_option(reader: &mut Reader, separate: &mut Separate) {
    let words = [("auto", Separate::Auto), ("on", Separate::On), ("off", Separate::Off)];
    reader.choice("separate", separate, &words, "resize slices across the coarsest axis one by one");
}

fn spacing_options(reader: &mut Reader, params: &mut SpacingParams) {
    let words = [("cubic", Order::Cubic), ("linear", Order::Linear)];
    reader.choice("order", &mut params.order, &words, "a volume's voxels by a cubic spline or linearly");
    separate_option(reader, &mut params.separate);
}

impl Show for Volume {
    fn line(&self) -> String {
        let size = size_text(self.shape());
        let spacing = spacing_text(self.geometry().spacing);
        let (least, most) = (number(self.min()), number(self.max()));
        format!("Volume  {size}   {spacing} mm   {}   {least} .. {most}   mean {}", self.dtype(), number(self.mean()))
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// Reads a NIfTI or Analyze image (`.nii`, `.nii.gz`, or a pair `.hdr` and `.img`).
    ///
    /// # Arguments
    /// - `path`: a file
    ///
    /// # Errors
    /// A missing, truncated or unusual file is named, with what is wrong with it.
    ///
    /// # Example
    /// ```
    /// read_volume("nowhere.nii")      // error: nowhere.nii:
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn read_volume(path: &str) -> Answer<Volume> {
        Ok(read_file(Path::new(path))?)
    }

    /// Reads one channel of a 4-D image: a time point, or a modality.
    ///
    /// # Arguments
    /// - `path`: a file
    /// - `channel`: which 3-D image, counted from 0; a 3-D image has channel 0 only
    ///
    /// # Errors
    /// A channel that is not there is named with how many there are.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image.save("brain.nii.gz");
    /// read_volume("brain.nii.gz", #{ channel: 0 }).shape      // => [24, 24, 24]
    /// read_volume("brain.nii.gz", #{ channel: 2 })            // error: brain.nii.gz: wanted channel 2, the image of 24x24x24 voxels has 1
    /// ```
    #[rhai_fn(name = "read_volume", return_raw, volatile)]
    pub fn read_one_volume(path: &str, options: Map) -> Answer<Volume> {
        let mut channel = None;
        read("read_volume", &options, |reader| channel_option(reader, &mut channel))?;
        Ok(read_volume_channel(Path::new(path), channel)?)
    }

    /// Voxels along x, y, z.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.shape             // => [24, 24, 24]
    /// ```
    #[rhai_fn(get = "shape", pure)]
    pub fn shape(volume: &mut Volume) -> Array {
        shape_array(volume.shape())
    }

    /// Millimetres between voxels along x, y, z.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.spacing.len()     // => 3
    /// ```
    #[rhai_fn(get = "spacing", pure)]
    pub fn spacing(volume: &mut Volume) -> Array {
        spacing_array(volume.geometry().spacing)
    }

    /// The 4 rows of the matrix from voxel (i, j, k, 1) to world (x, y, z, 1) in mm.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.affine[3]         // => [0.0, 0.0, 0.0, 1.0]
    /// ```
    #[rhai_fn(get = "affine", pure)]
    pub fn affine(volume: &mut Volume) -> Array {
        affine_rows(&volume.geometry().affine)
    }

    /// The type its voxels had in the file: `u8`, `i16`, `f32` ...
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.zscore().dtype    // => f64
    /// ```
    #[rhai_fn(get = "dtype", pure)]
    pub fn dtype(volume: &mut Volume) -> String {
        volume.dtype().into()
    }

    /// Which way the voxel axes point in the world: `RAS`, `LPS` ...
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.reorient("LPS").orientation   // => LPS
    /// ```
    #[rhai_fn(get = "orientation", pure)]
    pub fn orientation(volume: &mut Volume) -> String {
        code(volume.geometry())
    }

    /// The smallest finite voxel.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.min <= v.mean     // => true
    /// ```
    #[rhai_fn(get = "min", pure)]
    pub fn least(volume: &mut Volume) -> f64 {
        volume.min()
    }

    /// The largest finite voxel.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.max >= v.mean     // => true
    /// ```
    #[rhai_fn(get = "max", pure)]
    pub fn most(volume: &mut Volume) -> f64 {
        volume.max()
    }

    /// The mean of the finite voxels.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.mean > 0.0        // => true
    /// ```
    #[rhai_fn(get = "mean", pure)]
    pub fn mean(volume: &mut Volume) -> f64 {
        volume.mean()
    }

    /// The sum of the finite voxels.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// assert_close(v.sum, v.mean * 24 * 24 * 24, 1e-6)
    /// ```
    #[rhai_fn(get = "sum", pure)]
    pub fn sum(volume: &mut Volume) -> f64 {
        volume.sum()
    }

    /// The voxel (i, j, k), counted from 0.
    ///
    /// # Errors
    /// Outside the image.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.at(0, 0, 0) <= v.max      // => true
    /// v.at(99, 0, 0)              // error: voxel (99, 0, 0) is outside an image of 24x24x24 voxels
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn at(volume: &mut Volume, i: i64, j: i64, k: i64) -> Answer<f64> {
        let size = size_text(volume.shape());
        let outside = || Fault::argument(format!("voxel ({i}, {j}, {k}) is outside an image of {size} voxels"));
        Ok(place([i, j, k]).and_then(|at| volume.at(at)).ok_or_else(outside)?)
    }

    /// The smallest box that holds all non-zero voxels.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.crop().sum == v.sum       // => true
    /// ```
    #[rhai_fn(pure)]
    pub fn crop(volume: &mut Volume) -> Volume {
        volume.crop()
    }

    /// Mean 0 and standard deviation 1 over the non-zero voxels; zeros stay.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// assert_close(v.zscore().sum, 0, 1e-6)
    /// ```
    #[rhai_fn(pure)]
    pub fn zscore(volume: &mut Volume) -> Volume {
        normalize::zscore(volume)
    }

    /// The non-zero voxels brought to 0 .. 1; zeros stay.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.minmax().max              // => 1.0
    /// ```
    #[rhai_fn(pure)]
    pub fn minmax(volume: &mut Volume) -> Volume {
        normalize::minmax(volume)
    }

    /// Every voxel times a number: the same image from a scanner of another gain.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.scaled(2).max == 2 * v.max        // => true
    /// v.scaled(2).minmax().sum == v.minmax().sum      // => true
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn scaled(volume: &mut Volume, factor: Dynamic) -> Answer<Volume> {
        let factor = number_of("scaled", "factor", &factor)?;
        Ok(volume.map(|voxel| voxel * factor))
    }

    /// Another number of voxels over the same space, by linear interpolation with anti-aliasing.
    ///
    /// # Arguments
    /// - `shape`: `[x, y, z]`
    ///
    /// # Source
    /// METHOD section 2: a Gaussian with sigma max(0, (in/out - 1)/2) for each axis, borders mirrored, clipped to
    /// the range of the input; the same volume if the shape is the same.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.resize([12, 8, 6]).shape  // => [12, 8, 6]
    /// v.resize([0, 1, 1])         // error: argument `shape` of resize must be [x, y, z] of whole numbers above 0
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn resize(volume: &mut Volume, shape: Array) -> Answer<Volume> {
        Ok(resample::resize(volume, triple("resize", "shape", &shape)?))
    }

    /// Voxels of another size over the same space, without a blur: as nnU-Net does it.
    ///
    /// # Arguments
    /// - `spacing`: `[x, y, z]` in mm; the nearest that gives whole voxels is taken
    /// - `order`: "cubic" or "linear"
    /// - `separate`: "auto", "on" or "off": slices across an axis that is coarser than 3 times the finest one by one
    ///
    /// # Source
    /// Isensee et al., nnU-Net (Nature Methods 2021), version 2: a cubic B-spline clipped to the range of the input; across a
    /// coarse axis the nearest slice.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image.resize([24, 24, 6]);
    /// let s = v.spacing;
    /// v.resample([s[0], s[1], s[2] / 2], #{ order: "linear" }).shape      // => [24, 24, 12]
    /// v.resample([1, 1, 0])           // error: a spacing is three lengths in mm above 0
    /// ```
    #[rhai_fn(name = "resample", return_raw, pure)]
    pub fn resample_volume(volume: &mut Volume, spacing: Array, options: Map) -> Answer<Volume> {
        let mut params = SpacingParams::default();
        read("resample", &options, |reader| spacing_options(reader, &mut params))?;
        Ok(to_spacing(volume, lengths("resample", "spacing", &spacing)?, params)?)
    }

    /// Voxels of another size over the same space, by a cubic spline.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.resample(v.spacing).sum == v.sum          // => true
    /// ```
    #[rhai_fn(name = "resample", return_raw, pure)]
    pub fn default_resample_volume(volume: &mut Volume, spacing: Array) -> Answer<Volume> {
        resample_volume(volume, spacing, Map::new())
    }

    /// The same image with its voxel axes pointing another way.
    ///
    /// # Arguments
    /// - `code`: three of `R` or `L`, `A` or `P`, `S` or `I`
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.reorient("LPS").at(0, 0, 0) == v.reorient("RAS").at(23, 23, 0)     // => true
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn reorient(volume: &mut Volume, code: &str) -> Answer<Volume> {
        Ok(reoriented(volume, code)?)
    }

    /// Writes a NIfTI-1 image in the type of its voxels.
    ///
    /// # Arguments
    /// - `path`: a file that ends in `.nii` or `.nii.gz`
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// v.save("brain.nii.gz");
    /// read_volume("brain.nii.gz").shape       // => [24, 24, 24]
    /// ```
    #[rhai_fn(return_raw, pure, volatile)]
    pub fn save(volume: &mut Volume, path: &str) -> Answer<()> {
        nifti_write::write_volume(Path::new(path), volume).map_err(|e: Error| e.into())
    }
}
