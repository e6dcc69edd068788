//! One subject: painted and imaged when first asked for, then kept for a while.

use super::anatomy::paint;
use super::kind::{Kind, Objective};
use super::render::Fractions;
use super::shelf::{Scan, Shelf};
use super::style::Style;
use super::tissue::Tissue;
use crate::base::error::{Error, Result};
use crate::base::seed::Seed;
use crate::dataset::case::Source;
use crate::image::geometry::Geometry;
use crate::image::labels::Labels;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The fewest voxels of an objective at a target institution, in an image of 24x24x24.
const FEWEST: usize = 12;

/// Draws after which a head without the wanted lesions is taken as it is.
const ATTEMPTS: u64 = 40;

/// Who a subject is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Where it was imaged.
    pub institution: String,
    /// Its case's id.
    pub case: String,
    /// Unique among all subjects of all options.
    pub key: String,
    /// Whether it is there to be a target, so that it must have every objective.
    pub target: bool,
}

/// A subject of an institution.
pub struct Subject {
    seed: Seed,
    identity: Identity,
    geometry: Geometry,
    style: Arc<Style>,
    shelf: Arc<Shelf>,
    scan: Mutex<Weak<Scan>>,
}

impl Subject {
    /// A subject not yet drawn; once drawn, the shelf keeps it.
    #[must_use]
    pub fn new(seed: Seed, identity: Identity, shape: [usize; 3], style: Arc<Style>, shelf: Arc<Shelf>) -> Self {
        // The head fills a cube of about 192 mm.
        let geometry = Geometry::new(shape, shape.map(|n| 192.0 / n as f64));
        Subject { seed, identity, geometry, style, shelf, scan: Mutex::default() }
    }

    /// Who it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What sort of subject it is: its modalities, objectives and label values.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.style.kind()
    }

    /// The grid of its images and labels.
    #[must_use]
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// Its scan, drawn if it is not kept. A second thread that asks waits for the first.
    #[must_use]
    pub fn scan(&self) -> Arc<Scan> {
        // A panic in a draw leaves a dead scan behind, which is drawn again.
        let mut scan = self.scan.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = scan.upgrade() {
            return kept;
        }
        let drawn = Arc::new(self.draw());
        *scan = Arc::downgrade(&drawn);
        self.shelf.keep(&drawn);
        drawn
    }

    fn draw(&self) -> Scan {
        let shape = self.geometry.shape.map(|n| 2 * n);
        let fewest = if self.identity.target { FEWEST * self.geometry.voxels() / 24_usize.pow(3) } else { 0 };
        let head = |attempt| {
            let fractions = Fractions::of(&paint(self.seed.named("anatomy").nth(attempt), self.kind(), shape));
            let tissues = fractions.majority();
            (fractions, tissues)
        };
        let complete = |tissues: &[Tissue]| {
            let size = |objective: &Objective| tissues.iter().filter(|t| objective.tissues.contains(t)).count();
            self.kind().objectives().iter().all(|objective| size(objective) >= fewest)
        };
        let mut attempt = 0;
        let (mut fractions, mut tissues) = head(attempt);
        while fewest > 0 && !complete(&tissues) && attempt < ATTEMPTS {
            attempt += 1;
            (fractions, tissues) = head(attempt);
        }
        let images = (self.style.of_subject(self.seed).iter().zip(self.kind().modalities()))
            .map(|(look, modality)| fractions.image(self.seed.named("image").named(modality), &tissues, look))
            .collect();
        Scan { tissues, images }
    }

    /// The label image, in the values of the data set its kind is modelled on.
    #[must_use]
    pub fn labels(&self) -> Labels {
        let values: Vec<u16> = self.scan().tissues.iter().map(|&tissue| self.kind().label(tissue)).collect();
        Labels::new(self.geometry.clone(), values)
    }

    /// The image of a modality of its kind, in whole numbers.
    ///
    /// # Errors
    /// Names the modalities there are.
    pub fn image(&self, modality: &str) -> Result<Volume> {
        let modalities = self.kind().modalities();
        let place = modalities.iter().position(|name| *name == modality).ok_or_else(|| {
            Error::argument(format!("a phantom of kind {} has no modality {modality:?}", self.kind().name()))
                .help(format!("there are: {}", modalities.join(", ")))
        })?;
        let voxels: Vec<f64> = self.scan().images[place].iter().map(|&v| f64::from(v)).collect();
        Ok(Volume::new(self.geometry.clone(), voxels).stored_as("i16"))
    }

    fn mask(&self, tissues: &[Tissue]) -> Mask {
        let scan = self.scan();
        Mask::from_fn(self.geometry.clone(), |n| tissues.contains(&scan.tissues[n]))
    }
}

/// One modality and one objective of a subject.
pub struct View {
    /// Whose.
    pub subject: Arc<Subject>,
    /// One of its kind's modalities.
    pub modality: &'static str,
    /// One of its kind's objectives.
    pub objective: &'static Objective,
}

impl Source for View {
    fn image(&self) -> Result<Volume> {
        self.subject.image(self.modality)
    }

    fn mask(&self) -> Result<Mask> {
        Ok(self.subject.mask(self.objective.tissues))
    }

    fn ignored(&self) -> Result<Option<Mask>> {
        Ok(self.subject.kind().ignored().map(|(tissue, _)| self.subject.mask(&[tissue])))
    }

    fn grid(&self) -> Result<Geometry> {
        Ok(self.subject.geometry.clone())
    }

    fn image_key(&self) -> String {
        format!("{}/{}", self.subject.identity.key, self.modality)
    }

    fn mask_key(&self) -> String {
        format!("{}/{}", self.subject.identity.key, self.objective.name)
    }
}
