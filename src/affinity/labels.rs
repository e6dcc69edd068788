//! The label similarity R (equations 3 and 4).
//!
//! Know its weakness: with the paper's K = 0.3 it mostly measures lesion size. Two *disjoint* masks that each fill 0.1 % of the
//! volume score 0.978.

use super::groups::{Group, Grouping, origins};
use super::images::Earlier;
use super::params::AffinityParams;
use super::part::{Held, Part, Values, members};
use super::work::Work;
use crate::base::error::Result;
use crate::base::parallel::try_map;
use crate::base::params::Checked;
use crate::dataset::case::{Case, LastLabel};
use crate::image::resample::mask_nearest;
use crate::io::key::Key;
use crate::numeric::{overlap, ssim};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// R between groups of one institution and objective each: the mean SSIM of their masks on a common grid; higher is closer.
///
/// The objectives of one label image read it once. Masks are kept as the blocks of bits that are not empty.
///
/// # Errors
/// When a mask cannot be read, or when the user stops it.
pub fn label_similarity(
    grouping: Grouping,
    label_grid: [usize; 3],
    params: &Checked<AffinityParams>,
    previous: Option<&Part>,
    work: &Work,
) -> Result<Part> {
    let origin = |case: &Case| Ok((case.source.mask_key(), case.source.mask_content()?));
    let origins = origins(&grouping.groups, &work.monitor, origin)?;
    let count = origins.len();
    let key = |kind: &str| label_grid.iter().fold(Key::of(kind), |key, &n| key.number(n as u64));
    let contents: Option<Vec<Key>> = origins.iter().map(|origin| origin.1).collect();
    let table =
        contents.map(|contents| contents.iter().fold(key("mask overlaps 1"), |key, content| key.key(content)).done());
    let keys: Vec<Option<Key>> =
        origins.iter().map(|(_, content)| content.map(|content| key("mask 1").key(&content).done())).collect();
    let rows = members(&grouping, origins);
    let voxels = label_grid.iter().product();
    let similarity =
        |p: f64, q: f64, both: f64| ssim::binary(p as usize, q as usize, both as usize, voxels, params.k1, params.k2);
    let of_overlaps = |overlaps: &Values| {
        Values::from_fn(count, |k, l| similarity(overlaps.at(k, k), overlaps.at(l, l), overlaps.at(k, l)))
    };
    if let Some(overlaps) = table.and_then(|key| work.store.get_f64s(&key))
        && overlaps.len() == count * (count + 1) / 2
    {
        return Part::of_values(rows, grouping.of, of_overlaps(&Values(overlaps.into())), params.pairs);
    }

    let earlier = Earlier::new(&rows, previous);
    let stage = work.monitor.stage("masks", count);
    let masks = work.scratch.shelf(count);
    let patients = patients(&grouping.groups);
    try_map(patients.len(), |patient| -> Result<()> {
        let visits = &patients[patient];
        let mut last = LastLabel::default();
        for &(group, place, case) in visits {
            stage.advance(0)?;
            if let Some(bits) = earlier.place(place).and_then(|place| previous?.mask(place)) {
                masks.set(place, bits.to_vec())?;
            } else if let Some(bits) =
                keys[place].and_then(|key| work.store.get(&key)).and_then(|bytes| overlap::from_bytes(&bytes))
            {
                masks.set(place, bits)?;
            } else {
                let mask = case.source.mask_after(&mut last);
                let mask = mask.map_err(|error| error.during(format!("{}, case {}", group.name, case.id)))?;
                let mask = if mask.shape() == label_grid { mask } else { mask_nearest(&mask, label_grid) };
                let bits = overlap::packed(mask.words());
                if let Some(key) = keys[place] {
                    work.store.put(&key, overlap::bytes(&bits));
                }
                masks.set(place, bits)?;
            }
            stage.advance(1)?;
        }
        Ok(())
    })?;
    drop(stage);
    let size = masks.bytes().0.max(1) / count.max(1);
    let read = |place: usize| {
        if let Some(bits) = masks.slice(place) {
            return Ok(Cow::Borrowed(bits));
        }
        let mut bits = Vec::new();
        masks.read(place, 0..masks.len_of(place), &mut bits)?;
        Ok(bits.into())
    };
    let room = if masks.in_memory() { count } else { (work.scratch.memory / 4 / size.max(1)).max(1) };
    let stage = work.monitor.stage("labels", count * (count + 1) / 2);
    let overlaps = Values(overlap::triangle(count, room, read, &stage)?.into());
    if let Some(key) = table {
        work.store.put_f64s(&key, &overlaps.0);
    }
    Ok(Part::of_values(rows, grouping.of, of_overlaps(&overlaps), params.pairs)?.holding(Held::Masks(masks)))
}

/// The cases of one patient, with their groups and places.
type Patient<'a> = Vec<(&'a Group, usize, &'a Case)>;

/// The cases of each patient of each institution.
fn patients(groups: &[Group]) -> Vec<Patient<'_>> {
    let mut of: BTreeMap<(&str, &str), Patient<'_>> = BTreeMap::new();
    let cases = groups.iter().flat_map(|group| group.cases.iter().map(move |case| (group, case)));
    for (place, (group, case)) in cases.enumerate() {
        of.entry((&group.institution, &case.id)).or_default().push((group, place, case));
    }
    of.into_values().collect()
}
