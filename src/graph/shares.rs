//! For some sources, the shares of shortest paths that use each edge, kept up to date while edges are removed.
//!
//! A share is a whole number of units (2^-34 to 2^-48, see [`unit_bits`]), so sums do not depend on the order of their terms: a
//! repaired sum has the bits of one computed afresh, on any number of threads, and edges that are alike by symmetry tie exactly.

use super::net::Net;
use super::rings::Rings;
use super::row::{Row, Work};
use super::ruler::Ruler;
use super::sets::Sets;

/// Bits behind the point of a share, for a graph of so many nodes: sums of `nodes^2` units fit 62 bits, and `nodes`
/// units fit the 51 that a float rounds exactly. From 43 at 100 nodes over 40 at 1000 down to 34 at 8192. A share of 1/nodes is rounded by
/// less than 1e-9 of itself up to 1000 nodes; in larger graphs values that tie by chance, not by symmetry, may be told apart.
#[must_use]
pub fn unit_bits(nodes: usize) -> u32 {
    let wide = usize::BITS - nodes.leading_zeros();
    (50 - wide.min(32)).min(62 - 2 * wide.min(25))
}

/// Shortest paths from `count` sources, the first being `first`.
pub struct Shares<R: Ruler> {
    first: usize,
    count: usize,
    /// Rows of `nodes`, one a source: distance, number of shortest paths, and how many of the paths to others pass through.
    distance: Vec<R::Distance>,
    paths: Vec<f64>,
    passing: Vec<i64>,
    /// For each edge, the sum over these sources.
    sums: Vec<i64>,
    one: i64,
    work: Work<R>,
}

impl<R: Ruler> Shares<R> {
    /// Shares of the sources `first..first + count`. O(edges log nodes) a source. Memory 24 bytes a source and node.
    #[must_use]
    pub fn new(net: &Net, ruler: &R, first: usize, count: usize) -> Self {
        let nodes = net.nodes();
        let mut shares = Shares {
            first,
            count,
            distance: vec![R::FAR; count * nodes],
            paths: vec![0.0; count * nodes],
            passing: vec![0; count * nodes],
            sums: vec![0; net.ends().len()],
            one: 1 << unit_bits(nodes),
            work: Work {
                distance: vec![R::FAR; nodes],
                paths: vec![0.0; nodes],
                passing: vec![0; nodes],
                marks: vec![0; nodes],
                marked: Vec::new(),
                moved: Vec::new(),
                counted: Vec::new(),
                queue: R::Queue::default(),
                rings: Rings::default(),
                again: Sets::default(),
                changed: Sets::default(),
            },
        };
        for source in first..first + count {
            shares.row(net, ruler, source).fill();
        }
        shares
    }

    fn row<'a>(&'a mut self, net: &'a Net, ruler: &'a R, source: usize) -> Row<'a, R> {
        let nodes = net.nodes();
        let at = (source - self.first) * nodes;
        Row {
            net,
            ruler,
            source,
            one: self.one,
            distance: &mut self.distance[at..at + nodes],
            paths: &mut self.paths[at..at + nodes],
            passing: &mut self.passing[at..at + nodes],
            sums: &mut self.sums,
            work: &mut self.work,
        }
    }

    /// In units, for each edge.
    #[must_use]
    pub fn sums(&self) -> &[i64] {
        &self.sums
    }

    /// Brings everything up to date after `net` lost an edge. Only sources whose shortest paths used it are looked at, and
    /// there only the nodes behind it and those before them.
    pub fn repair(&mut self, net: &Net, ruler: &R, edge: usize) {
        let (u, v) = net.ends()[edge];
        let nodes = net.nodes();
        for source in self.first..self.first + self.count {
            let at = (source - self.first) * nodes;
            let (a, b) = (self.distance[at + u], self.distance[at + v]);
            if ruler.on_path(a, b, edge) {
                self.row(net, ruler, source).repair(u, v);
            } else if ruler.on_path(b, a, edge) {
                self.row(net, ruler, source).repair(v, u);
            }
        }
        self.sums[edge] = 0;
    }

    /// Whether `u` is one of these sources and does not reach `v`.
    #[must_use]
    pub fn apart(&self, u: usize, v: usize) -> bool {
        let nodes = self.work.marks.len();
        (self.first..self.first + self.count).contains(&u) && self.distance[(u - self.first) * nodes + v] == R::FAR
    }

    /// Numbers the edges anew, as the net does.
    pub fn renumber(&mut self, kept: &[usize]) {
        self.sums = kept.iter().map(|&edge| self.sums[edge]).collect();
    }
}
