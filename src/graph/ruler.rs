//! How long a path is: its number of edges, or the sum of their lengths.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Two path lengths within this relative distance are the same: sums of equal terms in another order differ by rounding.
const SAME_LENGTH: f64 = 1e-9;

/// A way to measure paths. Steps go forward: `step(d, e) > d`, and a longer start never makes a shorter path.
pub trait Ruler: Sync {
    /// Distance of a node from a source.
    type Distance: Copy + PartialOrd + Send + Sync + std::fmt::Debug;
    /// Nodes waiting by their distance.
    type Queue: Queue<Self::Distance> + Default + Send + Sync;
    /// Of the source itself.
    const ZERO: Self::Distance;
    /// Of a node that cannot be reached; more than any other.
    const FAR: Self::Distance;
    /// The distance at the other end of an edge.
    fn step(&self, near: Self::Distance, edge: usize) -> Self::Distance;
    /// Whether some shortest path goes from a node at `near` over the edge to one at `far`.
    fn on_path(&self, near: Self::Distance, far: Self::Distance, edge: usize) -> bool;
    /// The distance in edges, where all edges are as long as one another.
    fn hops(distance: Self::Distance) -> Option<usize>;
    /// Takes the edges on that stay, in their order.
    fn renumber(&mut self, kept: &[usize]);
}

/// Nodes waiting by their distance; nodes of one distance in no particular order.
pub trait Queue<D> {
    /// Puts a node in line for [`Queue::nearest`].
    fn push_near(&mut self, distance: D, node: usize);
    /// Takes a nearest node out.
    fn nearest(&mut self) -> Option<(D, usize)>;
    /// Puts a node in line for [`Queue::farthest`].
    fn push_far(&mut self, distance: D, node: usize);
    /// Takes a farthest node out.
    fn farthest(&mut self) -> Option<(D, usize)>;
}

/// Every edge counts one.
#[derive(Debug, Clone, Copy)]
pub struct Hops;

impl Ruler for Hops {
    type Distance = u16;
    type Queue = Levels;
    const ZERO: u16 = 0;
    const FAR: u16 = u16::MAX;

    fn step(&self, near: u16, _: usize) -> u16 {
        near.saturating_add(1)
    }

    fn on_path(&self, near: u16, far: u16, _: usize) -> bool {
        far != u16::MAX && near.saturating_add(1) == far
    }

    fn hops(distance: u16) -> Option<usize> {
        Some(usize::from(distance))
    }

    fn renumber(&mut self, _: &[usize]) {}
}

/// A list of nodes for each number of hops.
#[derive(Debug, Default)]
pub struct Levels {
    lists: Vec<Vec<u32>>,
    low: usize,
    high: usize,
    count: usize,
}

impl Levels {
    fn push(&mut self, level: u16, node: usize) {
        let level = usize::from(level);
        if self.lists.len() <= level {
            self.lists.resize_with(level + 1, Vec::new);
        }
        if self.count == 0 {
            (self.low, self.high) = (level, level);
        }
        (self.low, self.high) = (self.low.min(level), self.high.max(level));
        self.lists[level].push(node as u32);
        self.count += 1;
    }

    fn pop(&mut self, level: usize) -> Option<(u16, usize)> {
        let node = self.lists[level].pop()?;
        self.count -= 1;
        Some((level as u16, node as usize))
    }
}

impl Queue<u16> for Levels {
    fn push_near(&mut self, distance: u16, node: usize) {
        self.push(distance, node);
    }

    fn nearest(&mut self) -> Option<(u16, usize)> {
        while self.count > 0 {
            if let Some(found) = self.pop(self.low) {
                return Some(found);
            }
            self.low += 1;
        }
        None
    }

    fn push_far(&mut self, distance: u16, node: usize) {
        self.push(distance, node);
    }

    fn farthest(&mut self) -> Option<(u16, usize)> {
        while self.count > 0 {
            if let Some(found) = self.pop(self.high) {
                return Some(found);
            }
            self.high -= 1;
        }
        None
    }
}

/// Edges have lengths, all positive.
#[derive(Debug, Clone)]
pub struct Lengths(pub Vec<f64>);

impl Ruler for Lengths {
    type Distance = f64;
    type Queue = Heaps;
    const ZERO: f64 = 0.0;
    const FAR: f64 = f64::INFINITY;

    fn step(&self, near: f64, edge: usize) -> f64 {
        near + self.0[edge]
    }

    fn on_path(&self, near: f64, far: f64, edge: usize) -> bool {
        let through = near + self.0[edge];
        near < far && through - far <= SAME_LENGTH * through
    }

    fn hops(_: f64) -> Option<usize> {
        None
    }

    fn renumber(&mut self, kept: &[usize]) {
        self.0 = kept.iter().map(|&edge| self.0[edge]).collect();
    }
}

/// Positive numbers are ordered as their bits are.
#[derive(Debug, Default)]
pub struct Heaps {
    near: BinaryHeap<Reverse<(u64, u32)>>,
    far: BinaryHeap<(u64, u32)>,
}

impl Queue<f64> for Heaps {
    fn push_near(&mut self, distance: f64, node: usize) {
        self.near.push(Reverse((distance.to_bits(), node as u32)));
    }

    fn nearest(&mut self) -> Option<(f64, usize)> {
        self.near.pop().map(|Reverse((bits, node))| (f64::from_bits(bits), node as usize))
    }

    fn push_far(&mut self, distance: f64, node: usize) {
        self.far.push((distance.to_bits(), node as u32));
    }

    fn farthest(&mut self) -> Option<(f64, usize)> {
        self.far.pop().map(|(bits, node)| (f64::from_bits(bits), node as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_ends<D: Copy + PartialEq + std::fmt::Debug>(mut queue: impl Queue<D>, distances: [D; 4]) {
        let [a, b, c, d] = distances;
        [(c, 2), (a, 0), (d, 3), (b, 1)].into_iter().for_each(|(distance, node)| queue.push_near(distance, node));
        assert_eq!((queue.nearest(), queue.nearest()), (Some((a, 0)), Some((b, 1))));
        queue.push_near(a, 9);
        assert_eq!((queue.nearest(), queue.nearest()), (Some((a, 9)), Some((c, 2))));
        assert_eq!((queue.nearest(), queue.nearest()), (Some((d, 3)), None));
        [(c, 2), (a, 0), (d, 3)].into_iter().for_each(|(distance, node)| queue.push_far(distance, node));
        assert_eq!((queue.farthest(), queue.farthest()), (Some((d, 3)), Some((c, 2))));
        queue.push_far(b, 1);
        assert_eq!((queue.farthest(), queue.farthest(), queue.farthest()), (Some((b, 1)), Some((a, 0)), None));
    }

    #[test]
    fn queues_give_the_nearest_and_the_farthest() {
        both_ends(Levels::default(), [0, 2, 3, 7]);
        both_ends(Heaps::default(), [0.0, 1e-9, 0.5, 1e9]);
    }

    #[test]
    fn a_node_out_of_reach_is_on_no_path() {
        assert!(!Hops.on_path(u16::MAX, u16::MAX, 0) && Hops.on_path(3, 4, 0));
        let lengths = Lengths(vec![0.2]);
        assert!(!lengths.on_path(f64::INFINITY, f64::INFINITY, 0) && lengths.on_path(0.1, 0.3, 0));
    }
}
