//! What an institution's scanner and a subject's tissue do to the brightness of everything.

use super::contrast::{MODALITIES, brightness};
use super::tissue::{ALL, TISSUES, Tissue};
use crate::base::seed::{Rng, Seed};
use rand::Rng as _;
use rand_distr::{Distribution, StandardNormal};

/// How one modality looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Brightness by tissue number, white matter about 1.
    pub brightness: [f64; TISSUES],
    /// Stored value of white matter.
    pub gain: f64,
    /// Exponent of the brightness.
    pub gamma: f64,
    /// Amplitude of the bias field in the logarithm.
    pub bias: f64,
    /// Standard deviation of the Rician noise.
    pub noise: f64,
    /// Gaussian blur in voxels along x and y, and along z.
    pub blur: [f64; 2],
}

/// The looks of all modalities at an institution, before its subjects differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Style([Look; 4]);

/// Normal and uniform draws that are mostly the vendor's and partly the institution's own.
struct Draws {
    vendor: Rng,
    site: Rng,
    shift: f64,
}

impl Draws {
    fn normal(&mut self) -> f64 {
        let vendor: f64 = StandardNormal.sample(&mut self.vendor);
        let site: f64 = StandardNormal.sample(&mut self.site);
        self.shift * (vendor + 0.3 * site)
    }

    /// Between `low` and `high`, at the middle when there is no shift.
    fn between(&mut self, low: f64, high: f64) -> f64 {
        let (vendor, site) = (self.vendor.random_range(-1.0..1.0), self.site.random_range(-1.0..1.0));
        let at: f64 = self.shift * (vendor + 0.3 * site);
        (low + high) / 2.0 + (high - low) / 2.0 * at.clamp(-1.0, 1.0)
    }
}

impl Style {
    /// The style of an institution whose scanner is of `vendor`.
    #[must_use]
    pub fn draw(seed: Seed, vendor: &str, institution: &str, shift: f64) -> Self {
        let [vendor, site] = [seed.named("vendor").named(vendor), seed.named("style").named(institution)];
        Style(std::array::from_fn(|m| {
            let [vendor, site] = [vendor.named(MODALITIES[m]).rng(), site.named(MODALITIES[m]).rng()];
            let mut draws = Draws { vendor, site, shift };
            Look {
                gain: 300.0 * (0.30 * draws.normal()).exp(),
                gamma: (0.18 * draws.normal()).exp(),
                bias: draws.between(0.04, 0.14),
                noise: draws.between(0.02, 0.07) * if MODALITIES[m] == "T2" { 1.9 } else { 1.0 },
                blur: [draws.between(0.0, 0.45), draws.between(0.0, 0.8)],
                brightness: ALL.map(|tissue| brightness(tissue, m) * (0.06 * draws.normal()).exp()),
            }
        }))
    }

    /// The looks of one subject there: its tissues differ a little, in all modalities together and in each alone.
    #[must_use]
    pub fn of_subject(&self, seed: Seed) -> [Look; 4] {
        let mut rng = seed.named("jitter").rng();
        let mut normal = |sd: f64| -> f64 { sd * Distribution::<f64>::sample(&StandardNormal, &mut rng) };
        let shared: [f64; TISSUES] = std::array::from_fn(|_| normal(0.07));
        std::array::from_fn(|m| {
            let mut look = self.0[m].clone();
            for (tissue, shared) in ALL.into_iter().zip(shared) {
                let mut jitter = shared + normal(0.06);
                // Dead tissue is anything from fluid to protein.
                if tissue == Tissue::Necrosis && ["FLAIR", "T2"].contains(&MODALITIES[m]) {
                    jitter += normal(0.25);
                }
                look.brightness[tissue as usize] *= jitter.exp();
            }
            look.gamma *= normal(0.10).exp();
            look.gain *= normal(0.05).exp();
            look
        })
    }
}
