//! A row brought up to date after its graph lost an edge.

use super::row::{Row, Work, before, before_by_list, share};
use super::ruler::{Queue, Ruler};

/// Marks of a node during a repair: asked for its distance; its distance changes; its paths are counted again; what passes
/// through it changes.
const ASKED: u8 = 1;
const MOVED: u8 = 2;
const COUNTED: u8 = 4;
const PASSED: u8 = 8;

impl<R: Ruler> Row<'_, R> {
    pub(super) fn repair(&mut self, near: usize, far: usize) {
        if R::hops(self.distance[far]) == Some(2) && self.passing[far] == 0 && self.paths[far] > 1.0 {
            return self.repair_leaf(near, far);
        }
        if self.repair_still(near, far) {
            return;
        }
        self.work.distance.copy_from_slice(self.distance);
        self.work.paths.copy_from_slice(self.paths);
        self.work.passing.copy_from_slice(self.passing);
        self.find_moved(far);
        self.measure_moved();
        self.work.rings.fill::<R>(self.net, far, self.distance);
        self.count_again(far);
        self.take_old_shares(near, far);
        self.add_new_shares();
        let work = &mut self.work;
        work.marked.drain(..).for_each(|node| work.marks[node] = 0);
    }

    /// The commonest case of a dense graph: `far` is two hops away, nothing lies behind it, and it has other nodes before it.
    fn repair_leaf(&mut self, near: usize, far: usize) {
        let Row { net, source, one, ref mut paths, ref mut passing, ref mut sums, .. } = *self;
        let before = share(1.0, one as f64 / paths[far]);
        paths[far] -= 1.0;
        let growth = share(1.0, one as f64 / paths[far]) - before;
        passing[near] -= before;
        sums[net.edge(source, near)] -= before;
        for other in net.common(source, far) {
            passing[other] += growth;
            sums[net.edge(source, other)] += growth;
            sums[net.edge(far, other)] += growth;
        }
    }

    /// Which nodes lost every shortest path: nearest first, so that what could support a node is decided before it.
    fn find_moved(&mut self, far: usize) {
        let Row { net, ruler, source, ref distance, ref mut work, .. } = *self;
        let supported = |node: usize, marks: &[u8]| match R::hops(distance[node]) {
            Some(1) => net.row(source)[node / 64] >> (node % 64) & 1 == 1,
            Some(2) => net.row(source).iter().zip(net.row(node)).any(|(a, b)| a & b != 0),
            _ => (net.neighbours(node))
                .any(|(other, edge)| marks[other] & MOVED == 0 && ruler.step(distance[other], edge) == distance[node]),
        };
        work.moved.clear();
        work.marks[far] |= ASKED;
        work.marked.push(far);
        work.queue.push_near(distance[far], far);
        while let Some((at, node)) = work.queue.nearest() {
            if supported(node, &work.marks) {
                continue;
            }
            work.marks[node] |= MOVED;
            work.moved.push(node);
            for (other, edge) in net.neighbours(node) {
                if work.marks[other] == 0 && distance[other] != R::FAR && ruler.step(at, edge) == distance[other] {
                    work.marks[other] |= ASKED;
                    work.marked.push(other);
                    work.queue.push_near(distance[other], other);
                }
            }
        }
    }

    /// New distances of the moved nodes, from those around them.
    fn measure_moved(&mut self) {
        let Row { net, ruler, ref mut distance, ref mut work, .. } = *self;
        for &node in &work.moved {
            let mut least = R::FAR;
            for (other, edge) in net.neighbours(node) {
                let through = ruler.step(distance[other], edge);
                if through < least && work.marks[other] & MOVED == 0 {
                    least = through;
                }
            }
            distance[node] = least;
            if least != R::FAR {
                work.queue.push_near(least, node);
            }
        }
        while let Some((at, node)) = work.queue.nearest() {
            if at != distance[node] {
                continue;
            }
            for (other, edge) in net.neighbours(node) {
                let through = ruler.step(at, edge);
                if work.marks[other] & MOVED != 0 && through < distance[other] {
                    distance[other] = through;
                    work.queue.push_near(through, other);
                }
            }
        }
    }

    /// Counts paths again, nearest first: to `far`, to the moved nodes and the nodes behind them, and on while counts change.
    fn count_again(&mut self, far: usize) {
        self.work.counted.clear();
        self.mark_counted(far);
        for at in 0..self.work.moved.len() {
            let node = self.work.moved[at];
            self.mark_counted(node);
            let net = self.net;
            for (other, edge) in net.neighbours(node) {
                let behind = self.work.marks[other] & (COUNTED | MOVED) == 0
                    && (self.ruler.on_path(self.work.distance[node], self.distance[other], edge)
                        || self.ruler.on_path(self.distance[node], self.distance[other], edge));
                if behind {
                    self.mark_counted(other);
                }
            }
        }
        while let Some((_, node)) = self.work.queue.nearest() {
            let paths = self.count(node);
            self.work.counted.push(node);
            let moved = self.work.marks[node] & MOVED != 0;
            if paths == self.paths[node] && !moved {
                continue;
            }
            self.paths[node] = paths;
            // Behind a node that did not move and had nothing behind it there is nothing now.
            if !moved && self.work.passing[node] == 0 {
                continue;
            }
            let net = self.net;
            for (other, edge) in net.neighbours(node) {
                if self.work.marks[other] & COUNTED == 0
                    && self.ruler.on_path(self.distance[node], self.distance[other], edge)
                {
                    self.mark_counted(other);
                }
            }
        }
    }

    fn mark_counted(&mut self, node: usize) {
        let work = &mut self.work;
        if work.marks[node] & COUNTED != 0 {
            return;
        }
        work.marks[node] |= COUNTED;
        work.marked.push(node);
        if self.distance[node] == R::FAR {
            self.paths[node] = 0.0;
            work.counted.push(node);
        } else {
            work.queue.push_near(self.distance[node], node);
        }
    }

    /// Takes back what the counted nodes gave to those before them. Where no distance changed each node keeps the nodes
    /// before it, and the difference is given later, in one go; only what `far` gave over the removed edge goes now.
    fn take_old_shares(&mut self, near: usize, far: usize) {
        let Row { net, ruler, source, one, ref distance, ref mut passing, ref mut sums, ref mut work, .. } = *self;
        let Work { distance: old, paths, passing: passed, marks, marked, moved, counted, queue, .. } = &mut **work;
        for &node in counted.iter() {
            let each = (one + passed[node]) as f64 / paths[node];
            let mut give_back = |other: usize, share: i64| {
                if other != source {
                    passing[other] -= share;
                    pass::<R>(other, distance, marks, marked, queue);
                }
            };
            if node == far {
                give_back(near, share(paths[near], each));
            }
            if !moved.is_empty() {
                let take = |other: usize, edge: usize| {
                    let share = share(paths[other], each);
                    sums[edge] -= share;
                    give_back(other, share);
                };
                // A source at an end of the removed edge no longer has all its old neighbours.
                if source == near {
                    before_by_list(net, ruler, node, old, take);
                } else {
                    before(net, ruler, source, node, old, take);
                }
            }
            pass::<R>(node, distance, marks, marked, queue);
        }
    }

    /// Gives the new shares, farthest first: what passes through a node is known when its turn comes.
    fn add_new_shares(&mut self) {
        let Row {
            net, ruler, source, one, ref distance, ref paths, ref mut passing, ref mut sums, ref mut work, ..
        } = *self;
        let Work { paths: old, passing: passed, marks, marked, moved, queue, rings, .. } = &mut **work;
        while let Some((_, node)) = queue.farthest() {
            let (counted, now) = (marks[node] & COUNTED != 0, passing[node]);
            if !counted && now == passed[node] {
                continue;
            }
            let each = (one + now) as f64 / paths[node];
            let was = (one + passed[node]) as f64 / old[node];
            let taken = counted && !moved.is_empty();
            let mut give = |other: usize, edge: usize| {
                let before = if taken { 0 } else { share(old[other], was) };
                let growth = share(paths[other], each) - before;
                sums[edge] += growth;
                if other != source {
                    passing[other] += growth;
                    pass::<R>(other, distance, marks, marked, queue);
                }
            };
            match R::hops(distance[node]).and_then(|hops| rings.before(hops, net.row(node))) {
                Some(nodes) => nodes.for_each(|near| give(near, net.edge(node, near))),
                None => before(net, ruler, source, node, distance, give),
            }
        }
    }
}

/// Puts a node in line once, unless it is out of reach.
fn pass<R: Ruler>(
    node: usize,
    distance: &[R::Distance],
    marks: &mut [u8],
    marked: &mut Vec<usize>,
    queue: &mut R::Queue,
) {
    if marks[node] & PASSED == 0 && distance[node] != R::FAR {
        marks[node] |= PASSED;
        marked.push(node);
        queue.push_far(distance[node], node);
    }
}
