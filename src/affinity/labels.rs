//! The label similarity R (equations 3 and 4).
//!
//! Know its weakness: with the paper's K = 0.3 it mostly measures lesion size. Two *disjoint* masks that each fill 0.1 % of the
//! volume score 0.978.

use super::groups::{Group, read_cases};
use super::matrix::Matrix;
use super::means::means;
use super::params::AffinityParams;
use crate::base::error::Result;
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use crate::image::resample::mask_nearest;
use crate::numeric::ssim;

/// R between groups of one institution and objective each: the mean SSIM of their masks on a common grid; higher is closer.
///
/// # Errors
/// When a mask cannot be read, or when the user stops it.
pub fn label_similarity(
    groups: &[Group],
    label_grid: [usize; 3],
    params: &Checked<AffinityParams>,
    monitor: &Monitor,
) -> Result<Matrix> {
    let masks = read_cases(groups, "masks", monitor, |case| {
        let mask = case.source.mask()?;
        let mask = if mask.shape() == label_grid { mask } else { mask_nearest(&mask, label_grid) };
        Ok((mask.count(), mask))
    })?;
    let voxels = label_grid.iter().product();
    means(groups, params.pairs, "labels", monitor, |a, case, b, other| {
        let (first, second) = (&masks[a][case], &masks[b][other]);
        ssim::binary(first.0, second.0, first.1.overlap(&second.1), voxels, params.k1, params.k2)
    })
}
