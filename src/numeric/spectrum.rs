//! Eigenvalues of small symmetric matrices.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::Array2;

/// Eigenvalues in falling order, and their unit eigenvectors in the columns.
#[derive(Debug, Clone)]
pub struct Spectrum {
    /// Falling.
    pub values: Vec<f64>,
    /// Column `k` belongs to value `k`; its sign is arbitrary.
    pub vectors: Array2<f64>,
}

impl Spectrum {
    /// How many values stand above rounding: more than `d` units in the last place of the largest.
    #[must_use]
    pub fn rank(&self) -> usize {
        let floor = self.values.first().map_or(0.0, |top| top * self.values.len() as f64 * f64::EPSILON);
        self.values.iter().filter(|&&value| value > floor.max(0.0)).count()
    }
}

/// The spectrum of a symmetric matrix (its lower triangle is read). O(d^3).
///
/// # Panics
/// If the matrix is not square.
#[must_use]
pub fn spectrum(matrix: &Array2<f64>) -> Spectrum {
    let (d, columns) = matrix.dim();
    assert_eq!(d, columns, "a spectrum needs a square matrix");
    let eigen = SymmetricEigen::new(DMatrix::from_fn(d, d, |r, c| matrix[[r.max(c), r.min(c)]]));
    let mut order: Vec<usize> = (0..d).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]).then(a.cmp(&b)));
    Spectrum {
        values: order.iter().map(|&k| eigen.eigenvalues[k]).collect(),
        vectors: Array2::from_shape_fn((d, d), |(r, c)| eigen.eigenvectors[(r, order[c])]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_small_matrix_by_hand() {
        let found = spectrum(&array![[2.0, 1.0], [1.0, 2.0]]);
        assert!((found.values[0] - 3.0).abs() < 1e-12 && (found.values[1] - 1.0).abs() < 1e-12);
        assert!((found.vectors[[0, 0]] - found.vectors[[1, 0]]).abs() < 1e-12);
        assert_eq!(spectrum(&array![[1.0, 1.0], [1.0, 1.0]]).rank(), 1);
        assert_eq!(spectrum(&array![[0.0]]).rank(), 0);
    }
}
