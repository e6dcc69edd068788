//! One source: how far every node is, by how many shortest paths, and how many paths pass through it.

use super::net::Net;
use super::rings::Rings;
use super::ruler::{Queue, Ruler};
use super::sets::Sets;

/// Kept between repairs, so that they allocate nothing.
pub struct Work<R: Ruler> {
    pub(super) distance: Vec<R::Distance>,
    pub(super) paths: Vec<f64>,
    pub(super) passing: Vec<i64>,
    pub(super) marks: Vec<u8>,
    pub(super) marked: Vec<usize>,
    pub(super) moved: Vec<usize>,
    pub(super) counted: Vec<usize>,
    pub(super) queue: R::Queue,
    pub(super) rings: Rings,
    pub(super) again: Sets,
    pub(super) changed: Sets,
}

/// One source with what is kept about it.
pub struct Row<'a, R: Ruler> {
    pub(super) net: &'a Net,
    pub(super) ruler: &'a R,
    pub(super) source: usize,
    pub(super) one: i64,
    pub(super) distance: &'a mut [R::Distance],
    pub(super) paths: &'a mut [f64],
    pub(super) passing: &'a mut [i64],
    pub(super) sums: &'a mut [i64],
    pub(super) work: &'a mut Work<R>,
}

/// 1.5 * 2^52: a float of less than 2^51 added to it is rounded to a whole number, which its lowest bits then are.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The units of one share; never none, so that a node has something passing exactly when paths pass through it.
#[must_use]
pub(super) fn share(near_paths: f64, each: f64) -> i64 {
    let rounded = (near_paths * each + ROUND).to_bits() - ROUND.to_bits();
    rounded.max(1) as i64
}

impl<R: Ruler> Row<'_, R> {
    /// Computes the row afresh; the marks are clear and the distances far.
    pub(super) fn fill(&mut self) {
        let Row { net, ruler, source, ref mut distance, ref mut paths, ref mut work, .. } = *self;
        work.counted.clear();
        work.rings.clear();
        distance[source] = R::ZERO;
        paths[source] = 1.0;
        work.queue.push_near(R::ZERO, source);
        while let Some((at, node)) = work.queue.nearest() {
            if at != distance[node] || work.marks[node] != 0 {
                continue;
            }
            work.marks[node] = 1;
            work.counted.push(node);
            for (other, edge) in net.neighbours(node) {
                let through = ruler.step(at, edge);
                if through < distance[other] {
                    distance[other] = through;
                    work.queue.push_near(through, other);
                }
            }
        }
        for at in 1..self.work.counted.len() {
            let node = self.work.counted[at];
            self.paths[node] = self.count(node);
        }
        for at in (1..self.work.counted.len()).rev() {
            let node = self.work.counted[at];
            let each = (self.one + self.passing[node]) as f64 / self.paths[node];
            let Row { net, ruler, source, ref distance, ref paths, ref mut passing, ref mut sums, .. } = *self;
            before(net, ruler, source, node, distance, |near, edge| {
                let share = share(paths[near], each);
                sums[edge] += share;
                if near != source {
                    passing[near] += share;
                }
            });
        }
        self.work.counted.iter().for_each(|&node| self.work.marks[node] = 0);
    }

    /// The number of shortest paths to a node other than the source, from those of the nodes before it.
    pub(super) fn count(&self, node: usize) -> f64 {
        let rings = &self.work.rings;
        if R::hops(self.distance[node]) == Some(2) {
            return f64::from(self.net.common_count(self.source, node));
        }
        let mut sum = 0.0;
        if let Some(nodes) = R::hops(self.distance[node]).and_then(|hops| rings.before(hops, self.net.row(node))) {
            nodes.for_each(|near| sum += self.paths[near]);
            return sum;
        }
        before(self.net, self.ruler, self.source, node, self.distance, |near, _| sum += self.paths[near]);
        sum
    }
}

/// Calls `each` with the nodes just before `node` on shortest paths from `source`, and the edges to them.
pub(super) fn before<R: Ruler>(
    net: &Net,
    ruler: &R,
    source: usize,
    node: usize,
    distance: &[R::Distance],
    mut each: impl FnMut(usize, usize),
) {
    match R::hops(distance[node]) {
        Some(1) => each(source, net.edge(source, node)),
        Some(2) => net.common(source, node).for_each(|near| each(near, net.edge(node, near))),
        _ => before_by_list(net, ruler, node, distance, each),
    }
}

pub(super) fn before_by_list<R: Ruler>(
    net: &Net,
    ruler: &R,
    node: usize,
    distance: &[R::Distance],
    mut each: impl FnMut(usize, usize),
) {
    for (near, edge) in net.neighbours(node) {
        if ruler.on_path(distance[near], distance[node], edge) {
            each(near, edge);
        }
    }
}
