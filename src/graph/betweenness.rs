//! Edge betweenness while edges are removed.

use super::net::Net;
use super::ruler::{Hops, Lengths, Ruler};
use super::shares::{Shares, unit_bits};
use rayon::prelude::*;

/// What a path's length is.
#[derive(Debug, Clone, Copy)]
pub enum Length<'a> {
    /// Its number of edges.
    Hops,
    /// The sum of these, one an edge; all positive.
    Edges(&'a [f64]),
}

/// Above this many numbers kept (nodes squared) the sources are divided among the threads.
const SHARED_WORK: usize = 40_000;

/// So many edges are searched as one piece.
const PIECE: usize = 1 << 14;

/// The betweenness of every edge of a graph: for each pair of nodes, the share of their shortest paths that use it.
pub struct Betweenness<R: Ruler> {
    net: Net,
    ruler: R,
    /// Sources are divided among them; their sums are whole numbers, so it does not matter how.
    parts: Vec<Shares<R>>,
    /// What the betweenness of each edge is multiplied with; 0 when it is removed.
    factors: Vec<f64>,
    left: usize,
}

impl<R: Ruler> Betweenness<R> {
    /// Of every edge; its value is its betweenness times its factor. O(nodes edges log nodes), memory O(nodes^2).
    #[must_use]
    pub fn new(nodes: usize, ends: &[(usize, usize)], ruler: R, factors: Vec<f64>) -> Self {
        let net = Net::new(nodes, ends);
        let threads = if nodes * nodes > SHARED_WORK { rayon::current_num_threads().min(8) } else { 1 };
        let size = nodes.div_ceil(threads).max(1);
        let starts: Vec<usize> = (0..nodes).step_by(size).collect();
        let part = |&first: &usize| Shares::new(&net, &ruler, first, size.min(nodes - first));
        let parts = starts.par_iter().map(part).collect();
        Betweenness { left: ends.len(), net, ruler, parts, factors }
    }

    /// The graph as it is now.
    #[must_use]
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Betweenness times factor of an edge; 0 when it is removed.
    #[must_use]
    pub fn value(&self, edge: usize) -> f64 {
        let units: i64 = self.parts.iter().map(|part| part.sums()[edge]).sum();
        // Each pair of nodes was counted from both ends.
        units as f64 * self.factors[edge] / (2_u64 << unit_bits(self.net.nodes())) as f64
    }

    /// The first edge whose value is within the relative distance `ties` of the highest; `None` when all are removed.
    #[must_use]
    pub fn top(&self, ties: f64) -> Option<usize> {
        if self.left == 0 {
            return None;
        }
        let edges = self.factors.len();
        let highest = |piece: usize| {
            let range = piece * PIECE..((piece + 1) * PIECE).min(edges);
            range.map(|edge| self.value(edge)).fold(0.0, f64::max)
        };
        let pieces = edges.div_ceil(PIECE);
        let tops: Vec<f64> = match pieces {
            1 => vec![highest(0)],
            _ => (0..pieces).into_par_iter().map(highest).collect(),
        };
        let top = tops.iter().copied().fold(0.0, f64::max);
        let limit = top - ties * top;
        let piece = tops.iter().position(|&top| top >= limit)?;
        (piece * PIECE..edges).find(|&edge| self.factors[edge] > 0.0 && self.value(edge) >= limit)
    }

    /// Removes an edge; whether its ends are no longer connected. Only what changed is computed anew.
    pub fn remove(&mut self, edge: usize) -> bool {
        let (u, v) = self.net.ends()[edge];
        self.net.remove(edge);
        self.factors[edge] = 0.0;
        self.left -= 1;
        let (net, ruler) = (&self.net, &self.ruler);
        match self.parts.as_mut_slice() {
            [part] => part.repair(net, ruler, edge),
            parts => parts.par_iter_mut().for_each(|part| part.repair(net, ruler, edge)),
        }
        let apart = self.parts.iter().any(|part| part.apart(u, v));
        if self.left < self.factors.len() / 2 {
            self.renumber();
        }
        apart
    }

    /// Forgets the removed edges, so that the search for the top does not pass over them. The order stays.
    fn renumber(&mut self) {
        let kept: Vec<usize> = (0..self.factors.len()).filter(|&edge| self.factors[edge] > 0.0).collect();
        self.net.renumber(&kept);
        self.ruler.renumber(&kept);
        self.parts.iter_mut().for_each(|part| part.renumber(&kept));
        self.factors = kept.iter().map(|&edge| self.factors[edge]).collect();
    }
}

/// The betweenness of every edge. O(nodes edges log nodes).
#[must_use]
pub fn betweenness(nodes: usize, ends: &[(usize, usize)], length: Length<'_>) -> Vec<f64> {
    fn values<R: Ruler>(nodes: usize, ends: &[(usize, usize)], ruler: R) -> Vec<f64> {
        let all = Betweenness::new(nodes, ends, ruler, vec![1.0; ends.len()]);
        (0..ends.len()).map(|edge| all.value(edge)).collect()
    }
    match length {
        Length::Hops => values(nodes, ends, Hops),
        Length::Edges(lengths) => values(nodes, ends, Lengths(lengths.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_four() {
        assert_eq!(betweenness(4, &[(0, 1), (1, 2), (2, 3)], Length::Hops), [3.0, 4.0, 3.0]);
    }

    #[test]
    fn lengths_that_tie_but_for_rounding_share_the_paths() {
        // 0.1 + 0.2 is not 0.3 in binary; both ways round the square are equally long.
        let edges = [(0, 1), (1, 2), (0, 2)];
        let mut all = Betweenness::new(3, &edges, Lengths(vec![0.1, 0.2, 0.3]), vec![1.0; 3]);
        assert_eq!([0, 1, 2].map(|edge| all.value(edge)), [1.5, 1.5, 0.5]);
        assert_eq!(all.top(1e-9), Some(0));
        assert!(!all.remove(1));
        assert_eq!(all.net().components(), [0, 0, 0]);
        assert!(all.remove(0));
        assert_eq!(all.net().components(), [0, 1, 0]);
    }
}
