//! The product of two matrices, with every sum in one order.

use crate::base::lanes::AddScaled;
use crate::base::level::Level;
use ndarray::{Array2, ArrayView2};

/// `a` (m x k) times `b` (k x n), each entry summed over k in order, so that its bits are the same on every machine:
/// `ndarray`'s own product sums in the order of the machine's vectors. O(m k n).
///
/// # Panics
/// If `a` has not as many columns as `b` has rows.
#[must_use]
pub fn product(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
    assert_eq!(a.ncols(), b.nrows(), "columns of the first matrix and rows of the second");
    let b = b.as_standard_layout();
    let mut out = Array2::zeros((a.nrows(), b.ncols()));
    let loops = Level::loops();
    for (row, mut sums) in a.rows().into_iter().zip(out.rows_mut()) {
        let sums = sums.as_slice_mut().expect("a row of an array in standard layout is a slice");
        for (&factor, values) in row.iter().zip(b.rows()) {
            let values = values.to_slice().expect("a row of an array in standard layout is a slice");
            loops.dispatch(AddScaled { sums, factor, values });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_small_product_by_hand() {
        let (a, b) = (array![[1.0, 2.0], [3.0, 4.0], [0.0, -1.0]], array![[1.0, 0.5, 2.0], [0.0, 1.0, -1.0]]);
        let wanted = array![[1.0, 2.5, 0.0], [3.0, 5.5, 2.0], [0.0, -1.0, 1.0]];
        assert_eq!(product(a.view(), b.view()), wanted);
        assert_eq!(product(b.t(), a.t()), wanted.t());
    }
}
