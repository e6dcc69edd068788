//! Girvan-Newman: the edge of highest betweenness goes, again and again, until the graph falls apart.
//!
//! Three ways to weigh an edge. `unweighted` never looks at the lengths, so a graph whose shape is fixed by the names of its
//! nodes is divided by their order; `newman`, the default, divides the betweenness by the edge's similarity.

use super::algorithm::{Algorithm, Until};
use super::betweenness::Betweenness;
use super::graph::Graph;
use super::ordered::Ordered;
use super::partition::Partition;
use super::ruler::{Hops, Lengths, Ruler};
use super::similarity::check_size;
use crate::base::error::{Error, Kind, Result};
use crate::base::progress::Monitor;

/// Hop-count betweenness divided by similarity 1/(1 + length).
pub const NEWMAN: Algorithm = Algorithm {
    method: "girvan_newman",
    weight: "newman",
    about: "hop-count betweenness divided by the edge's similarity 1/(1 + T)",
    nested: true,
    divide: |graph, ties, until, monitor| divide(graph, Weighting::Newman, ties, until, monitor),
};

/// Hop-count betweenness alone.
pub const UNWEIGHTED: Algorithm = Algorithm {
    method: "girvan_newman",
    weight: "unweighted",
    about: "hop-count betweenness; never looks at the affinity",
    nested: true,
    divide: |graph, ties, until, monitor| divide(graph, Weighting::Unweighted, ties, until, monitor),
};

/// Betweenness of shortest paths by length.
pub const LENGTH: Algorithm = Algorithm {
    method: "girvan_newman",
    weight: "length",
    about: "betweenness of shortest paths with T as length; needs T > 0",
    nested: true,
    divide: |graph, ties, until, monitor| divide(graph, Weighting::Length, ties, until, monitor),
};

#[derive(Clone, Copy, PartialEq)]
enum Weighting {
    Newman,
    Unweighted,
    Length,
}

/// Distances, paths and what passes are kept for each pair of nodes: 24 bytes each.
const MOST_NODES: usize = 8192;

/// For `length`: the longest edge is at most so many times the shortest, or sums of both could not be told from the longer alone.
const SPAN: f64 = 1e9;

fn check_lengths(graph: &Graph, weighting: Weighting) -> Result<()> {
    let (floor, name) = match weighting {
        Weighting::Unweighted => return Ok(()),
        Weighting::Newman => (-1.0, "newman"),
        Weighting::Length => (0.0, "length"),
    };
    check_size(graph)?;
    let shortest = graph.edges().map(|edge| edge.2).fold(f64::INFINITY, f64::min);
    let longest = graph.edges().map(|edge| edge.2).fold(0.0, f64::max);
    match graph.edges().find(|edge| edge.2 <= floor) {
        None if weighting == Weighting::Length && longest > SPAN * shortest => Err(Error::data(format!(
            "weight \"length\" needs lengths within a factor of {SPAN:e}, got {shortest:e} to {longest:e}"
        ))
        .help("use weight \"newman\" or \"unweighted\"")),
        None => Ok(()),
        Some((u, v, length)) => Err(Error::new(
            Kind::Data,
            format!(
                "weight \"{name}\" needs every T > {floor}, got {length} between `{}` and `{}`",
                graph.name(u),
                graph.name(v)
            ),
        )
        .help("use the reading \"dissimilarity\" or \"minmax\", or weight \"unweighted\"")),
    }
}

fn divide(graph: &Graph, weighting: Weighting, ties: f64, until: Until, monitor: &Monitor) -> Result<Vec<Partition>> {
    check_lengths(graph, weighting)?;
    if graph.len() > MOST_NODES {
        return Err(Error::argument(format!(
            "Girvan-Newman takes at most {MOST_NODES} nodes, the graph has {}",
            graph.len()
        ))
        .help("use method \"louvain\""));
    }
    let ordered = Ordered::new(graph, weighting != Weighting::Unweighted);
    let partition = |components: &[usize]| ordered.partition(graph, components);
    let divide = Division { ordered: &ordered, ties, until, monitor };
    let edges = ordered.lengths.len();
    match weighting {
        Weighting::Unweighted => divide.run(Hops, vec![1.0; edges], partition),
        Weighting::Newman => divide.run(Hops, ordered.lengths.iter().map(|length| 1.0 + length).collect(), partition),
        Weighting::Length => divide.run(Lengths(ordered.lengths.clone()), vec![1.0; edges], partition),
    }
}

struct Division<'a> {
    ordered: &'a Ordered,
    ties: f64,
    until: Until,
    monitor: &'a Monitor,
}

impl Division<'_> {
    /// Removes top edges until there are communities enough; `partition` makes a level of the component of each node.
    fn run<R: Ruler>(
        &self,
        ruler: R,
        factors: Vec<f64>,
        partition: impl Fn(&[usize]) -> Partition,
    ) -> Result<Vec<Partition>> {
        let nodes = self.ordered.nodes;
        let mut betweenness = Betweenness::new(nodes, &self.ordered.ends, ruler, factors);
        let components = betweenness.net().components();
        let mut count = components.iter().max().map_or(0, |most| most + 1);
        let mut levels = vec![partition(&components)];
        let goal = match self.until {
            Until::Count(k) => k,
            Until::Best | Until::Singletons => nodes,
        };
        let stage = self.monitor.stage("communities", goal.saturating_sub(count));
        while count < goal {
            stage.advance(0)?;
            let top = betweenness.top(self.ties).expect("communities that can still be divided have an edge");
            if betweenness.remove(top) {
                count += 1;
                stage.advance(1)?;
                levels.push(partition(&betweenness.net().components()));
            }
        }
        Ok(levels)
    }
}
