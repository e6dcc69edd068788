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
}

impl Rings {
    /// Rings of these distances; none where distances are no hops or a node's list is as short as a set.
    pub fn fill<R: Ruler>(&mut self, net: &Net, node: usize, distance: &[R::Distance]) {
        let words = net.row(node).len();
        self.sets.clear();
        if R::hops(R::ZERO).is_none() || net.degree(node) < 2 * words {
            return;
        }
        self.words = words;
        self.sets.resize((MOST + 1) * words, 0);
        for (node, &at) in distance.iter().enumerate() {
            if let Some(hops) = R::hops(at).filter(|&hops| hops <= MOST) {
                self.sets[hops * words + node / 64] |= 1 << (node % 64);
            }
        }
    }

    /// Keeps none.
    pub fn clear(&mut self) {
        self.sets.clear();
    }

    /// The nodes of a row that are one hop nearer than `hops`, ascending; `None` where rings are not kept.
    pub fn before<'a>(&'a self, hops: usize, row: &'a [u64]) -> Option<impl Iterator<Item = usize> + 'a> {
        let kept = (3..=MOST + 1).contains(&hops) && !self.sets.is_empty();
        kept.then(|| members(&self.sets[(hops - 1) * self.words..][..self.words], row))
    }
}
