//! A case whose image and label are files.

use super::case::Source;
use crate::base::error::Result;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use crate::io::nifti::{read_geometry, read_labels, read_volume};
use std::path::PathBuf;

/// An image file, a label file, and the label values of the objective. Nothing is read before it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Files {
    /// The image.
    pub image: PathBuf,
    /// Its labels, on the same grid.
    pub label: PathBuf,
    /// The values that belong to the objective.
    pub values: Vec<u16>,
}

impl Source for Files {
    fn image(&self) -> Result<Volume> {
        read_volume(&self.image)
    }

    fn mask(&self) -> Result<Mask> {
        let labels = read_labels(&self.label)?;
        let grid = read_geometry(&self.image)?;
        let (image, label) =
            (format!("the image {}", self.image.display()), format!("its label {}", self.label.display()));
        grid.same_grid(labels.geometry(), &image, &label).map_err(|e| {
            e.help("a label must lie on its image's grid: resample it, or look whether the files were mixed up")
        })?;
        Ok(labels.mask(&self.values))
    }

    fn image_key(&self) -> String {
        self.image.display().to_string()
    }

    fn mask_key(&self) -> String {
        format!("{} {:?}", self.label.display(), self.values)
    }
}
