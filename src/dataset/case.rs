//! One labelled image of one patient.

use crate::base::error::Result;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use std::sync::Arc;

/// Where the image and the mask of a case come from: files, or a generator. Loading is lazy and may be repeated.
pub trait Source: Send + Sync {
    /// The image, as stored.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    fn image(&self) -> Result<Volume>;

    /// The binary objective on the image's grid.
    ///
    /// # Errors
    /// Names the file and what is wrong with it; also when the label's grid is not the image's.
    fn mask(&self) -> Result<Mask>;

    /// A word that is equal for two cases that share their image (the file's path): PCA is done once for it.
    fn image_key(&self) -> String;

    /// The same for the mask: the file's path and the objective's values.
    fn mask_key(&self) -> String;
}

/// One labelled image of one patient.
#[derive(Clone)]
pub struct Case {
    /// Unique inside the institution; equal for the modalities and objectives of one patient's visit.
    pub id: String,
    /// The data.
    pub source: Arc<dyn Source>,
}

impl Case {
    /// A case of a source.
    pub fn new(id: impl Into<String>, source: impl Source + 'static) -> Self {
        Case { id: id.into(), source: Arc::new(source) }
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Case({})", self.id)
    }
}
