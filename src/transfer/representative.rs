//! The node that stands for a cluster: on it a network is pre-trained.

use super::source_graph::SourceGraph;
use crate::base::choice::Choice;
use crate::base::error::Result;
use crate::base::params::{Params, Range};

/// What makes a node the representative of its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// The most cases (equation 7); ties by the least centroid sum, then by name.
    #[default]
    Size,
    /// The least centroid sum (the authors' code); ties by name.
    Centroid,
}

impl Choice for By {
    const CHOICES: &'static [(&'static str, Self)] = &[("size", By::Size), ("centroid", By::Centroid)];
}

/// Options of the representatives.
#[derive(Debug, Clone, PartialEq)]
pub struct RepresentativeParams {
    /// What makes a node the representative.
    pub by: By,
    /// A node with fewer cases cannot be one.
    pub min_cases: usize,
}

impl Default for RepresentativeParams {
    fn default() -> Self {
        RepresentativeParams { by: By::Size, min_cases: 1 }
    }
}

impl Params for RepresentativeParams {
    const RANGES: &'static [Range] = &[Range::new("min_cases", 1.0, f64::INFINITY)];

    fn validate(&self) -> Result<()> {
        Self::inside("min_cases", self.min_cases as f64)
    }
}

/// Sum over all other sources v of `T(u, v) / (n_u + n_v)`, n being counts of cases: small in the middle of things. Every
/// source of the graph counts, not only those of the cluster, and dropped edges too.
#[must_use]
pub fn centroid_sum(graph: &SourceGraph, u: usize) -> f64 {
    let affinity = graph.affinity();
    let cases = |place: usize| affinity.tasks()[place].cases().len() as f64;
    (0..affinity.sources().len()).filter(|&v| v != u).map(|v| affinity.terms(u, v).cost / (cases(u) + cases(v))).sum()
}

/// The representative among some sources, by place; `None` when none has enough cases.
#[must_use]
pub fn representative(graph: &SourceGraph, members: &[usize], params: &RepresentativeParams) -> Option<usize> {
    let tasks = graph.affinity().tasks();
    let cases = |place: usize| tasks[place].cases().len();
    let mut able: Vec<usize> = members.iter().copied().filter(|&place| cases(place) >= params.min_cases).collect();
    if params.by == By::Size {
        let most = able.iter().map(|&place| cases(place)).max()?;
        able.retain(|&place| cases(place) == most);
    }
    let sums: Vec<(usize, f64)> = able.into_iter().map(|place| (place, centroid_sum(graph, place))).collect();
    let least = sums.iter().map(|pair| pair.1).fold(f64::INFINITY, f64::min);
    // Sums of the same terms in another order differ by rounding.
    let near = sums.iter().filter(|pair| pair.1 - least <= 1e-9 * least.abs());
    near.map(|pair| pair.0).min_by(|&a, &b| tasks[a].name().cmp(&tasks[b].name()))
}
