//! Sets of nodes, one a ring round a source.

/// Sets of nodes, one a ring.
#[derive(Debug, Default)]
pub struct Sets {
    pub(super) words: usize,
    pub(super) bits: Vec<u64>,
}

impl Sets {
    /// Empty sets for rings `0..=deepest`.
    pub(super) fn reset(&mut self, words: usize, deepest: usize) {
        self.words = words;
        self.bits.clear();
        self.bits.resize((deepest + 1) * words, 0);
    }

    pub(super) fn ring(&self, ring: usize) -> &[u64] {
        &self.bits[ring * self.words..][..self.words]
    }

    /// Adds what two sets have in common.
    pub(super) fn add(&mut self, ring: usize, a: &[u64], b: &[u64]) {
        let set = &mut self.bits[ring * self.words..][..self.words];
        set.iter_mut().zip(a.iter().zip(b)).for_each(|(set, (a, b))| *set |= a & b);
    }

    pub(super) fn insert(&mut self, ring: usize, node: usize) {
        self.bits[ring * self.words + node / 64] |= 1 << (node % 64);
    }

    pub(super) fn has(&self, ring: usize, node: usize) -> bool {
        self.bits[ring * self.words + node / 64] >> (node % 64) & 1 == 1
    }
}
