//! What a voxel is made of.

/// A tissue; the number is its place in the contrast tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Tissue {
    /// Air.
    Outside = 0,
    /// Fluid around the brain and in its folds.
    Csf,
    /// Fluid inside the brain.
    Ventricle,
    /// Cortex.
    Grey,
    /// Thalamus and putamen.
    DeepGrey,
    /// White matter.
    White,
    /// Oedema around the tumour.
    Oedema,
    /// The tumour's enhancing rim.
    Enhancing,
    /// The tumour's dead core.
    Necrosis,
}

/// How many tissues there are.
pub const TISSUES: usize = 9;

/// The tissues in the order of their numbers.
pub const ALL: [Tissue; TISSUES] = [
    Tissue::Outside,
    Tissue::Csf,
    Tissue::Ventricle,
    Tissue::Grey,
    Tissue::DeepGrey,
    Tissue::White,
    Tissue::Oedema,
    Tissue::Enhancing,
    Tissue::Necrosis,
];

impl Tissue {
    /// Value in the label image, as in BraTS: 1 NCR, 2 ED, 4 ET, 0 for healthy tissue.
    #[must_use]
    pub fn label(self) -> u16 {
        match self {
            Tissue::Necrosis => 1,
            Tissue::Oedema => 2,
            Tissue::Enhancing => 4,
            _ => 0,
        }
    }

    /// Whether the tissue is one of the objective's name (`ED`, `ET`, `NCR`).
    #[must_use]
    pub fn of_objective(objective: &str) -> Option<Tissue> {
        match objective {
            "ED" => Some(Tissue::Oedema),
            "ET" => Some(Tissue::Enhancing),
            "NCR" => Some(Tissue::Necrosis),
            _ => None,
        }
    }
}
