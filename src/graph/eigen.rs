//! Eigenvectors of a symmetric matrix.

use crate::base::error::Result;
use crate::base::math::powi;
use crate::base::progress::Cancel;

/// Sweeps after which a matrix is taken as diagonal; about ten are enough for a thousand rows.
const SWEEPS: usize = 60;

/// Eigenvalues, highest first, and their eigenvectors as rows, by Jacobi's rotations. `matrix` is symmetric, row by row.
/// O(n^3) a sweep. The largest entry of each eigenvector is positive (of equal ones the first).
///
/// # Errors
/// When the user stops it.
pub fn symmetric(mut matrix: Vec<f64>, n: usize, cancel: &Cancel) -> Result<(Vec<f64>, Vec<Vec<f64>>)> {
    let mut vectors = vec![0.0; n * n];
    (0..n).for_each(|i| vectors[i * n + i] = 1.0);
    let size: f64 = matrix.iter().map(|x| x * x).sum();
    for _ in 0..SWEEPS {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| powi(matrix[i * n + j], 2)).sum();
        if off <= 1e-30 * size {
            break;
        }
        for p in 0..n {
            cancel.check()?;
            for q in p + 1..n {
                rotate(&mut matrix, &mut vectors, n, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| matrix[b * n + b].total_cmp(&matrix[a * n + a]).then(a.cmp(&b)));
    let vector = |&at: &usize| {
        let row = &vectors[at * n..(at + 1) * n];
        let top = row.iter().fold(0.0_f64, |top, x| if x.abs() > top.abs() * (1.0 + 1e-9) { *x } else { top });
        row.iter().map(|x| x * top.signum()).collect()
    };
    Ok((order.iter().map(|&at| matrix[at * n + at]).collect(), order.iter().map(vector).collect()))
}

/// Turns the plane of rows and columns p and q so that their entry becomes 0.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let entry = matrix[p * n + q];
    if entry == 0.0 {
        return;
    }
    let theta = (matrix[q * n + q] - matrix[p * n + p]) / (2.0 * entry);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for i in 0..n {
        let (a, b) = (matrix[i * n + p], matrix[i * n + q]);
        (matrix[i * n + p], matrix[i * n + q]) = (c * a - s * b, s * a + c * b);
    }
    for rows in [matrix, vectors] {
        for i in 0..n {
            let (a, b) = (rows[p * n + i], rows[q * n + i]);
            (rows[p * n + i], rows[q * n + i]) = (c * a - s * b, s * a + c * b);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_and_vectors_make_the_matrix_again() {
        let n = 9;
        let entry = |i: usize, j: usize| ((i.min(j) * 7 + i.max(j) * 3) % 11) as f64 - 4.0;
        let matrix: Vec<f64> = (0..n * n).map(|at| entry(at / n, at % n)).collect();
        let (values, vectors) = symmetric(matrix.clone(), n, &Cancel::new()).unwrap();
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
        for i in 0..n {
            for j in 0..n {
                let again: f64 = (0..n).map(|k| values[k] * vectors[k][i] * vectors[k][j]).sum();
                assert!((again - matrix[i * n + j]).abs() < 1e-12, "{again}");
                let dot: f64 = (0..n).map(|k| vectors[i][k] * vectors[j][k]).sum();
                assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
    }
}
