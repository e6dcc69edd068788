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
    /// Damaged white matter of the old, at the ventricles and in small foci.
    Hyperintensity,
    /// An old infarct: bright like a hyperintensity, but none.
    Infarct,
}

/// How many tissues there are.
pub const TISSUES: usize = 11;

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
    Tissue::Hyperintensity,
    Tissue::Infarct,
];
