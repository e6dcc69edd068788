//! `Labels` and `Mask`: images of label values, and of yes and no.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::volume::{channel_option, separate_option};
use super::words::{place, shape_array, size_text, spacing_array, spacing_text};
use crate::image::geometry::Geometry;
use crate::image::labels::Labels;
use crate::image::mask::Mask;
use crate::image::orientation::{reorient_labels, reorient_mask};
use crate::image::resample;
use crate::image::spacing::{LabelOrder, LabelSpacingParams, labels_to_spacing};
use crate::io::nifti::{read_labels as read_file, read_labels_channel};
use crate::io::nifti_write;
use crate::script::fault::{Answer, Fault};
use crate::script::number::{as_whole, lengths, triple, wrong};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, plural};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map};
use std::path::Path;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Labels>("Labels");
    engine.register_type_with_name::<Mask>("Mask");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("read_labels", list(|reader| channel_option(reader, &mut None)))]
}

fn spacing_options(reader: &mut Reader, params: &mut LabelSpacingParams) {
    let words = [("linear", LabelOrder::Linear), ("nearest", LabelOrder::Nearest)];
    reader.choice("order", &mut params.order, &words, "each label's share of at least a half, or the nearest voxel's");
    separate_option(reader, &mut params.separate);
}

impl Show for Labels {
    fn line(&self) -> String {
        let counts: Vec<String> = self.counts().iter().map(|(value, voxels)| format!("{value}: {voxels}")).collect();
        let spacing = spacing_text(self.geometry().spacing);
        format!("Labels  {}   {spacing} mm   voxels {}", size_text(self.shape()), counts.join("  "))
    }
}

