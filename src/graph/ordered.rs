//! A graph in the order of its names, so that "first" is "smallest by name".

use super::graph::Graph;
use super::modularity::modularity;
use super::partition::Partition;

/// Nodes in the order of their names, edges sorted by (u, v) with u < v.
#[derive(Debug, Clone)]
pub struct Ordered {
    /// How many nodes.
    pub nodes: usize,
    /// Place in the graph's own order to place by name.
    pub rank: Vec<usize>,
    /// Both ends of each edge.
    pub ends: Vec<(usize, usize)>,
    /// The length of each edge.
    pub lengths: Vec<f64>,
    /// Whether edges count by similarity 1/(1 + length), and not all the same.
    pub weighted: bool,
}

impl Ordered {
    /// The graph in the order of its names.
    #[must_use]
    pub fn new(graph: &Graph, weighted: bool) -> Self {
        let mut by_name: Vec<usize> = (0..graph.len()).collect();
        by_name.sort_by_key(|&place| graph.name(place));
        let mut rank = vec![0; graph.len()];
        by_name.iter().enumerate().for_each(|(position, &place)| rank[place] = position);
        let mut edges: Vec<_> =
            graph.edges().map(|(u, v, length)| ((rank[u].min(rank[v]), rank[u].max(rank[v])), length)).collect();
        edges.sort_by_key(|edge| edge.0);
        let (ends, lengths) = edges.into_iter().unzip();
        Ordered { nodes: graph.len(), rank, ends, lengths, weighted }
    }

    /// The similarity of each edge with its ends.
    #[must_use]
    pub fn similarities(&self) -> Vec<(usize, usize, f64)> {
        let similarity = |length: f64| if self.weighted { 1.0 / (1.0 + length) } else { 1.0 };
        self.ends.iter().zip(&self.lengths).map(|(&(u, v), &length)| (u, v, similarity(length))).collect()
    }

    /// The partition that these numbers, one a node in the order of names, make of `graph`.
    #[must_use]
    pub fn partition(&self, graph: &Graph, numbers: &[usize]) -> Partition {
        let own: Vec<usize> = self.rank.iter().map(|&node| numbers[node]).collect();
        // In the graph's own order, as it always was: sums of the same terms in another order differ by rounding.
        let similarity = |length: f64| if self.weighted { 1.0 / (1.0 + length) } else { 1.0 };
        let edges: Vec<_> = graph.edges().map(|(u, v, length)| (u, v, similarity(length))).collect();
        Partition::from_numbers(graph, &own, modularity(&edges, &own))
    }
}
