//! Point clouds along directions, for the sliced Wasserstein distance.

use super::product::product;
use ndarray::{Array2, ArrayView2};

/// Where the points of a cloud (coordinates x points) lie along each direction (directions x coordinates), ascending, one direction
/// after the other.
///
/// The mean absolute difference of two such arrays is the mean over the directions of the Wasserstein-1 distances along them, of
/// clouds of one size. O(directions points (coordinates + log points)).
///
/// # Panics
/// If the two disagree on the number of coordinates, or hold NaN.
#[must_use]
pub fn along(directions: ArrayView2<'_, f64>, cloud: ArrayView2<'_, f64>) -> Vec<f64> {
    let mut along: Array2<f64> = product(directions, cloud);
    for mut row in along.rows_mut() {
        let row = row.as_slice_mut().expect("a row of a product is a slice");
        row.sort_unstable_by(f64::total_cmp);
    }
    along.into_raw_vec_and_offset().0
}
