//! The image distance H (equations 1 and 2).

use super::groups::{Grouping, origins, read_cases};
use super::matrix::Matrix;
use super::params::{AffinityParams, Distance, Pairs};
use super::part::{Held, Members, Part, Values, members, none_in_common};
use super::reduction::Reduction;
use super::work::Work;
use crate::base::error::Result;
use crate::base::parallel::try_map;
use crate::base::params::Checked;
use crate::base::progress::Stage;
use crate::dataset::case::Case;
use crate::io::key::Key;
use crate::io::shelf::Shelf;
use crate::numeric::assignment;
use crate::numeric::transport::{self, Samples};
use std::ops::Range;

/// The values of pairs are kept for at most so many cases: 144 MB, so that all of FeTS (5004 images) can be drawn again.
pub const KEPT_CASES: usize = 6000;

/// H between groups of one institution and modality each: the mean distance of the scores of their volumes; lower is closer.
///
/// Each volume is read and reduced once: O(volumes) PCAs. Up to [`KEPT_CASES`] volumes every pair is compared and kept; of
/// more, only the sums between groups are made, in O(volumes groups) for each step instead of O(volumes^2). Sorted scores
/// that outgrow memory are read back part by part. A case that `previous` has keeps its values.
///
/// # Errors
/// When an image cannot be read or used, or when the user stops it.
pub fn image_distance(
    grouping: Grouping,
    params: &Checked<AffinityParams>,
    previous: Option<&Part>,
    work: &Work,
) -> Result<Part> {
    let reduction = Reduction::new(params, work.seed)?;
    let origin = |case: &Case| Ok((case.source.image_key(), case.source.image_content()?));
    let origins = origins(&grouping.groups, &work.monitor, origin)?;
    let count = origins.len();
    let contents: Vec<Option<Key>> = origins.iter().map(|origin| origin.1).collect();
    let rows = members(&grouping, origins);
    let earlier = Earlier::new(&rows, previous);
    let table = table_key(&contents, &reduction);
    let pairs_kept = count <= KEPT_CASES || params.distance == Distance::Exact;
    if pairs_kept
        && let Some(values) = table.and_then(|key| work.store.get_f64s(&key))
        && values.len() == count * (count + 1) / 2
    {
        return Part::of_values(rows, grouping.of, Values(values.into()), params.pairs);
    }

    let shelf = work.scratch.shelf(count);
    // Where every pair is known, another objective of the same images for example, nothing is read.
    let known = earlier.all();
    read_cases(&grouping.groups, "images", &work.monitor, |place, case| {
        if let Some(sample) = earlier.place(place).and_then(|place| previous?.scores(place)) {
            return shelf.set(place, sample.to_vec());
        }
        if known {
            return Ok(());
        }
        let key = contents[place].map(|content| reduction.key(&content));
        if let Some(sample) = key.and_then(|key| work.store.get_f64s(&key)) {
            return shelf.set(place, sample);
        }
        let sample = reduction.apply(&*case.source.planes()?)?;
        if let Some(key) = key {
            work.store.put_f64s(&key, &sample);
        }
        shelf.set(place, sample)
    })?;

    let reduced = Reduced::new(&shelf, count);
    if !pairs_kept {
        let matrix = between_groups(&rows, &reduced, params.pairs, work)?;
        return Ok(Part::recorded(rows, grouping.of, matrix, None));
    }
    let wanted = earlier.pairs_without();
    let stage = work.monitor.stage("affinity", wanted.len());
    let found = match params.distance {
        _ if wanted.is_empty() => Vec::new(),
        Distance::Exact => exact(&shelf, &wanted, reduction.points(), &stage)?,
        Distance::W1 | Distance::Sliced => transport::distances(&reduced, &wanted, &stage)?,
    };
    let values = earlier.complete(&found);
    if let Some(key) = table {
        work.store.put_f64s(&key, &values.0);
    }
    Ok(Part::of_values(rows, grouping.of, values, params.pairs)?.holding(Held::Scores(shelf)))
}

/// The name of all values of pairs of these cases.
fn table_key(contents: &[Option<Key>], reduction: &Reduction) -> Option<Key> {
    let contents: Option<Vec<Key>> = contents.iter().copied().collect();
    let key = contents?.iter().fold(Key::of("image distances 1"), |key, content| key.key(&reduction.key(content)));
    Some(key.done())
}

/// What an earlier measurement knows of these cases.
pub(super) struct Earlier<'a> {
    /// The place of each case in the earlier values.
    places: Vec<Option<usize>>,
    values: Option<&'a Values>,
}