impl Show for Mask {
    fn line(&self) -> String {
        let all = self.geometry().voxels().max(1);
        let share = 100.0 * self.count() as f64 / all as f64;
        format!("Mask  {}   {} ({share:.2} %)", size_text(self.shape()), plural(self.count(), "voxel"))
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// Reads a NIfTI or Analyze image of whole label values.
    ///
    /// # Errors
    /// A missing or broken file, or a value that is no label, is named.
    ///
    /// # Example
    /// ```
    /// read_labels("nowhere.nii")      // error: nowhere.nii:
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn read_labels(path: &str) -> Answer<Labels> {
        Ok(read_file(Path::new(path))?)
    }

    /// Reads one channel of a 4-D image of labels.
    ///
    /// # Arguments
    /// - `path`: a file
    /// - `channel`: which 3-D image, counted from 0
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.save("mask.nii.gz");
    /// read_labels("mask.nii.gz", #{ channel: 0 }).shape       // => [24, 24, 24]
    /// read_labels("mask.nii.gz", #{ chanel: 0 })              // error: unknown option `chanel` for read_labels
    /// ```
    #[rhai_fn(name = "read_labels", return_raw, volatile)]
    pub fn read_one_labels(path: &str, options: Map) -> Answer<Labels> {
        let mut channel = None;
        read("read_labels", &options, |reader| channel_option(reader, &mut channel))?;
        Ok(read_labels_channel(Path::new(path), channel)?)
    }

    /// Voxels of another size over the same space: the label with a share of a half or more.
    ///
    /// # Arguments
    /// - `spacing`: `[x, y, z]` in mm; the nearest that gives whole voxels is taken
    /// - `order`: "linear" or "nearest"
    /// - `separate`: "auto", "on" or "off": slices across an axis that is coarser than 3 times the finest one by one
    ///
    /// # Source
    /// Isensee et al., nnU-Net (Nature Methods 2021), version 2: each label's own 0-1 image resized linearly, taken where it
    /// is at least 0.5.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.save("mask.nii.gz");
    /// let labels = read_labels("mask.nii.gz");
    /// let s = labels.spacing;
    /// labels.resample([s[0] * 2, s[1], s[2]], #{ order: "nearest" }).shape    // => [12, 24, 24]
    /// labels.resample([1, 1])         // error: argument `spacing` of resample must be [x, y, z] of numbers
    /// ```
    #[rhai_fn(name = "resample", return_raw, pure)]
    pub fn resample_labels(labels: &mut Labels, spacing: Array, options: Map) -> Answer<Labels> {
        let mut params = LabelSpacingParams::default();
        read("resample", &options, |reader| spacing_options(reader, &mut params))?;
        Ok(labels_to_spacing(labels, lengths("resample", "spacing", &spacing)?, params)?)
    }

    /// Voxels of another size over the same space: the label with a share of a half or more.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.save("mask.nii.gz");
    /// let labels = read_labels("mask.nii.gz");
    /// labels.resample(labels.spacing).counts == labels.counts     // => true
    /// ```
    #[rhai_fn(name = "resample", return_raw, pure)]
    pub fn default_resample_labels(labels: &mut Labels, spacing: Array) -> Answer<Labels> {
        resample_labels(labels, spacing, Map::new())
    }

    /// Voxels along x, y, z.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.save("mask.nii.gz");
    /// read_labels("mask.nii.gz").shape        // => [24, 24, 24]
    /// ```
    #[rhai_fn(get = "shape", pure)]
    pub fn labels_shape(labels: &mut Labels) -> Array {
        shape_array(labels.shape())
    }

    /// Millimetres between voxels along x, y, z.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.save("mask.nii.gz");
    /// read_labels("mask.nii.gz").spacing.len()    // => 3
    /// ```
    #[rhai_fn(get = "spacing", pure)]
    pub fn labels_spacing(labels: &mut Labels) -> Array {
        spacing_array(labels.geometry().spacing)
    }

    /// How many voxels hold each value: a map from the value (as text) to voxels.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.save("mask.nii.gz");
    /// let labels = read_labels("mask.nii.gz");
    /// labels.counts["1"] == labels.mask([1]).voxels   // => true
    /// ```
    #[rhai_fn(get = "counts", pure)]
    pub fn counts(labels: &mut Labels) -> Map {
        let count = |n: usize| Dynamic::from(i64::try_from(n).unwrap_or(i64::MAX));
        labels.counts().into_iter().map(|(value, voxels)| (value.to_string().into(), count(voxels))).collect()
    }

    /// The voxels that hold one of these values.
    ///
    /// # Arguments
    /// - `values`: an array of label values
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.save("mask.nii.gz");
    /// read_labels("mask.nii.gz").mask([7]).voxels     // => 0
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn mask(labels: &mut Labels, values: Array) -> Answer<Mask> {
        let value = |v: &Dynamic| {
            let label = as_whole(v).and_then(|n| u16::try_from(n).ok());
            label.ok_or_else(|| wrong("mask", "values", "an array of labels 0 .. 65535", v))
        };
        let values: Vec<u16> = values.iter().map(value).collect::<Result<_, Fault>>()?;
        Ok(labels.mask(&values))
    }

    /// Voxels along x, y, z.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.shape    // => [24, 24, 24]
    /// ```
    #[rhai_fn(get = "shape", pure)]
    pub fn mask_shape(mask: &mut Mask) -> Array {
        shape_array(mask.shape())
    }

    /// How many voxels are inside.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.voxels > 0   // => true
    /// ```
    #[rhai_fn(get = "voxels", pure)]
    pub fn voxels(mask: &mut Mask) -> i64 {
        i64::try_from(mask.count()).unwrap_or(i64::MAX)
    }

    /// Whether voxel (i, j, k) is inside.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.at(0, 0, 0)  // => false
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn at(mask: &mut Mask, i: i64, j: i64, k: i64) -> Answer<bool> {
        let size = size_text(mask.shape());
        let outside = || Fault::argument(format!("voxel ({i}, {j}, {k}) is outside an image of {size} voxels"));
        let inside = |at: &[usize; 3]| (0..3).all(|axis| at[axis] < mask.shape()[axis]);
        let at = place([i, j, k]).filter(inside).ok_or_else(outside)?;
        Ok(mask.get(mask.geometry().offset(at)))
    }

    /// Another number of voxels over the same space, by nearest neighbour.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.resize([6, 6, 6]).shape  // => [6, 6, 6]
    /// ```
    #[rhai_fn(name = "resize", return_raw, pure)]
    pub fn resize_mask(mask: &mut Mask, shape: Array) -> Answer<Mask> {
        Ok(resample::mask_nearest(mask, triple("resize", "shape", &shape)?))
    }

    /// Writes the mask as a NIfTI-1 image of 0 and 1.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.save("mask.nii.gz")
    /// ```
    #[rhai_fn(name = "save", return_raw, pure, volatile)]
    pub fn save_mask(mask: &mut Mask, path: &str) -> Answer<()> {
        nifti_write::write_mask(Path::new(path), mask).map_err(Into::into)
    }

    /// Writes the labels as a NIfTI-1 image.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.save("mask.nii.gz");
    /// read_labels("mask.nii.gz").save("labels.nii.gz")
    /// ```
    #[rhai_fn(name = "save", return_raw, pure, volatile)]
    pub fn save_labels(labels: &mut Labels, path: &str) -> Answer<()> {
        nifti_write::write_labels(Path::new(path), labels).map_err(Into::into)
    }

    /// The same labels with their voxel axes pointing another way; the patient does not move.
    ///
    /// # Arguments
    /// - `code`: three of `R` or `L`, `A` or `P`, `S` or `I`
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).mask.save("turn.nii.gz");
    /// let l = read_labels("turn.nii.gz");
    /// l.reorient("LPS").counts == l.counts        // => true
    /// l.reorient("LPX")       // error: an orientation is three letters such as RAS, got `LPX`
    /// ```
    #[rhai_fn(name = "reorient", return_raw, pure)]
    pub fn turned_labels(labels: &mut Labels, code: &str) -> Answer<Labels> {
        Ok(reorient_labels(labels, code)?)
    }

