//! The image distance H (equations 1 and 2).

use super::groups::{Group, read_cases};
use super::matrix::Matrix;
use super::means::means;
use super::params::{AffinityParams, Distance};
use super::samples::sorted_scores;
use crate::base::error::Result;
use crate::base::params::{Checked, Params};
use crate::base::progress::Monitor;
use crate::numeric::wasserstein::w1_sorted;

/// H between groups of one institution and modality each: the mean distance of the scores of their volumes; lower is closer.
///
/// Each volume is read and reduced once: O(volumes) PCAs, O(volumes^2) merges of sorted scores.
///
/// # Errors
/// When an image cannot be read or used, or when the user stops it.
pub fn image_distance(groups: &[Group], params: &Checked<AffinityParams>, monitor: &Monitor) -> Result<Matrix> {
    let sampling = params.samples().check()?;
    let sorted = read_cases(groups, "images", monitor, |case| sorted_scores(&*case.source.planes()?, &sampling))?;
    let Distance::W1 = params.distance;
    means(groups, params.pairs, "affinity", monitor, |a, case, b, other| w1_sorted(&sorted[a][case], &sorted[b][other]))
}
