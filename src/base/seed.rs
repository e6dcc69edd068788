//! Named seeds: every random draw has a name, so adding one does not change the others.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator behind every draw: its values are the same on every machine.
pub type Rng = Xoshiro256PlusPlus;

/// A seed from which others are derived by name and by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed(u64);

impl Seed {
    /// The root seed a person chose.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Seed(value)
    }

    /// Its number.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// The seed of a named part: `seed.named("init")`.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        // FNV-1a over the name, then a splitmix64 finaliser over both.
        let hash =
            name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        Seed(splitmix(self.0 ^ splitmix(hash)))
    }

    /// The seed of the `index`-th part.
    #[must_use]
    pub fn nth(self, index: u64) -> Self {
        Seed(splitmix(self.0.wrapping_add(splitmix(index.wrapping_add(1)))))
    }

    /// A generator that starts here.
    #[must_use]
    pub fn rng(self) -> Rng {
        Rng::seed_from_u64(self.0)
    }
}

fn splitmix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_indices_give_different_seeds() {
        let root = Seed::new(7);
        let seeds = [root, root.named("a"), root.named("b"), root.nth(0), root.nth(1), root.named("a").nth(0)];
        for (i, a) in seeds.iter().enumerate() {
            assert!(seeds[i + 1..].iter().all(|b| a != b), "{i} repeats");
        }
        assert_eq!(root.named("a"), Seed::new(7).named("a"));
    }
}
