//! How bright a tissue is in a modality, the white matter of adults being 1.

use super::kind::Kind;
use super::tissue::{TISSUES, Tissue};

/// The modalities phantoms have.
pub const MODALITIES: [&str; 4] = ["FLAIR", "T1", "T1ce", "T2"];

/// Brightness in [`MODALITIES`] order, by tissue number. Cortex is brighter in FLAIR than in a textbook because a ribbon
/// of one or two voxels shares them with dark fluid.
const ADULT: [[f64; 4]; TISSUES] = [
    [0.0, 0.0, 0.0, 0.0],
    [0.25, 0.42, 0.42, 3.0],
    [0.14, 0.40, 0.40, 3.12],
    [1.28, 0.78, 0.80, 1.42],
    [1.10, 0.88, 0.90, 1.25],
    [1.0, 1.0, 1.0, 1.0],
    [1.86, 0.80, 0.82, 2.10],
    [1.35, 0.76, 1.60, 1.80],
    [1.20, 0.60, 0.52, 2.35],
    [1.80, 0.84, 0.86, 2.20],
    [1.55, 0.64, 0.66, 2.50],
];

/// Brightness of a tissue in the modality of that number. Myelin is what makes white matter bright in T1 and dark in T2;
/// infants have little of it yet.
#[must_use]
pub fn brightness(kind: Kind, tissue: Tissue, modality: usize) -> f64 {
    match (kind, tissue) {
        (Kind::Infant, Tissue::White) => [1.5, 0.60, 0.60, 2.00][modality],
        (Kind::Infant, Tissue::Grey) => [1.45, 0.80, 0.80, 2.05][modality],
        (Kind::Infant, Tissue::DeepGrey) => [1.40, 0.76, 0.76, 1.95][modality],
        _ => ADULT[tissue as usize][modality],
    }
}

/// The number of a modality.
#[must_use]
pub fn modality_number(name: &str) -> Option<usize> {
    MODALITIES.iter().position(|modality| *modality == name)
}
