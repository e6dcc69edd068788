//! The size of a patch and the strides of the network that suits it.

use crate::base::error::{Error, Result};

/// An axis is not halved below this many voxels.
const SMALLEST: usize = 4;

/// The stride of every stage for a patch (i, j, k): every axis is halved as long as four voxels are left.
#[must_use]
pub fn strides(patch: [usize; 3], stages: usize) -> Vec<[usize; 3]> {
    let mut size = patch;
    let mut strides = vec![[1; 3]];
    for _ in 1..stages {
        let stride = size.map(|n| if n >= 2 * SMALLEST { 2 } else { 1 });
        size = std::array::from_fn(|axis| size[axis] / stride[axis]);
        strides.push(stride);
    }
    strides
}

/// What each axis of a patch must be divisible by in a network of so many stages.
#[must_use]
pub fn divisor(patch: [usize; 3], stages: usize) -> [usize; 3] {
    strides(patch, stages).iter().fold([1; 3], |all, stride| std::array::from_fn(|axis| all[axis] * stride[axis]))
}

/// The smallest patch that holds boxes of `largest` voxels, up to `limit`, and that the network can halve.
#[must_use]
pub fn fitting(largest: [usize; 3], limit: [usize; 3], stages: usize) -> [usize; 3] {
    std::array::from_fn(|axis| {
        let wanted = largest[axis].min(limit[axis]).max(SMALLEST);
        let fits = |n: &usize| n.is_multiple_of(divisor([*n; 3], stages)[0]);
        (wanted..).find(fits).expect("every large power of two can be halved")
    })
}

/// Refuses a patch the network cannot halve.
///
/// # Errors
/// Names the axis and the nearest sizes that will do.
pub fn check(patch: [usize; 3], stages: usize) -> Result<()> {
    for (axis, n) in ["i", "j", "k"].into_iter().zip(patch) {
        let by = divisor([n; 3], stages)[0];
        if n % by != 0 {
            let (below, above) = (n / by * by, n.next_multiple_of(by));
            return Err(Error::argument(format!(
                "option `patch`: {n} voxels along {axis} are not a multiple of {by}, which {stages} stages need"
            ))
            .help(format!("take {below} or {above}, or fewer `stages`")));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_authors_patch_gets_the_authors_strides() {
        let strides = strides([128, 160, 112], 6);
        assert_eq!(strides[..5], [[1; 3], [2; 3], [2; 3], [2; 3], [2; 3]]);
        assert_eq!(strides[5], [2, 2, 1]);
        assert_eq!(divisor([128, 160, 112], 6), [32, 32, 16]);
    }

    #[test]
    fn a_patch_fits_the_data_and_the_network() {
        assert_eq!(fitting([20, 21, 19], [48; 3], 3), [20, 24, 20]);
        assert_eq!(fitting([200, 10, 3], [48; 3], 4), [48, 10, 4]);
        for patch in [fitting([20, 21, 19], [48; 3], 3), fitting([35, 50, 36], [128, 160, 112], 6)] {
            check(patch, 3).unwrap();
        }
        assert!(check([32, 30, 32], 4).unwrap_err().help_line().unwrap().contains("28 or 32"));
    }
}
