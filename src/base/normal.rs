//! Draws from the standard normal distribution, with the same values on every machine.

use super::math::{exp, ln};
use rand::Rng;
use rand::distr::{Distribution, Open01};
use std::sync::LazyLock;

/// The standard normal distribution, by the ziggurat method in Doornik's ZIGNOR variant ("An improved ziggurat method to
/// generate normal random samples", 2005).
///
/// The draws are those of `rand_distr::StandardNormal` from the same generator, up to the last digit: that crate takes `exp`
/// and `ln` from the system, whose last digits differ between machines.
#[derive(Debug, Clone, Copy)]
pub struct StandardNormal;

/// Where the tail begins, and the area of each of the 256 strips (Doornik 2005, as rounded in the tables of `rand_distr`).
const TAIL: f64 = 3.654_152_885_361_009;
const AREA: f64 = 0.004_928_673_233_99;

/// The right ends of the strips, outermost first, and the density there.
struct Strips {
    ends: [f64; 257],
    density: [f64; 257],
}

/// Constants that take a moment to compute.
static STRIPS: LazyLock<Strips> = LazyLock::new(|| {
    let mut ends = [0.0; 257];
    ends[0] = AREA / density(TAIL);
    ends[1] = TAIL;
    for at in 2..256 {
        let height = AREA / ends[at - 1] + density(ends[at - 1]);
        ends[at] = (-2.0 * ln(height)).sqrt();
    }
    Strips { ends, density: ends.map(density) }
});

/// The density, with 1 at its top.
fn density(x: f64) -> f64 {
    exp(-x * x / 2.0)
}

impl Distribution<f64> for StandardNormal {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let Strips { ends, density: tops } = &*STRIPS;
        loop {
            let bits = rng.next_u64();
            let strip = (bits & 0xff) as usize;
            // 52 bits as a number from 2 to 4, moved to -1 to 1.
            let u = f64::from_bits((bits >> 12) | 0x4000_0000_0000_0000) - 3.0;
            let x = u * ends[strip];
            if x.abs() < ends[strip + 1] {
                return x;
            }
            if strip == 0 {
                return tail(rng, u < 0.0);
            }
            if tops[strip + 1] + (tops[strip] - tops[strip + 1]) * rng.random::<f64>() < density(x) {
                return x;
            }
        }
    }
}

impl Distribution<f32> for StandardNormal {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f32 {
        let x: f64 = self.sample(rng);
        x as f32
    }
}

/// A draw beyond [`TAIL`], by Marsaglia's method of 1964.
fn tail<R: Rng + ?Sized>(rng: &mut R, negative: bool) -> f64 {
    loop {
        let (first, second): (f64, f64) = (rng.sample(Open01), rng.sample(Open01));
        let (x, y) = (ln(first) / TAIL, ln(second));
        if -2.0 * y >= x * x {
            return if negative { x - TAIL } else { TAIL - x };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::Seed;

    #[test]
    fn draws_are_those_of_the_well_known_crate() {
        let (mut ours, mut theirs) = (Seed::new(11).rng(), Seed::new(11).rng());
        let mut beyond = 0;
        for _ in 0..1_000_000 {
            let (a, b): (f64, f64) = (StandardNormal.sample(&mut ours), rand_distr::StandardNormal.sample(&mut theirs));
            assert!((a - b).abs() <= 1e-14 * b.abs(), "{a} {b}");
            beyond += u32::from(a.abs() > TAIL);
        }
        // 2.6e-4 of a normal distribution lies there: 258 of a million, give or take 16.
        assert!((200..320).contains(&beyond), "{beyond} in the tails");
    }
}
