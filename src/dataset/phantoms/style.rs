//! What an institution's scanner and a subject's tissue do to the brightness of everything.

use super::contrast::{brightness, modality_number};
use super::kind::Kind;
use super::tissue::{TISSUES, Tissue};
use crate::base::math::exp;
use crate::base::normal::StandardNormal;
use crate::base::seed::{Rng, Seed};
use rand::Rng as _;
use rand::distr::Distribution;

/// How one modality looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Brightness by tissue number, the white matter of adults about 1.
    pub brightness: [f64; TISSUES],
    /// Stored value of that white matter.
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
pub struct Style {
    kind: Kind,
    /// In the order of the kind's modalities.
    looks: Vec<Look>,
}

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
    /// The style of an institution whose scanner is of `vendor`. With a `shift` of 0 all institutions of a kind look alike.
    #[must_use]
    pub fn draw(seed: Seed, kind: Kind, vendor: &str, institution: &str, shift: f64) -> Self {
        let [vendor, site] = [seed.named("vendor").named(vendor), seed.named("style").named(institution)];
        let look = |name: &&'static str| {
            let [vendor, site] = [vendor.named(name).rng(), site.named(name).rng()];
            let mut draws = Draws { vendor, site, shift };
            let m = modality_number(name).expect("every kind has modalities of the table");
            let gain = 300.0 * exp(0.30 * draws.normal());
            let gamma = exp(0.18 * draws.normal());
            let bias = draws.between(0.04, 0.14);
            // Noise is a share of the modality's bright tissue; infants are scanned in their sleep, and longer.
            let noise = draws.between(0.02, 0.07)
                * match (kind, *name) {
                    (_, "T2") => 1.9,
                    (Kind::Infant, "T1") => 0.4,
                    _ => 1.0,
                };
            let blur = [draws.between(0.0, 0.45), draws.between(0.0, 0.8)];
            let mut levels = [0.0; TISSUES];
            for &tissue in kind.tissues() {
                levels[tissue as usize] = brightness(kind, tissue, m) * exp(0.06 * draws.normal());
            }
            Look { brightness: levels, gain, gamma, bias, noise, blur }
        };
        Style { kind, looks: kind.modalities().iter().map(look).collect() }
    }

    /// What sort of subjects it is for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The looks of one subject there, in the order of the kind's modalities: its tissues differ a little, in all
    /// modalities together and in each alone.
    #[must_use]
    pub fn of_subject(&self, seed: Seed) -> Vec<Look> {
        let mut rng = seed.named("jitter").rng();
        let mut normal = |sd: f64| -> f64 { sd * Distribution::<f64>::sample(&StandardNormal, &mut rng) };
        let shared: Vec<f64> = self.kind.tissues().iter().map(|_| normal(0.07)).collect();
        (self.looks.iter().zip(self.kind.modalities()))
            .map(|(look, modality)| {
                let mut look = look.clone();
                for (&tissue, shared) in self.kind.tissues().iter().zip(&shared) {
                    let mut jitter = shared + normal(0.06);
                    // Dead tissue is anything from fluid to protein.
                    if tissue == Tissue::Necrosis && ["FLAIR", "T2"].contains(modality) {
                        jitter += normal(0.25);
                    }
                    look.brightness[tissue as usize] *= exp(jitter);
                }
                look.gamma *= exp(normal(0.10));
                look.gain *= exp(normal(0.05));
                look
            })
            .collect()
    }
}
