//! A row brought up to date where no distance changed: ring by ring, sets of nodes at a time.

use super::net::members;
use super::row::{Row, Work, share};
use super::ruler::Ruler;

impl<R: Ruler> Row<'_, R> {
    /// Repairs the row if `far` has other nodes just before it and the rings are kept; whether it did. The values are those of
    /// the general repair.
    pub(super) fn repair_still(&mut self, near: usize, far: usize) -> bool {
        let Some(level) = R::hops(self.distance[far]).filter(|&hops| hops >= 2) else { return false };
        self.work.rings.fill::<R>(self.net, far, self.distance);
        let Some(deepest) = self.work.rings.deepest() else { return false };
        if members(self.work.rings.at(level - 1), self.net.row(far)).next().is_none() {
            return false;
        }
        self.work.paths.copy_from_slice(self.paths);
        self.work.passing.copy_from_slice(self.passing);
        let words = self.net.row(far).len();
        self.work.again.reset(words, deepest);
        self.work.again.insert(level, far);
        for ring in level..=deepest {
            self.count_ring(ring, deepest);
        }
        // What passes changes at every node whose paths do, and before them.
        std::mem::swap(&mut self.work.again, &mut self.work.changed);
        let changed = &self.work.changed.bits;
        self.work.again.words = words;
        self.work.again.bits.clone_from(changed);
        let each = (self.one + self.work.passing[far]) as f64 / self.work.paths[far];
        let gone = share(self.work.paths[near], each);
        if level == 2 {
            self.passing[near] -= gone;
            self.sums[self.net.edge(self.source, near)] -= gone;
        } else {
            self.passing[near] -= gone;
            self.work.again.insert(level - 1, near);
        }
        for ring in (2..=deepest).rev() {
            self.share_ring(ring);
        }
        true
    }

    /// Counts the paths to the marked nodes of a ring; marks the nodes behind those where they changed.
    fn count_ring(&mut self, ring: usize, deepest: usize) {
        let Row { net, source, ref mut paths, ref mut work, .. } = *self;
        let Work { again, rings, passing, .. } = &mut **work;
        for word in 0..again.words {
            let mut bits = again.ring(ring)[word];
            while bits != 0 {
                let node = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let row = net.row(node);
                let count = match ring {
                    2 => f64::from(net.common_count(source, node)),
                    _ => members(rings.at(ring - 1), row).map(|near| paths[near]).sum(),
                };
                if count != paths[node] {
                    paths[node] = count;
                    if ring < deepest && passing[node] != 0 {
                        again.add(ring + 1, rings.at(ring + 1), row);
                    }
                }
            }
        }
    }

    /// Gives what the marked nodes of a ring have to give now and had not, to those before them.
    fn share_ring(&mut self, ring: usize) {
        let Row { net, source, one, ref paths, ref mut passing, ref mut sums, ref mut work, .. } = *self;
        let Work { again, changed, rings, passing: passed, paths: old, .. } = &mut **work;
        for word in 0..again.words {
            let mut bits = again.ring(ring)[word];
            while bits != 0 {
                let node = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if passing[node] == passed[node] && !changed.has(ring, node) {
                    continue;
                }
                let each = (one + passing[node]) as f64 / paths[node];
                let was = (one + passed[node]) as f64 / old[node];
                if ring == 2 {
                    // One path leads to each node before it.
                    let growth = share(1.0, each) - share(1.0, was);
                    for near in net.common(source, node) {
                        passing[near] += growth;
                        sums[net.edge(node, near)] += growth;
                        sums[net.edge(source, near)] += growth;
                    }
                    continue;
                }
                let row = net.row(node);
                for near in members(rings.at(ring - 1), row) {
                    let growth = share(paths[near], each) - share(old[near], was);
                    passing[near] += growth;
                    sums[net.edge(node, near)] += growth;
                }
                again.add(ring - 1, rings.at(ring - 1), row);
            }
        }
    }
}
