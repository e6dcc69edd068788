//! The cheapest transfer paths.

use super::clusters::Clusters;
use super::path::TransferPath;
use super::representative::{By, RepresentativeParams};
use super::source_graph::SourceGraph;
use crate::base::error::{Error, Result};
use crate::base::params::{Checked, Params, Range};
use crate::base::plural::plural;
use crate::base::progress::{Cancel, Monitor};

/// Two costs within this relative distance tie, and then names decide: T is a sum of parts, so equal costs may be added up in
/// another order.
pub const SAME_COST: f64 = 1e-9;

/// Options of [`best_path`] and [`paths`].
#[derive(Debug, Clone, PartialEq)]
pub struct PathParams {
    /// Number of sources on the path.
    pub length: usize,
    /// What makes a node the representative of its cluster.
    pub representative: By,
    /// A representative has at least so many cases.
    pub min_cases: usize,
    /// How many paths [`paths`] gives at most.
    pub top: usize,
}

impl Default for PathParams {
    fn default() -> Self {
        PathParams { length: 2, representative: By::Size, min_cases: 1, top: 10 }
    }
}

impl Params for PathParams {
    const RANGES: &'static [Range] = &[
        Range::new("length", 1.0, 64.0),
        Range::new("top", 1.0, 100000.0),
        Range::new("min_cases", 1.0, f64::INFINITY),
    ];

    fn validate(&self) -> Result<()> {
        Self::inside("length", self.length as f64)?;
        Self::inside("top", self.top as f64)?;
        RepresentativeParams { by: self.representative, min_cases: self.min_cases }.validate()
    }
}

/// The cheapest path of `length` sources to a target, over all clusters: v0 is the cluster's representative, the others are
/// distinct nodes of its cluster, and every edge of the cost, v0 to the target too, is kept by the filter. Costs that tie within
/// 1e-9 go by names. Costs are those of `graph`; the clusters may come from the same nodes under other weights.
///
/// # Errors
/// As [`paths`].
pub fn best_path(
    graph: &SourceGraph,
    clusters: &Clusters,
    target: &str,
    params: &Checked<PathParams>,
    monitor: &Monitor,
) -> Result<TransferPath> {
    let mut options = (**params).clone();
    options.top = 1;
    let mut found = paths(graph, clusters, target, &options.check()?, monitor)?;
    Ok(found.swap_remove(0))
}

/// The `top` cheapest such paths, by cost, then names. Exact: branch and bound, the bound being the cheapest completion that
/// may visit a node twice. Memory O(length x nodes of a cluster).
///
/// # Errors
/// Of kind infeasible when there is no such path, with the reason; of kind argument when the target is not one; or when the
/// user stops it.
pub fn paths(
    graph: &SourceGraph,
    clusters: &Clusters,
    target: &str,
    params: &Checked<PathParams>,
    monitor: &Monitor,
) -> Result<Vec<TransferPath>> {
    let clusters = &clusters.on(graph)?;
    let place = graph.target(target)?;
    let choice = RepresentativeParams { by: params.representative, min_cases: params.min_cases }.check()?;
    let representatives = clusters.representative_places(&choice);
    clusters.representatives(&choice)?;

    let mut best = Best { top: params.top, found: Vec::new() };
    for (members, first) in clusters.members().iter().zip(&representatives) {
        let Some(first) = *first else { continue };
        if members.len() >= params.length && graph.joined(first, place) {
            let search = Search::new(graph, members, place, params.length, monitor.cancel());
            let at = members.iter().position(|&member| member == first);
            search.from(at.expect("a representative is a member of its cluster"), &mut best)?;
        }
    }
    let found: Vec<TransferPath> =
        best.ordered(graph).iter().map(|(_, places)| TransferPath::through(graph, places)).collect();
    if found.is_empty() {
        return Err(infeasible(clusters, &representatives, place, target, params));
    }
    Ok(found)
}

fn infeasible(
    clusters: &Clusters,
    representatives: &[Option<usize>],
    target: usize,
    name: &str,
    params: &PathParams,
) -> Error {
    let length = params.length;
    let error = |why: String| Error::infeasible(format!("no path of length {length} to `{name}`: {why}"));
    let largest = clusters.members().iter().map(Vec::len).max().unwrap_or(0);
    if largest < length {
        return error(format!(
            "the largest of {} has {}",
            plural(representatives.len(), "cluster"),
            plural(largest, "source")
        ))
        .help(format!("ask for fewer clusters, or for length: {largest}"));
    }
    let joined = |place: &&usize| clusters.graph().joined(**place, target);
    if representatives.iter().flatten().filter(joined).count() == 0 {
        let count = representatives.iter().flatten().count();
        let none = if count == 1 {
            "the representative does not share".into()
        } else {
            format!("none of {} shares", plural(count, "representative"))
        };
        return error(format!("{none} its modality or objective"))
            .help("ask for more clusters, or keep all edges with source_graph(a, #{ filter: false })");
    }
    error("every candidate is a cluster too small or needs a dropped edge".to_owned()).help(format!(
        "ask for fewer clusters, length: {}, or source_graph(a, #{{ filter: false }})",
        (length - 1).max(1)
    ))
}