    /// The same mask with its voxel axes pointing another way; the patient does not move.
    ///
    /// # Example
    /// ```
    /// let c = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0);
    /// dice(c.mask.reorient("LPS").reorient("RAS"), c.mask)        // => 1.0
    /// ```
    #[rhai_fn(name = "reorient", return_raw, pure)]
    pub fn turned_mask(mask: &mut Mask, code: &str) -> Answer<Mask> {
        Ok(reorient_mask(mask, code)?)
    }

    /// A mask made by hand: a box of voxels in an image of 1 mm voxels.
    ///
    /// # Arguments
    /// - `shape`: voxels of the image along x, y, z
    /// - `first`: the voxel the box begins at, counted from 0
    /// - `size`: voxels of the box; 0 for an empty mask
    ///
    /// # Example
    /// ```
    /// let m = box_mask([10, 10, 10], [2, 2, 2], [3, 3, 1]);
    /// [m.voxels, m.at(2, 4, 2), m.at(2, 2, 3)]            // => [9, true, false]
    /// box_mask([10, 10, 10], [8, 2, 2], [3, 3, 1])        // error: a box from [8, 2, 2] of [3, 3, 1] voxels does not fit
    /// ```
    #[rhai_fn(return_raw)]
    pub fn box_mask(shape: Array, first: Array, size: Array) -> Answer<Mask> {
        let shape = triple("box_mask", "shape", &shape)?;
        let corner = |name, array: &Array| -> Result<[usize; 3], Fault> {
            let place = |v: &Dynamic| as_whole(v).and_then(|n| usize::try_from(n).ok());
            let places: Option<Vec<usize>> = array.iter().map(place).collect();
            let places = places.and_then(|p| <[usize; 3]>::try_from(p).ok());
            let wanted = "[x, y, z] of whole numbers, 0 or more";
            places.ok_or_else(|| wrong("box_mask", name, wanted, &array.clone().into()))
        };
        let (first, size) = (corner("first", &first)?, corner("size", &size)?);
        let end: [usize; 3] = std::array::from_fn(|axis| first[axis].saturating_add(size[axis]));
        if (0..3).any(|axis| end[axis] > shape[axis]) {
            let message = format!("a box from {first:?} of {size:?} voxels does not fit an image of {shape:?}");
            return Err(Fault::argument(message).into());
        }
        let [x, y, _] = shape;
        let place = |n: usize| [n % x, n / x % y, n / x / y];
        let inside = move |n: usize| (0..3).all(|axis| (first[axis]..end[axis]).contains(&place(n)[axis]));
        Ok(Mask::from_fn(Geometry::new(shape, [1.0; 3]), inside))
    }

    /// How many voxels both masks hold.
    ///
    /// # Errors
    /// When the shapes differ.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1 });
    /// tasks["16-T2-NCR"].case(0).mask.overlap(tasks["16-T2-ED"].case(0).mask)     // => 0
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn overlap(mask: &mut Mask, other: Mask) -> Answer<i64> {
        let (a, b) = (size_text(mask.shape()), size_text(other.shape()));
        if mask.shape() != other.shape() {
            return Err(Fault::new("data", format!("two masks to overlap have {a} and {b} voxels")).into());
        }
        Ok(i64::try_from(mask.overlap(&other)).unwrap_or(i64::MAX))
    }
}
