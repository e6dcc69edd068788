//! The image distance H (equations 1 and 2).

use super::groups::Group;
use super::matrix::Matrix;
use super::means::means;
use super::params::{AffinityParams, Distance};
use super::samples::pca_scores;
use crate::base::error::Result;
use crate::base::params::{Checked, Params};
use crate::base::progress::Monitor;
use crate::numeric::wasserstein::w1_sorted;
use rayon::prelude::*;

/// H between groups of one institution and modality each: the mean distance of the scores of their volumes; lower is closer.
///
/// Each volume is read and reduced once: O(volumes) PCAs, O(volumes^2) merges of sorted scores.
///
/// # Errors
/// When an image cannot be read or used, or when the user stops it.
pub fn image_distance(groups: &[Group], params: &Checked<AffinityParams>, monitor: &Monitor) -> Result<Matrix> {
    let sampling = params.samples().check()?;
    let places: Vec<_> = groups.iter().flat_map(|group| group.cases.iter().map(move |case| (group, case))).collect();
    let stage = monitor.stage("images", places.len());
    let sorted = places.par_iter().with_max_len(1).map(|(group, case)| {
        stage.advance(0)?;
        let scores = case.source.image().and_then(|image| pca_scores(&image, &sampling));
        let mut values = scores.map_err(|error| error.during(format!("{}, case {}", group.name, case.id)))?.values;
        values.sort_unstable_by(f64::total_cmp);
        stage.advance(1)?;
        Ok(values)
    });
    let sorted = sorted.collect::<Result<Vec<_>>>()?;
    drop(stage);

    let mut starts = Vec::with_capacity(groups.len());
    let mut next = 0;
    for group in groups {
        starts.push(next);
        next += group.cases.len();
    }
    let Distance::W1 = params.distance;
    means(groups, params.pairs, "affinity", monitor, |a, case, b, other| {
        w1_sorted(&sorted[starts[a] + case], &sorted[starts[b] + other])
    })
}