impl<'a> Earlier<'a> {
    pub(super) fn new(rows: &[Members], previous: Option<&'a Part>) -> Self {
        let values = previous.and_then(Part::values);
        let there = previous.filter(|_| values.is_some()).map(Part::places).unwrap_or_default();
        let cases = rows.iter().flat_map(|row| &row.cases);
        let places = cases.map(|case| there.get(&(case.origin.as_str(), case.content)).copied()).collect();
        Earlier { places, values }
    }

    /// Whether it knows every case, and so every pair.
    fn all(&self) -> bool {
        self.places.iter().all(Option::is_some)
    }

    /// Where a case was in the earlier measurement.
    pub(super) fn place(&self, place: usize) -> Option<usize> {
        self.places[place]
    }

    /// The pairs of different cases that are not known.
    fn pairs_without(&self) -> Vec<(u32, u32)> {
        let n = self.places.len();
        let pairs = (0..n).flat_map(|k| (0..k).map(move |l| (k, l)));
        let missing = pairs.filter(|&(k, l)| self.places[k].is_none() || self.places[l].is_none());
        missing.map(|(k, l)| (k as u32, l as u32)).collect()
    }

    /// All values: those known, those found in the order of [`Earlier::pairs_without`], and zero for a case with itself.
    fn complete(&self, found: &[f64]) -> Values {
        let mut found = found.iter();
        Values::from_fn(self.places.len(), |k, l| match (self.places[k], self.places[l], self.values) {
            _ if k == l => 0.0,
            (Some(k), Some(l), Some(values)) => values.at(k, l),
            _ => *found.next().expect("a value was found for each pair without one"),
        })
    }
}

/// Reduced volumes on a shelf.
struct Reduced<'a> {
    shelf: &'a Shelf<f64>,
    lengths: Vec<usize>,
}

impl<'a> Reduced<'a> {
    fn new(shelf: &'a Shelf<f64>, count: usize) -> Self {
        Reduced { shelf, lengths: (0..count).map(|place| shelf.len_of(place)).collect() }
    }
}

impl Samples for Reduced<'_> {
    fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    fn read(&self, sample: usize, range: Range<usize>, into: &mut Vec<f64>) -> Result<()> {
        self.shelf.read(sample, range, into)
    }
}

/// Exact distances of point clouds, each a row of coordinates a point.
fn exact(shelf: &Shelf<f64>, pairs: &[(u32, u32)], points: usize, stage: &Stage) -> Result<Vec<f64>> {
    let one = |at: usize| {
        let (k, l) = pairs[at];
        let (mut a, mut b) = (Vec::new(), Vec::new());
        shelf.read(k as usize, 0..shelf.len_of(k as usize), &mut a)?;
        shelf.read(l as usize, 0..shelf.len_of(l as usize), &mut b)?;
        stage.advance(1)?;
        Ok(assignment::w1(&a, &b, points))
    };
    try_map(pairs.len(), one)
}

/// The means between groups of too many cases to compare each with each.
fn between_groups(rows: &[Members], reduced: &Reduced<'_>, pairs: Pairs, work: &Work) -> Result<Matrix> {
    let n = rows.len();
    let group: Vec<usize> = rows.iter().enumerate().flat_map(|(at, row)| vec![at; row.cases.len()]).collect();
    let stage = work.monitor.stage("affinity", group.len() * group.len().div_ceil(2));
    let mut sums = transport::group_sums(reduced, &group, &stage)?;
    let mut counts: Vec<usize> =
        rows.iter().flat_map(|a| rows.iter().map(move |b| a.cases.len() * b.cases.len())).collect();
    if pairs == Pairs::Patient {
        // Inside an institution only pairs of one patient count; these are few.
        let inside: Vec<(usize, usize)> = (0..n).flat_map(|a| (a..n).map(move |b| (a, b))).collect();
        for (a, b) in inside.into_iter().filter(|&(a, b)| rows[a].institution == rows[b].institution) {
            let other = |id: &str| rows[b].cases.iter().find(|case| case.id == id);
            let both = rows[a].cases.iter().filter_map(|k| other(&k.id).map(|l| (k.place as u32, l.place as u32)));
            let both: Vec<(u32, u32)> = both.collect();
            if both.is_empty() {
                return Err(none_in_common(&rows[a], &rows[b]));
            }
            let sum = transport::distances(reduced, &both, &stage)?.iter().sum();
            for at in [a * n + b, b * n + a] {
                (sums[at], counts[at]) = (sum, both.len());
            }
        }
    }
    let names: Vec<_> = rows.iter().map(|row| row.name.clone()).collect();
    Ok(Matrix::from_fn(names.clone(), names, |r, c| sums[r * n + c] / counts[r * n + c] as f64))
}
