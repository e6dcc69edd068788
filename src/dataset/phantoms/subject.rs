//! One subject: painted and imaged when first asked for, then kept.

use super::anatomy::paint;
use super::contrast::MODALITIES;
use super::render::Fractions;
use super::style::Style;
use super::tissue::Tissue;
use crate::base::error::Result;
use crate::base::seed::Seed;
use crate::dataset::case::Source;
use crate::image::geometry::Geometry;
use crate::image::labels::Labels;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use std::sync::{Arc, OnceLock};

/// The fewest voxels of an objective at a target institution, in an image of 24x24x24.
const FEWEST: usize = 12;

/// Draws after which a head without the wanted lesions is taken as it is.
const ATTEMPTS: u64 = 40;

/// A subject of an institution.
pub struct Subject {
    seed: Seed,
    key: String,
    geometry: Geometry,
    style: Arc<Style>,
    fewest: usize,
    scan: OnceLock<Scan>,
}

/// All that was drawn of a subject.
struct Scan {
    tissues: Vec<Tissue>,
    images: [Vec<i16>; 4],
}

impl Subject {
    /// A subject not yet drawn. `key` is unique among all subjects; a target's subject has every objective.
    #[must_use]
    pub fn new(seed: Seed, key: String, shape: [usize; 3], style: Arc<Style>, target: bool) -> Self {
        // The head fills a cube of about 192 mm.
        let geometry = Geometry::new(shape, shape.map(|n| 192.0 / n as f64));
        let fewest = if target { FEWEST * geometry.voxels() / 24_usize.pow(3) } else { 0 };
        Subject { seed, key, geometry, style, fewest, scan: OnceLock::new() }
    }

    fn scan(&self) -> &Scan {
        self.scan.get_or_init(|| {
            let shape = self.geometry.shape.map(|n| 2 * n);
            let draw = |attempt| {
                let fractions = Fractions::of(&paint(self.seed.named("anatomy").nth(attempt), shape));
                let tissues = fractions.majority();
                (fractions, tissues)
            };
            let complete = |tissues: &[Tissue]| {
                let size = |tissue| tissues.iter().filter(|&&t| t == tissue).count();
                [Tissue::Oedema, Tissue::Enhancing, Tissue::Necrosis].into_iter().all(|t| size(t) >= self.fewest)
            };
            let mut attempt = 0;
            let (mut fractions, mut tissues) = draw(attempt);
            while !complete(&tissues) && attempt < ATTEMPTS {
                attempt += 1;
                (fractions, tissues) = draw(attempt);
            }
            let looks = self.style.of_subject(self.seed);
            let images = std::array::from_fn(|m| {
                fractions.image(self.seed.named("image").named(MODALITIES[m]), &tissues, &looks[m])
            });
            Scan { tissues, images }
        })
    }

    /// What each voxel mostly is, in memory order.
    #[must_use]
    pub fn tissues(&self) -> &[Tissue] {
        &self.scan().tissues
    }

    /// The label image: 1 NCR, 2 ED, 4 ET.
    #[must_use]
    pub fn labels(&self) -> Labels {
        Labels::new(self.geometry.clone(), self.tissues().iter().map(|tissue| tissue.label()).collect::<Vec<_>>())
    }

    /// The image of a modality, by its place in [`MODALITIES`].
    #[must_use]
    pub fn image(&self, modality: usize) -> Volume {
        let voxels: Vec<f64> = self.scan().images[modality].iter().map(|&v| f64::from(v)).collect();
        Volume::new(self.geometry.clone(), voxels).stored_as("i16")
    }
}

/// One modality and one objective of a subject.
pub struct View {
    /// Whose.
    pub subject: Arc<Subject>,
    /// Place in [`MODALITIES`].
    pub modality: usize,
    /// What is segmented.
    pub objective: Tissue,
}

impl Source for View {
    fn image(&self) -> Result<Volume> {
        Ok(self.subject.image(self.modality))
    }

    fn mask(&self) -> Result<Mask> {
        let tissues = self.subject.tissues();
        Ok(Mask::from_fn(self.subject.geometry.clone(), |n| tissues[n] == self.objective))
    }

    fn image_key(&self) -> String {
        format!("{}/{}", self.subject.key, MODALITIES[self.modality])
    }

    fn mask_key(&self) -> String {
        format!("{}/{:?}", self.subject.key, self.objective)
    }
}
