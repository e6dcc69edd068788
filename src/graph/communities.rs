//! The community algorithms in one list, and how they are asked.

use super::algorithm::{Algorithm, Until};
use super::graph::Graph;
use super::partition::Partition;
use super::{girvan_newman, louvain, spectral};
use crate::base::error::{Error, Result};
use crate::base::params::{Checked, Params, Range};
use crate::base::plural::plural;
use crate::base::progress::Monitor;

/// Every algorithm; the first is the default.
pub const COMMUNITIES: &[Algorithm] = &[
    girvan_newman::NEWMAN,
    girvan_newman::UNWEIGHTED,
    girvan_newman::LENGTH,
    louvain::WEIGHTED,
    louvain::UNWEIGHTED,
    spectral::WEIGHTED,
    spectral::UNWEIGHTED,
];

/// Options of [`cluster`] and [`levels`].
#[derive(Debug, Clone, PartialEq)]
pub struct CommunityParams {
    /// Name of the algorithm in [`COMMUNITIES`]
    pub method: String,
    /// and of its weighting.
    pub weight: String,
    /// Values within this relative distance of the top are tied; the edge with the smallest (u, v) by name then goes.
    pub ties: f64,
}

impl Default for CommunityParams {
    fn default() -> Self {
        let first = &COMMUNITIES[0];
        CommunityParams { method: first.method.to_owned(), weight: first.weight.to_owned(), ties: 1e-9 }
    }
}

impl Params for CommunityParams {
    const RANGES: &'static [Range] = &[Range::new("ties", 0.0, 0.1)];

    fn validate(&self) -> Result<()> {
        algorithm(self)?;
        Self::inside("ties", self.ties)
    }
}

/// The words that may stand in an option, each once, in quotes.
fn words(all: impl Iterator<Item = &'static str>) -> String {
    let mut words: Vec<String> = all.map(|word| format!("\"{word}\"")).collect();
    words.dedup();
    words.join(", ")
}

fn algorithm(params: &CommunityParams) -> Result<&'static Algorithm> {
    let CommunityParams { method, weight, .. } = params;
    let of_method = || COMMUNITIES.iter().filter(|algorithm| algorithm.method == method);
    crate::ensure!(
        of_method().next().is_some(),
        "option `method` must be one of {}, got \"{method}\"",
        words(COMMUNITIES.iter().map(|algorithm| algorithm.method))
    );
    of_method().find(|algorithm| algorithm.weight == weight).ok_or_else(|| {
        let names = words(of_method().map(|algorithm| algorithm.weight));
        Error::argument(format!("option `weight` of method \"{method}\" must be one of {names}, got \"{weight}\""))
    })
}

fn check_nodes(graph: &Graph) -> Result<()> {
    match graph.is_empty() {
        true => Err(Error::data("a graph without nodes has no communities").help("give it at least one edge")),
        false => Ok(()),
    }
}

/// Divides a graph into `k` communities, or, without `k`, at the level of best modularity (the one with fewest communities
/// of those that tie).
///
/// # Errors
/// When the graph has fewer nodes than `k` or falls into more than `k` parts already, when an edge's length does not suit the
/// weighting, or when the user stops it.
pub fn cluster(
    graph: &Graph,
    k: Option<usize>,
    params: &Checked<CommunityParams>,
    monitor: &Monitor,
) -> Result<Partition> {
    check_nodes(graph)?;
    let Some(k) = k else {
        let levels = (algorithm(params)?.divide)(graph, params.ties, Until::Best, monitor)?;
        let best = levels.iter().map(|level| level.modularity).fold(f64::MIN, f64::max);
        let level = levels.into_iter().find(|level| level.modularity >= best - 1e-12);
        return Ok(level.expect("a graph with nodes has at least one level"));
    };
    crate::ensure!(
        (1..=graph.len()).contains(&k),
        "the number of communities must be in 1..={} (the graph's nodes), got {k}",
        graph.len()
    );
    let mut levels = (algorithm(params)?.divide)(graph, params.ties, Until::Count(k), monitor)?;
    let level = levels.pop().expect("a graph with nodes has at least one level");
    let parts = level.groups.len();
    if parts > k {
        return Err(Error::infeasible(format!(
            "the graph falls into {parts} unconnected parts, wanted {}",
            plural(k, "community")
        ))
        .help(format!(
            "ask for at least {parts} communities, or keep all edges with source_graph(a, #{{ filter: false }})"
        )));
    }
    Ok(level)
}

/// Every level from the connected components down to single nodes, each with its modularity. Girvan-Newman splits one group
/// from level to level; the others divide anew for every count.
///
/// # Errors
/// As [`cluster`].
pub fn levels(graph: &Graph, params: &Checked<CommunityParams>, monitor: &Monitor) -> Result<Vec<Partition>> {
    check_nodes(graph)?;
    (algorithm(params)?.divide)(graph, params.ties, Until::Singletons, monitor)
}
