//! The nodes at each number of hops from a source, as bit sets.

use super::net::{Net, members};
use super::ruler::Ruler;

/// Rings farther out than this are not kept: graphs that deep have few edges.
const MOST: usize = 8;

/// For the nodes before a node in a dense graph: an intersection instead of a walk through its neighbours.
#[derive(Debug, Default)]
pub struct Rings {
    words: usize,
    sets: Vec<u64>,
    /// The farthest ring with a node; more than [`MOST`] when not all are kept.
    deepest: usize,
}

impl Rings {
    /// Rings of these distances; none where distances are no hops or a node's list is as short as a set.
    pub fn fill<R: Ruler>(&mut self, net: &Net, node: usize, distance: &[R::Distance]) {
        let words = net.row(node).len();
        self.sets.clear();
        if R::hops(R::ZERO).is_none() || net.degree(node) < 2 * words {
            return;
        }
        (self.words, self.deepest) = (words, 0);
        self.sets.resize((MOST + 1) * words, 0);
        for (node, &at) in distance.iter().enumerate().filter(|(_, at)| **at != R::FAR) {
            let hops = R::hops(at).unwrap_or(usize::MAX);
            self.deepest = self.deepest.max(hops);
            if hops <= MOST {
                self.sets[hops * words + node / 64] |= 1 << (node % 64);
            }
        }
    }

    /// Keeps none.
    pub fn clear(&mut self) {
        self.sets.clear();
    }

    /// The farthest ring, if all are kept.
    #[must_use]
    pub fn deepest(&self) -> Option<usize> {
        (!self.sets.is_empty() && self.deepest <= MOST).then_some(self.deepest)
    }

    /// The nodes at so many hops; at most as far as the rings go.
    #[must_use]
    pub fn at(&self, hops: usize) -> &[u64] {
        &self.sets[hops * self.words..][..self.words]
    }

    /// The nodes of a row that are one hop nearer than `hops`, ascending; `None` where rings are not kept.
    pub fn before<'a>(&'a self, hops: usize, row: &'a [u64]) -> Option<impl Iterator<Item = usize> + 'a> {
        let kept = (3..=MOST + 1).contains(&hops) && !self.sets.is_empty();
        kept.then(|| members(self.at(hops - 1), row))
    }
}
