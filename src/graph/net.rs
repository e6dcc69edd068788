//! Neighbours in lists and in bit sets, made for removing edges.

/// Marks a pair of nodes without an edge.
const NONE: u32 = u32::MAX;

/// What two sets of bits have in common, ascending.
pub fn members<'a>(a: &'a [u64], b: &'a [u64]) -> impl Iterator<Item = usize> + 'a {
    a.iter().zip(b).enumerate().flat_map(|(at, (a, b))| {
        let mut bits = a & b;
        std::iter::from_fn(move || {
            let bit = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
            bits &= bits - 1;
            Some(at * 64 + bit)
        })
    })
}

/// A graph whose edges can be removed one by one. Lists stay in their first order.
#[derive(Debug, Clone)]
pub struct Net {
    nodes: usize,
    ends: Vec<(usize, usize)>,
    /// Where the list of each node begins, and how much of it is left.
    start: Vec<usize>,
    degree: Vec<usize>,
    /// (neighbour, edge)
    lists: Vec<(u32, u32)>,
    /// Words of a row of bits.
    words: usize,
    rows: Vec<u64>,
    /// The edge between two nodes.
    between: Vec<u32>,
}

impl Net {
    /// A graph of `nodes` nodes with these edges. Memory O(nodes^2).
    #[must_use]
    pub fn new(nodes: usize, ends: &[(usize, usize)]) -> Self {
        let mut degree = vec![0; nodes];
        for &(u, v) in ends {
            degree[u] += 1;
            degree[v] += 1;
        }
        let mut next = 0;
        let mut start = Vec::with_capacity(nodes);
        for count in degree {
            start.push(next);
            next += count;
        }
        let words = nodes.div_ceil(64);
        let mut net = Net {
            nodes,
            ends: ends.to_vec(),
            start,
            degree: vec![0; nodes],
            lists: vec![(0, 0); next],
            words,
            rows: vec![0; nodes * words],
            between: vec![NONE; nodes * nodes],
        };
        for (edge, &(u, v)) in ends.iter().enumerate() {
            for (a, b) in [(u, v), (v, u)] {
                net.lists[net.start[a] + net.degree[a]] = (b as u32, edge as u32);
                net.degree[a] += 1;
                net.rows[a * words + b / 64] |= 1 << (b % 64);
                net.between[a * nodes + b] = edge as u32;
            }
        }
        net
    }

    /// Number of nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// Both ends of each edge, of removed ones too.
    #[must_use]
    pub fn ends(&self) -> &[(usize, usize)] {
        &self.ends
    }

    /// Neighbours of a node and the edges to them.
    pub fn neighbours(&self, node: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let start = self.start[node];
        self.lists[start..start + self.degree[node]].iter().map(|&(other, edge)| (other as usize, edge as usize))
    }

    /// The neighbours of a node as a set.
    #[must_use]
    pub fn row(&self, node: usize) -> &[u64] {
        &self.rows[node * self.words..][..self.words]
    }

    /// Common neighbours of two nodes, ascending.
    pub fn common<'a>(&'a self, a: usize, b: usize) -> impl Iterator<Item = usize> + 'a {
        members(self.row(a), self.row(b))
    }

    /// How many edges a node has.
    #[must_use]
    pub fn degree(&self, node: usize) -> usize {
        self.degree[node]
    }

    /// How many neighbours two nodes have in common.
    #[must_use]
    pub fn common_count(&self, a: usize, b: usize) -> u32 {
        self.row(a).iter().zip(self.row(b)).map(|(a, b)| (a & b).count_ones()).sum()
    }

    /// The edge between two nodes that have one.
    #[must_use]
    pub fn edge(&self, a: usize, b: usize) -> usize {
        self.between[a * self.nodes + b] as usize
    }

    /// Takes an edge away. O(nodes).
    pub fn remove(&mut self, edge: usize) {
        let (u, v) = self.ends[edge];
        for (a, b) in [(u, v), (v, u)] {
            let list = &mut self.lists[self.start[a]..self.start[a] + self.degree[a]];
            let at = list.iter().position(|&(_, other)| other as usize == edge).expect("an edge is removed once");
            list.copy_within(at + 1.., at);
            self.degree[a] -= 1;
            self.rows[a * self.words + b / 64] &= !(1 << (b % 64));
            self.between[a * self.nodes + b] = NONE;
        }
    }

    /// Numbers the edges anew: only `kept` ones, in this order.
    pub fn renumber(&mut self, kept: &[usize]) {
        let mut number = vec![NONE; self.ends.len()];
        kept.iter().enumerate().for_each(|(new, &old)| number[old] = new as u32);
        for node in 0..self.nodes {
            for entry in &mut self.lists[self.start[node]..self.start[node] + self.degree[node]] {
                entry.1 = number[entry.1 as usize];
                self.between[node * self.nodes + entry.0 as usize] = entry.1;
            }
        }
        self.ends = kept.iter().map(|&edge| self.ends[edge]).collect();
    }

    /// The connected component of each node, numbered by their smallest node.
    #[must_use]
    pub fn components(&self) -> Vec<usize> {
        let mut numbers = vec![usize::MAX; self.nodes];
        let mut next = 0;
        let mut open = Vec::new();
        for node in 0..self.nodes {
            if numbers[node] == usize::MAX {
                numbers[node] = next;
                open.push(node);
                while let Some(node) = open.pop() {
                    for (other, _) in self.neighbours(node) {
                        if numbers[other] == usize::MAX {
                            numbers[other] = next;
                            open.push(other);
                        }
                    }
                }
                next += 1;
            }
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_sets_and_edges_say_the_same() {
        let mut net = Net::new(70, &[(0, 1), (1, 69), (0, 69), (2, 69)]);
        assert_eq!(net.common(0, 1).collect::<Vec<_>>(), [69]);
        assert_eq!((net.common_count(0, 2), net.edge(69, 2)), (1, 3));
        net.remove(2);
        assert_eq!(net.neighbours(69).collect::<Vec<_>>(), [(1, 1), (2, 3)]);
        net.renumber(&[0, 1, 3]);
        assert_eq!(net.neighbours(69).collect::<Vec<_>>(), [(1, 1), (2, 2)]);
        assert_eq!((net.edge(2, 69), net.ends()[2], net.common_count(0, 1)), (2, (2, 69), 0));
        assert_eq!(net.components()[..4], [0, 0, 0, 1]);
        net.remove(1);
        assert_eq!((net.components()[1], net.components()[69]), (0, 1));
    }
}
