//! Shapes and spacings as script arrays and as text.

use rhai::{Array, Dynamic};

/// `[24, 24, 24]`.
#[must_use]
pub fn shape_array(shape: [usize; 3]) -> Array {
    shape.iter().map(|&n| Dynamic::from(i64::try_from(n).unwrap_or(i64::MAX))).collect()
}

/// `[1.0, 1.0, 2.5]`.
#[must_use]
pub fn spacing_array(spacing: [f64; 3]) -> Array {
    spacing.iter().map(|&x| Dynamic::from(x)).collect()
}

/// Four rows of four numbers.
#[must_use]
pub fn affine_rows(affine: &[[f64; 4]; 4]) -> Array {
    affine.iter().map(|row| Dynamic::from(row.iter().map(|&x| Dynamic::from(x)).collect::<Array>())).collect()
}

/// `24x24x24`.
#[must_use]
pub fn size_text([x, y, z]: [usize; 3]) -> String {
    format!("{x}x{y}x{z}")
}

/// `1 x 1 x 2.5`.
#[must_use]
pub fn spacing_text(spacing: [f64; 3]) -> String {
    spacing.map(crate::script::show::number).join(" x ")
}

/// An index that is nowhere negative.
#[must_use]
pub fn place(at: [i64; 3]) -> Option<[usize; 3]> {
    let parts: Option<Vec<usize>> = at.iter().map(|&n| usize::try_from(n).ok()).collect();
    parts?.try_into().ok()
}
