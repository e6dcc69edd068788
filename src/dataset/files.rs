//! A case whose image and label are files.

use super::case::{LastLabel, Source};
use crate::base::error::{Error, Result};
use crate::image::geometry::Geometry;
use crate::image::labels::Labels;
use crate::image::mask::Mask;
use crate::image::planes::Planes;
use crate::image::volume::Volume;
use crate::io::key::{Key, KeyBuilder};
use crate::io::nifti::{read_geometry, read_geometry_channel, read_labels, read_planes, read_volume_channel};
use crate::io::pair;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to do about a value that is not expected.
const STRANGE: &str =
    "is the layout (or its release) the right one? `objectives: #{ name: [values] }` says what values mean";

/// More values than this in a label are looked at twice.
const MANY: usize = 64;

/// What the values of a label image mean for one objective.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meaning {
    /// The values that belong to the objective; none stands for every value but 0.
    pub values: Vec<u16>,
    /// The values that scores leave out.
    pub ignored: Vec<u16>,
    /// The values that may occur beside 0; none stands for any.
    pub expected: Vec<u16>,
    /// What to do about a value that is not expected but known, such as one of another release.
    pub hints: BTreeMap<u16, String>,
}

/// An image file, a label file, and what the label's values mean. Nothing is read before it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Files {
    /// The image.
    pub image: PathBuf,
    /// Which channel of it, counted from 0; none for an image that has only one.
    pub channel: Option<usize>,
    /// Its labels, on the same grid.
    pub label: PathBuf,
    /// What the label's values mean.
    pub meaning: Arc<Meaning>,
}

impl Files {
    /// The label, with every value one that is expected, on the image's grid.
    fn labels(&self) -> Result<Labels> {
        let labels = read_labels(&self.label)?;
        let expected = &self.meaning.expected;
        if !expected.is_empty() {
            let strange = |value: &u16| *value != 0 && !expected.contains(value);
            if let Some(value) = labels.values().iter().copied().find(strange) {
                let count = labels.values().iter().filter(|v| **v == value).count();
                let list: Vec<String> = expected.iter().map(ToString::to_string).collect();
                return Err(Error::format(
                    &self.label,
                    format!("wanted the label values 0, {}, got {value} in {count} voxels", list.join(", ")),
                )
                .help(self.meaning.hints.get(&value).map_or(STRANGE, String::as_str)));
            }
        }
        if expected.is_empty()
            && let Some(values) = graded(&labels)
        {
            return Err(Error::format(
                &self.label,
                format!("wanted labels, got {values} values, most of them unlike their neighbours"),
            )
            .help("is this the image, or a probability map? cut a map at 0.5 first, and write what is above it as 1"));
        }
        self.same_grid(&read_geometry_channel(&self.image, self.channel)?, labels.geometry())?;
        Ok(labels)
    }

    /// The voxels of the objective.
    fn objective(&self, labels: &Labels) -> Mask {
        match self.meaning.values.is_empty() {
            true => Mask::from_fn(labels.geometry().clone(), |n| labels.values()[n] != 0),
            false => labels.mask(&self.meaning.values),
        }
    }

    fn same_grid(&self, image: &Geometry, label: &Geometry) -> Result<()> {
        let (a, b) = (format!("the image {}", self.image.display()), format!("its label {}", self.label.display()));
        image.same_grid(label, &a, &b).map_err(|e| {
            e.help("a label must lie on its image's grid: resample it, or look whether the files were mixed up")
        })
    }
}

/// The name of what is read from an image, one file or a pair.
fn content_of(path: &Path, name: KeyBuilder) -> Result<Key> {
    let header = pair::header_of(path)?;
    let name = name.key(&Key::of_file(&header)?);
    // A header without its voxels is a fault that reading it names better.
    let voxels = if pair::is_header(&header) { pair::image_of(&header).ok() } else { None };
    Ok(match voxels {
        Some(voxels) => name.key(&Key::of_file(&voxels)?),
        None => name,
    }
    .done())
}

/// How many values a "label" has that is none: a probability map stored as 0 to 255, or an image.
///
/// A parcellation may have hundreds of values too, but most voxels inside it are like their neighbour.
fn graded(labels: &Labels) -> Option<usize> {
    let count = labels.counts().keys().filter(|value| **value != 0).count();
    if count <= MANY {
        return None;
    }
    let (mut inside, mut equal) = (0_usize, 0_usize);
    for row in labels.values().chunks(labels.shape()[0]) {
        for pair in row.windows(2).filter(|pair| pair[0] != 0 && pair[1] != 0) {
            inside += 1;
            equal += usize::from(pair[0] == pair[1]);
        }
    }
    (2 * equal < inside).then_some(count)
}

impl Source for Files {
    fn image(&self) -> Result<Volume> {
        read_volume_channel(&self.image, self.channel)
    }

    fn planes(&self) -> Result<Box<dyn Planes>> {
        Ok(Box::new(read_planes(&self.image, self.channel)?))
    }

    fn mask(&self) -> Result<Mask> {
        Ok(self.objective(&self.labels()?))
    }

    fn mask_after(&self, last: &mut LastLabel) -> Result<Mask> {
        // What a label may hold is part of reading it, and so is the image that it must fit.
        let which = format!("{} {:?} {}", self.label.display(), self.meaning.expected, self.image_key());
        match &last.0 {
            Some((key, labels)) if *key == which => Ok(self.objective(labels)),
            _ => {
                let labels = self.labels()?;
                let mask = self.objective(&labels);
                last.0 = Some((which, labels));
                Ok(mask)
            }
        }
    }

    fn image_content(&self) -> Result<Option<Key>> {
        let channel = self.channel.map_or(0, |channel| channel as u64 + 1);
        Ok(Some(content_of(&self.image, Key::of("image").number(channel))?))
    }

    fn mask_content(&self) -> Result<Option<Key>> {
        self.grid()?;
        let Meaning { values, expected, .. } = &*self.meaning;
        let key = |key: KeyBuilder, list: &[u16]| {
            list.iter().fold(key.number(list.len() as u64), |key, &value| key.number(u64::from(value)))
        };
        Ok(Some(content_of(&self.label, key(key(Key::of("mask"), values), expected))?))
    }

    fn ignored(&self) -> Result<Option<Mask>> {
        if self.meaning.ignored.is_empty() {
            return Ok(None);
        }
        let mask = self.labels()?.mask(&self.meaning.ignored);
        Ok((mask.count() > 0).then_some(mask))
    }

    fn grid(&self) -> Result<Geometry> {
        let image = read_geometry_channel(&self.image, self.channel)?;
        self.same_grid(&image, &read_geometry(&self.label)?)?;
        Ok(image)
    }

    fn image_key(&self) -> String {
        match self.channel {
            Some(channel) => format!("{} channel {channel}", self.image.display()),
            None => self.image.display().to_string(),
        }
    }

    fn mask_key(&self) -> String {
        format!("{} {:?}", self.label.display(), self.meaning.values)
    }
}
