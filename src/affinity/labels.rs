//! The label similarity R (equations 3 and 4).
//!
//! Know its weakness: with the paper's K = 0.3 it mostly measures lesion size. Two *disjoint* masks that each fill 0.1 % of the
//! volume score 0.978.

use super::groups::Group;
use super::matrix::Matrix;
use super::means::means;
use super::params::AffinityParams;
use crate::base::error::Result;
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use crate::image::mask::Mask;
use crate::image::resample::mask_nearest;
use crate::numeric::ssim;
use rayon::prelude::*;

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
    let places: Vec<_> = groups.iter().flat_map(|group| group.cases.iter().map(move |case| (group, case))).collect();
    let stage = monitor.stage("masks", places.len());
    let masks = places.par_iter().with_max_len(1).map(|(group, case)| {
        stage.advance(0)?;
        let mask = case.source.mask().map_err(|error| error.during(format!("{}, case {}", group.name, case.id)))?;
        let mask = if mask.shape() == label_grid { mask } else { mask_nearest(&mask, label_grid) };
        stage.advance(1)?;
        Ok((mask.count(), mask))
    });
    let masks = masks.collect::<Result<Vec<(usize, Mask)>>>()?;
    drop(stage);

    let mut starts = Vec::with_capacity(groups.len());
    let mut next = 0;
    for group in groups {
        starts.push(next);
        next += group.cases.len();
    }
    let voxels = label_grid.iter().product();
    means(groups, params.pairs, "labels", monitor, |a, case, b, other| {
        let (first, second) = (&masks[starts[a] + case], &masks[starts[b] + other]);
        ssim::binary(first.0, second.0, first.1.overlap(&second.1), voxels, params.k1, params.k2)
    })
}
