//! Girvan-Newman: the edge of highest betweenness goes, again and again, until the graph falls apart.
//!
//! Three ways to weigh an edge. `unweighted` never looks at the lengths, so a graph whose shape is fixed by the names of its
//! nodes is divided by their order; `newman`, the default, divides the betweenness by the edge's similarity.

use super::algorithm::{Algorithm, Until};
use super::betweenness::{Length, Net};
use super::graph::Graph;
use super::modularity::modularity;
use super::partition::Partition;
use crate::base::error::{Error, Kind, Result};
use crate::base::progress::Monitor;
use rayon::prelude::*;

/// Hop-count betweenness divided by similarity 1/(1 + length).
pub const NEWMAN: Algorithm = Algorithm {
    name: "newman",
    about: "hop-count betweenness divided by the edge's similarity 1/(1 + T)",
    divide: |graph, ties, until, monitor| divide(graph, Weighting::Newman, ties, until, monitor),
};

/// Hop-count betweenness alone.
pub const UNWEIGHTED: Algorithm = Algorithm {
    name: "unweighted",
    about: "hop-count betweenness; never looks at the affinity",
    divide: |graph, ties, until, monitor| divide(graph, Weighting::Unweighted, ties, until, monitor),
};

/// Betweenness of shortest paths by length.
pub const LENGTH: Algorithm = Algorithm {
    name: "length",
    about: "betweenness of shortest paths with T as length; needs T > 0",
    divide: |graph, ties, until, monitor| divide(graph, Weighting::Length, ties, until, monitor),
};

#[derive(Clone, Copy, PartialEq)]
enum Weighting {
    Newman,
    Unweighted,
    Length,
}

/// Above this many numbers (128 MB) the shares of each source are computed anew instead of kept.
const KEPT_SHARES: usize = 1 << 24;

/// Nodes in the order of their names, edges sorted by (u, v) with u < v, so that "first" is "smallest by name".
struct Ordered {
    nodes: usize,
    /// Place in the graph's own order to place by name.
    rank: Vec<usize>,
    ends: Vec<(usize, usize)>,
    lengths: Vec<f64>,
}

impl Ordered {
    fn new(graph: &Graph) -> Self {
        let mut by_name: Vec<usize> = (0..graph.len()).collect();
        by_name.sort_by_key(|&place| graph.name(place));
        let mut rank = vec![0; graph.len()];
        by_name.iter().enumerate().for_each(|(position, &place)| rank[place] = position);
        let mut edges: Vec<_> =
            graph.edges().map(|(u, v, length)| ((rank[u].min(rank[v]), rank[u].max(rank[v])), length)).collect();
        edges.sort_by_key(|edge| edge.0);
        let (ends, lengths) = edges.into_iter().unzip();
        Ordered { nodes: graph.len(), rank, ends, lengths }
    }
}

fn check_lengths(graph: &Graph, weighting: Weighting) -> Result<()> {
    let (floor, name) = match weighting {
        Weighting::Unweighted => return Ok(()),
        Weighting::Newman => (-1.0, "newman"),
        Weighting::Length => (0.0, "length"),
    };
    match graph.edges().find(|edge| edge.2 <= floor) {
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
    let ordered = Ordered::new(graph);
    let similarities: Vec<_> = graph
        .edges()
        .map(|(u, v, length)| (u, v, if weighting == Weighting::Unweighted { 1.0 } else { 1.0 / (1.0 + length) }))
        .collect();
    let partition = |components: &[usize]| {
        let numbers: Vec<usize> = ordered.rank.iter().map(|&node| components[node]).collect();
        Partition::from_numbers(graph, &numbers, modularity(&similarities, &numbers))
    };

    let mut state = State::new(&ordered, weighting);
    let mut levels = vec![partition(&state.components)];
    let goal = match until {
        Until::Count(k) => k,
        Until::Singletons => graph.len(),
    };
    let mut count = state.components.iter().max().map_or(0, |m| m + 1);
    let stage = monitor.stage("communities", goal.saturating_sub(count));
    while count < goal {
        stage.advance(0)?;
        if state.remove_top(ties) {
            count += 1;
            stage.advance(1)?;
            levels.push(partition(&state.components));
        }
    }
    Ok(levels)
}

struct State<'a> {
    ordered: &'a Ordered,
    weighting: Weighting,
    net: Net,
    present: Vec<bool>,
    components: Vec<usize>,
    /// Shares of each source, when they are kept.
    shares: Vec<Vec<f64>>,
    betweenness: Vec<f64>,
}

