//! One labelled image of one patient.

use crate::base::error::Result;
use crate::image::geometry::Geometry;
use crate::image::labels::Labels;
use crate::image::mask::Mask;
use crate::image::planes::Planes;
use crate::image::volume::Volume;
use crate::io::key::Key;
use std::sync::Arc;

/// Where the image and the mask of a case come from: files, or a generator. Loading is lazy and may be repeated.
pub trait Source: Send + Sync {
    /// The image, as stored.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    fn image(&self) -> Result<Volume>;

    /// The image for a reader that looks at its planes one after the other, which may take less memory.
    ///
    /// # Errors
    /// As [`Source::image`].
    fn planes(&self) -> Result<Box<dyn Planes>> {
        Ok(Box::new(self.image()?))
    }

    /// The binary objective on the image's grid.
    ///
    /// # Errors
    /// Names the file and what is wrong with it; also when the label's grid is not the image's.
    fn mask(&self) -> Result<Mask>;

    /// The same for a reader that asks for the masks of one label one after the other: the label is read once.
    ///
    /// # Errors
    /// As [`Source::mask`].
    fn mask_after(&self, _last: &mut LastLabel) -> Result<Mask> {
        self.mask()
    }

    /// A hash of the files behind the image and of what is read from them; none where there are no files.
    ///
    /// # Errors
    /// When a file cannot be read.
    fn image_content(&self) -> Result<Option<Key>> {
        Ok(None)
    }

    /// The same for the mask; also says when the label's grid is not the image's.
    ///
    /// # Errors
    /// As [`Source::image_content`], and when the grids differ.
    fn mask_content(&self) -> Result<Option<Key>> {
        Ok(None)
    }

    /// The voxels that scores leave out, such as other pathology beside the lesions; none if every voxel counts.
    ///
    /// # Errors
    /// As [`Source::mask`].
    fn ignored(&self) -> Result<Option<Mask>> {
        Ok(None)
    }

    /// The grid that image and label share; of files only the headers are read.
    ///
    /// # Errors
    /// Names the file whose header is wrong, or both files when their grids differ.
    fn grid(&self) -> Result<Geometry> {
        let image = self.image()?;
        image.geometry().same_grid(self.mask()?.geometry(), "the image", "its label")?;
        Ok(image.geometry().clone())
    }

    /// A word that is equal for two cases that share their image (the file's path): PCA is done once for it.
    fn image_key(&self) -> String;

    /// The same for the mask: the file's path and the objective's values.
    fn mask_key(&self) -> String;
}

/// The label that was read last, and which one it was.
#[derive(Default)]
pub struct LastLabel(pub Option<(String, Labels)>);

/// One labelled image of one patient.
#[derive(Clone)]
pub struct Case {
    /// Unique inside the institution; equal for the modalities and objectives of one patient's visit.
    pub id: String,
    /// Who it is: equal for the visits of one patient, which a split never separates.
    pub subject: String,
    /// The data.
    pub source: Arc<dyn Source>,
}

impl Case {
    /// A case of a source, of a subject with the same name.
    pub fn new(id: impl Into<String>, source: impl Source + 'static) -> Self {
        let id = id.into();
        Case { subject: id.clone(), id, source: Arc::new(source) }
    }

    /// The same case as a visit of this subject.
    #[must_use]
    pub fn of_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Case({})", self.id)
    }
}