/// The best paths so far, as cost and places.
struct Best {
    top: usize,
    found: Vec<(f64, Vec<usize>)>,
}

impl Best {
    /// A path dearer than this is not wanted; one that ties with the last still is, names decide later.
    fn limit(&self) -> f64 {
        if self.found.len() < self.top {
            return f64::INFINITY;
        }
        let last = self.found[self.top - 1].0;
        last + SAME_COST * last.abs()
    }

    fn add(&mut self, cost: f64, places: Vec<usize>) {
        let at = self.found.partition_point(|other| other.0 <= cost);
        self.found.insert(at, (cost, places));
        let limit = self.limit();
        while self.found.len() > self.top && self.found.last().is_some_and(|path| path.0 > limit) {
            self.found.pop();
        }
    }

    /// By cost, those that tie by names, no more than `top`.
    fn ordered(mut self, graph: &SourceGraph) -> Vec<(f64, Vec<usize>)> {
        let names = |places: &[usize]| -> Vec<String> {
            places.iter().map(|&place| graph.affinity().tasks()[place].name()).collect()
        };
        let mut start = 0;
        while start < self.found.len() {
            let lowest = self.found[start].0;
            let ties = self.found[start..].partition_point(|path| path.0 - lowest <= SAME_COST * lowest.abs());
            self.found[start..start + ties].sort_by_cached_key(|path| names(&path.1));
            start += ties;
        }
        self.found.truncate(self.top);
        self.found
    }
}

/// The search inside one cluster.
struct Search<'a> {
    members: &'a [usize],
    target: usize,
    length: usize,
    /// T between members; infinite where the edge is dropped.
    step: Vec<Vec<f64>>,
    /// `rest[m][v]`: the least cost from member v over m more members to the target, nodes may repeat.
    rest: Vec<Vec<f64>>,
    cancel: &'a Cancel,
}

impl<'a> Search<'a> {
    fn new(graph: &SourceGraph, members: &'a [usize], target: usize, length: usize, cancel: &'a Cancel) -> Self {
        let cost = |u: usize, v: usize| match graph.joined(u, v) {
            true => graph.affinity().terms(u, v).cost,
            false => f64::INFINITY,
        };
        let step: Vec<Vec<f64>> = members.iter().map(|&u| members.iter().map(|&v| cost(u, v)).collect()).collect();
        let mut rest = vec![members.iter().map(|&v| cost(v, target)).collect::<Vec<f64>>()];
        for done in 1..length {
            let before = &rest[done - 1];
            let least = |row: &Vec<f64>| row.iter().zip(before).map(|(a, b)| a + b).fold(f64::INFINITY, f64::min);
            let next = step.iter().map(least).collect();
            rest.push(next);
        }
        Search { members, target, length, step, rest, cancel }
    }

    fn from(&self, first: usize, best: &mut Best) -> Result<()> {
        let mut on_path = vec![first];
        // The first term of the cost is the edge from the representative to the target.
        self.extend(self.rest[0][first], &mut on_path, best)
    }

    fn extend(&self, cost: f64, on_path: &mut Vec<usize>, best: &mut Best) -> Result<()> {
        self.cancel.check()?;
        let node = on_path[on_path.len() - 1];
        let left = self.length - on_path.len();
        if left == 0 {
            let total = cost + self.rest[0][node];
            if total.is_finite() && total <= best.limit() {
                let places = on_path.iter().map(|&member| self.members[member]).chain([self.target]);
                best.add(total, places.collect());
            }
            return Ok(());
        }
        let bound = |next: usize| cost + self.step[node][next] + self.rest[left - 1][next];
        let mut nexts: Vec<usize> =
            (0..self.members.len()).filter(|next| !on_path.contains(next) && bound(*next).is_finite()).collect();
        nexts.sort_by(|&a, &b| bound(a).total_cmp(&bound(b)).then(a.cmp(&b)));
        for next in nexts {
            // A hair of slack: the bound adds the same terms in another order.
            let bound = bound(next);
            if bound - SAME_COST * bound.abs() > best.limit() {
                break;
            }
            on_path.push(next);
            self.extend(cost + self.step[node][next], on_path, best)?;
            on_path.pop();
        }
        Ok(())
    }
}
