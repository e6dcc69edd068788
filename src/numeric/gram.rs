//! Products of all pairs of rows: the inner loop of a covariance.

use crate::base::lanes::{Sum, fours};
use crate::base::level::Level;
use pulp::{Simd, WithSimd};

/// Columns of a panel: its rows, all of them, stay in the second-level cache.
pub const COLUMNS: usize = 256;

/// Rows of a tile, and the rows it is multiplied with: 12 sums and 3 operands fill the 16 registers of AVX2.
const TALL: usize = 4;
const WIDE: usize = 3;

/// The sum over columns of the outer product of a column with itself, `X X^T`, panel by panel.
pub struct Gram {
    rows: usize,
    /// `rows` padded to whole tiles.
    padded: usize,
    sums: Vec<f64>,
    panel: Vec<f64>,
}

impl Gram {
    /// The product of `rows` rows without columns yet: zeros.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        let padded = rows.next_multiple_of(TALL * WIDE);
        Gram { rows, padded, sums: vec![0.0; padded * padded], panel: vec![0.0; padded * COLUMNS] }
    }

    /// Adds at most [`COLUMNS`] columns: `fill` is given each row's number and its `columns` places.
    ///
    /// O(rows^2 columns), half of it for the symmetry.
    ///
    /// # Panics
    /// If there are too many columns.
    pub fn add(&mut self, columns: usize, mut fill: impl FnMut(usize, &mut [f64])) {
        assert!(columns <= COLUMNS, "at most {COLUMNS} columns at a time, got {columns}");
        for (row, places) in self.panel.chunks_exact_mut(COLUMNS).take(self.rows).enumerate() {
            fill(row, &mut places[..columns]);
            places[columns..].fill(0.0);
        }
        Level::loops().dispatch(Tiles { padded: self.padded, panel: &self.panel, sums: &mut self.sums });
    }

    /// Adds `weight` times the outer product of one column with itself.
    pub fn add_column(&mut self, column: &[f64], weight: f64) {
        for (row, a) in column.iter().enumerate() {
            for (col, b) in column[..=row].iter().enumerate() {
                self.sums[row * self.padded + col] += weight * a * b;
            }
        }
    }

    /// The product at a row and a column.
    #[must_use]
    pub fn at(&self, row: usize, col: usize) -> f64 {
        self.sums[row.max(col) * self.padded + row.min(col)]
    }
}

struct Tiles<'a> {
    padded: usize,
    panel: &'a [f64],
    sums: &'a mut [f64],
}

impl WithSimd for Tiles<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let row = |n: usize| fours::<S>(&self.panel[n * COLUMNS..(n + 1) * COLUMNS]).0;
        for top in (0..self.padded).step_by(TALL) {
            let a: [&[S::f64s]; TALL] = std::array::from_fn(|r| row(top + r));
            for left in (0..top + TALL).step_by(WIDE) {
                let b: [&[S::f64s]; WIDE] = std::array::from_fn(|c| row(left + c));
                let n = a[0].len();
                let (a, b) = (a.map(|row| &row[..n]), b.map(|row| &row[..n]));
                let mut tile = [[Sum::<S>::zero(simd); WIDE]; TALL];
                for k in (0..n).step_by(Sum::<S>::VECTORS) {
                    for (sums, a) in tile.iter_mut().zip(&a) {
                        for (sum, b) in sums.iter_mut().zip(&b) {
                            sum.add(simd, |at| simd.mul_f64s(a[k + at], b[k + at]));
                        }
                    }
                }
                for (r, sums) in tile.into_iter().enumerate() {
                    for (c, sum) in sums.into_iter().enumerate() {
                        self.sums[(top + r) * self.padded + left + c] += sum.total();
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_plain_sum() {
        for (rows, columns) in [(1, 1), (3, 5), (12, 256), (13, 700), (25, 257)] {
            let value = |row: usize, col: usize| ((row * 31 + col * 17) % 23) as f64 - 11.0;
            let mut gram = Gram::new(rows);
            for first in (0..columns).step_by(COLUMNS) {
                gram.add(COLUMNS.min(columns - first), |row, places| {
                    places.iter_mut().enumerate().for_each(|(at, place)| *place = value(row, first + at));
                });
            }
            let extra: Vec<f64> = (0..rows).map(|row| row as f64).collect();
            gram.add_column(&extra, 2.0);
            for r in 0..rows {
                for c in 0..rows {
                    let plain: f64 = (0..columns).map(|at| value(r, at) * value(c, at)).sum();
                    assert_eq!(gram.at(r, c), plain + 2.0 * (r * c) as f64, "{rows} x {columns} at {r}, {c}");
                }
            }
        }
    }
}