impl<'a> State<'a> {
    fn new(ordered: &'a Ordered, weighting: Weighting) -> Self {
        let net = Net::new(ordered.nodes, &ordered.ends);
        let components = net.components();
        let edges = ordered.ends.len();
        let kept = ordered.nodes.saturating_mul(edges) <= KEPT_SHARES;
        let mut state = State {
            ordered,
            weighting,
            net,
            present: vec![true; edges],
            components,
            shares: if kept { vec![vec![0.0; edges]; ordered.nodes] } else { Vec::new() },
            betweenness: vec![0.0; edges],
        };
        let all: Vec<usize> = (0..ordered.nodes).collect();
        state.refresh(&all, &all);
        state
    }

    /// Removes the top edge; whether its component fell apart.
    fn remove_top(&mut self, ties: f64) -> bool {
        let value = |edge: usize| match self.weighting {
            Weighting::Newman => self.betweenness[edge] * (1.0 + self.ordered.lengths[edge]),
            Weighting::Unweighted | Weighting::Length => self.betweenness[edge],
        };
        let present = || (0..self.present.len()).filter(|&edge| self.present[edge]);
        let top = present().map(value).fold(f64::MIN, f64::max);
        let chosen = present().find(|&edge| value(edge) >= top - ties * top.abs());
        let chosen = chosen.expect("communities that can still be divided have an edge");

        let (u, v) = self.ordered.ends[chosen];
        let touched = self.net.reachable(u);
        self.net.remove(chosen);
        self.present[chosen] = false;
        self.betweenness[chosen] = 0.0;
        // Shortest paths change only from sources that used the edge.
        let stale: Vec<usize> = match self.shares.is_empty() {
            false => touched.iter().copied().filter(|&source| self.shares[source][chosen] > 0.0).collect(),
            true => touched.clone(),
        };
        self.refresh(&stale, &touched);
        let apart = self.net.reachable(u).binary_search(&v).is_err();
        if apart {
            self.components = self.net.components();
        }
        apart
    }

    /// Computes the shares of `stale` sources, then the betweenness of the edges between `touched` nodes. Sums run in the
    /// order of the sources, so the bits do not depend on the number of threads.
    fn refresh(&mut self, stale: &[usize], touched: &[usize]) {
        let length = match self.weighting {
            Weighting::Length => Length::Edges(&self.ordered.lengths),
            Weighting::Newman | Weighting::Unweighted => Length::Hops,
        };
        let mut inside = vec![false; self.ordered.nodes];
        touched.iter().for_each(|&node| inside[node] = true);
        for (edge, &(u, _)) in self.ordered.ends.iter().enumerate() {
            if inside[u] {
                self.betweenness[edge] = 0.0;
            }
        }
        let net = &self.net;
        if self.shares.is_empty() {
            for chunk in stale.chunks(64) {
                let fresh: Vec<_> = chunk.par_iter().map(|&source| net.shares_from(source, length)).collect();
                fresh.iter().for_each(|shares| add(&mut self.betweenness, shares));
            }
            return;
        }
        let fresh: Vec<_> = stale.par_iter().with_min_len(8).map(|&source| net.shares_from(source, length)).collect();
        for (&source, shares) in stale.iter().zip(fresh) {
            self.shares[source] = shares;
        }
        for &source in touched {
            add(&mut self.betweenness, &self.shares[source]);
        }
    }
}

fn add(sum: &mut [f64], terms: &[f64]) {
    sum.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
}
