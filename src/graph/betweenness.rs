//! Edge betweenness by Brandes' algorithm.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Two path lengths within this relative distance are the same: sums of equal terms in another order differ by rounding.
const SAME_LENGTH: f64 = 1e-9;

/// A graph in adjacency lists, whose edges can be removed one by one.
#[derive(Debug, Clone)]
pub struct Net {
    /// (neighbour, edge) of each node.
    neighbours: Vec<Vec<(usize, usize)>>,
    edges: usize,
}

/// What a path's length is.
#[derive(Debug, Clone, Copy)]
pub enum Length<'a> {
    /// Its number of edges.
    Hops,
    /// The sum of these, one an edge; all positive.
    Edges(&'a [f64]),
}

impl Net {
    /// A graph of `nodes` nodes with these edges.
    #[must_use]
    pub fn new(nodes: usize, edges: &[(usize, usize)]) -> Self {
        let mut neighbours = vec![Vec::new(); nodes];
        for (edge, &(u, v)) in edges.iter().enumerate() {
            neighbours[u].push((v, edge));
            neighbours[v].push((u, edge));
        }
        Net { neighbours, edges: edges.len() }
    }

    /// Takes an edge away.
    pub fn remove(&mut self, edge: usize) {
        self.neighbours.iter_mut().for_each(|list| list.retain(|&(_, other)| other != edge));
    }

    /// The nodes that can be reached from one, itself included, ascending.
    #[must_use]
    pub fn reachable(&self, from: usize) -> Vec<usize> {
        let mut seen = vec![false; self.neighbours.len()];
        let mut open = vec![from];
        seen[from] = true;
        while let Some(node) = open.pop() {
            for &(next, _) in &self.neighbours[node] {
                if !std::mem::replace(&mut seen[next], true) {
                    open.push(next);
                }
            }
        }
        (0..seen.len()).filter(|&node| seen[node]).collect()
    }

    /// The connected component of each node, numbered by their smallest node.
    #[must_use]
    pub fn components(&self) -> Vec<usize> {
        let mut numbers = vec![usize::MAX; self.neighbours.len()];
        let mut next = 0;
        for node in 0..numbers.len() {
            if numbers[node] == usize::MAX {
                self.reachable(node).into_iter().for_each(|other| numbers[other] = next);
                next += 1;
            }
        }
        numbers
    }

    /// For each edge, the share of shortest paths from `source` to every other node that use it. O(edges) for hops,
    /// O(edges log nodes) otherwise. Positive exactly for edges on some shortest path.
    #[must_use]
    pub fn shares_from(&self, source: usize, length: Length<'_>) -> Vec<f64> {
        let (distance, order) = match length {
            Length::Hops => self.breadth_first(source),
            Length::Edges(lengths) => self.dijkstra(source, lengths),
        };
        let on_path = |near: usize, far: usize, edge: usize| match length {
            Length::Hops => distance[near] + 1.0 == distance[far],
            Length::Edges(lengths) => {
                let through = distance[near] + lengths[edge];
                distance[near] < distance[far] && through - distance[far] <= SAME_LENGTH * through
            }
        };
        let mut paths = vec![0.0; distance.len()];
        paths[source] = 1.0;
        for &node in &order[1..] {
            paths[node] = (self.neighbours[node].iter())
                .filter(|&&(near, edge)| on_path(near, node, edge))
                .map(|&(near, _)| paths[near])
                .sum();
        }
        let mut shares = vec![0.0; self.edges];
        let mut passing = vec![0.0; distance.len()];
        for &node in order[1..].iter().rev() {
            let each = (1.0 + passing[node]) / paths[node];
            for &(near, edge) in &self.neighbours[node] {
                if on_path(near, node, edge) {
                    let share = paths[near] * each;
                    shares[edge] = share;
                    passing[near] += share;
                }
            }
        }
        shares
    }

    /// Distances from `source` and the reached nodes in the order of their distance.
    fn breadth_first(&self, source: usize) -> (Vec<f64>, Vec<usize>) {
        let mut distance = vec![f64::INFINITY; self.neighbours.len()];
        distance[source] = 0.0;
        let mut order = vec![source];
        let mut next = 0;
        while next < order.len() {
            let node = order[next];
            next += 1;
            for &(other, _) in &self.neighbours[node] {
                if distance[other] == f64::INFINITY {
                    distance[other] = distance[node] + 1.0;
                    order.push(other);
                }
            }
        }
        (distance, order)
    }

    fn dijkstra(&self, source: usize, lengths: &[f64]) -> (Vec<f64>, Vec<usize>) {
        let mut distance = vec![f64::INFINITY; self.neighbours.len()];
        distance[source] = 0.0;
        let mut done = vec![false; distance.len()];
        let mut order = Vec::new();
        let mut open = BinaryHeap::from([Reached { distance: 0.0, node: source }]);
        while let Some(Reached { node, .. }) = open.pop() {
            if std::mem::replace(&mut done[node], true) {
                continue;
            }
            order.push(node);
            for &(other, edge) in &self.neighbours[node] {
                let through = distance[node] + lengths[edge];
                if through < distance[other] {
                    distance[other] = through;
                    open.push(Reached { distance: through, node: other });
                }
            }
        }
        (distance, order)
    }
}

/// A node of Dijkstra's heap; the nearest comes out first.
#[derive(PartialEq)]
struct Reached {
    distance: f64,
    node: usize,
}

impl Eq for Reached {}

impl Ord for Reached {
    fn cmp(&self, other: &Self) -> Ordering {
        other.distance.total_cmp(&self.distance).then(other.node.cmp(&self.node))
    }
}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn betweenness(net: &Net, nodes: usize, length: Length<'_>) -> Vec<f64> {
        let mut sum = vec![0.0; net.edges];
        for source in 0..nodes {
            sum.iter_mut().zip(net.shares_from(source, length)).for_each(|(sum, share)| *sum += share / 2.0);
        }
        sum
    }

    #[test]
    fn a_path_of_four() {
        let net = Net::new(4, &[(0, 1), (1, 2), (2, 3)]);
        assert_eq!(betweenness(&net, 4, Length::Hops), [3.0, 4.0, 3.0]);
    }

    #[test]
    fn lengths_that_tie_but_for_rounding_share_the_paths() {
        // 0.1 + 0.2 is not 0.3 in binary; both ways round the square are equally long.
        let net = Net::new(3, &[(0, 1), (1, 2), (0, 2)]);
        assert_eq!(betweenness(&net, 3, Length::Edges(&[0.1, 0.2, 0.3])), [1.5, 1.5, 0.5]);
        let mut cut = net.clone();
        cut.remove(1);
        assert_eq!(cut.components(), [0, 0, 0]);
        cut.remove(0);
        assert_eq!(cut.components(), [0, 1, 0]);
    }
}
