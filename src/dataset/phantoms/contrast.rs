//! How bright a tissue is in a modality, white matter being 1.

use super::tissue::{TISSUES, Tissue};

/// The modalities phantoms have.
pub const MODALITIES: [&str; 4] = ["FLAIR", "T1", "T1ce", "T2"];

/// Brightness in [`MODALITIES`] order, by tissue number. Cortex is brighter in FLAIR than in a textbook because a ribbon
/// of one or two voxels shares them with dark fluid.
const BRIGHTNESS: [[f64; 4]; TISSUES] = [
    [0.0, 0.0, 0.0, 0.0],
    [0.25, 0.42, 0.42, 3.0],
    [0.14, 0.40, 0.40, 3.12],
    [1.28, 0.78, 0.80, 1.42],
    [1.10, 0.88, 0.90, 1.25],
    [1.0, 1.0, 1.0, 1.0],
    [1.86, 0.80, 0.82, 2.10],
    [1.35, 0.76, 1.60, 1.80],
    [1.20, 0.60, 0.52, 2.35],
];

/// Brightness of a tissue in the modality of that number.
#[must_use]
pub fn brightness(tissue: Tissue, modality: usize) -> f64 {
    BRIGHTNESS[tissue as usize][modality]
}

/// The number of a modality.
#[must_use]
pub fn modality_number(name: &str) -> Option<usize> {
    MODALITIES.iter().position(|modality| *modality == name)
}
