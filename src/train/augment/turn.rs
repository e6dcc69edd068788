//! Where the voxels of a patch are taken from: rotation, scaling and mirroring in one matrix.

use crate::base::math::sin_cos;

/// A patch is thick-sliced, and only turned within its slices, if its longest axis has more than this many times the voxels of its
/// shortest.
const ANISOTROPIC: usize = 3;

/// A linear map from places in a patch to places in the image, both as seen from the patch's middle, in voxels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turn(pub [[f64; 3]; 3]);

impl Turn {
    /// Every voxel from its own place.
    pub const NONE: Turn = Turn([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    /// The turn that scales each axis.
    #[must_use]
    pub fn scaling(factors: [f64; 3]) -> Self {
        Turn(std::array::from_fn(|row| std::array::from_fn(|column| if row == column { factors[row] } else { 0.0 })))
    }

    /// The turn by angles (radians) about i, then j, then k.
    #[must_use]
    pub fn rotation(angles: [f64; 3]) -> Self {
        let about = |axis: usize| {
            let (sin, cos) = sin_cos(angles[axis]);
            // A quarter is to be exact.
            let [sin, cos] = [sin, cos].map(|v| if (v - v.round()).abs() < 1e-12 { v.round() } else { v });
            let (a, b) = ((axis + 1) % 3, (axis + 2) % 3);
            let mut turn = Turn::NONE;
            (turn.0[a][a], turn.0[a][b]) = (cos, -sin);
            (turn.0[b][a], turn.0[b][b]) = (sin, cos);
            turn
        };
        about(2).after(about(1)).after(about(0))
    }

    /// This turn of what the other gives: the product of the matrices.
    #[must_use]
    pub fn after(self, other: Turn) -> Self {
        let entry = |row: usize, column: usize| (0..3).map(|at| self.0[row][at] * other.0[at][column]).sum::<f64>();
        Turn(std::array::from_fn(|row| std::array::from_fn(|column| entry(row, column))))
    }

    /// Which axes are mirrored, if it does nothing else.
    #[must_use]
    pub fn mirrors(&self) -> Option<[bool; 3]> {
        let signs: [f64; 3] = std::array::from_fn(|axis| self.0[axis][axis]);
        let flips = signs.map(|sign| sign < 0.0);
        (*self == Turn::scaling(flips.map(|flip| if flip { -1.0 } else { 1.0 }))).then_some(flips)
    }
}

/// The axis across thick slices, if a patch has them.
#[must_use]
pub fn across(patch: [usize; 3]) -> Option<usize> {
    let least = (0..3).min_by_key(|&axis| patch[axis])?;
    let most = patch.into_iter().max()?;
    (most > ANISOTROPIC * patch[least]).then_some(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::FRAC_PI_2;

    #[test]
    fn a_quarter_is_exact_and_four_are_none() {
        let quarter = Turn::rotation([0.0, 0.0, FRAC_PI_2]);
        assert_eq!(quarter.0, [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
        assert_eq!(quarter.after(quarter).mirrors(), Some([true, true, false]));
        assert_eq!(quarter.after(quarter).after(quarter).after(quarter), Turn::NONE);
        assert_eq!((quarter.mirrors(), Turn::scaling([1.0, 2.0, 1.0]).mirrors()), (None, None));
    }

    #[test]
    fn only_thick_slices_have_an_axis_across() {
        assert_eq!(across([128, 160, 112]), None);
        assert_eq!(across([20, 320, 256]), Some(0));
        assert_eq!(across([60, 60, 20]), None);
        assert_eq!(across([61, 60, 20]), Some(2));
    }
}
