//! Sums over double floats in four lanes on every machine, so that their order never depends on the width of a vector.

use super::pages::cast_slice;
use pulp::{Simd, WithSimd};

/// Lanes of a sum: value `n` belongs to lane `n % LANES`.
pub const LANES: usize = 4;

/// Four sums side by side, in as many vectors as this machine needs for them.
#[derive(Clone, Copy)]
pub struct Sum<S: Simd>([S::f64s; LANES]);

impl<S: Simd> Sum<S> {
    /// Vectors that hold four lanes.
    pub const VECTORS: usize = {
        assert!(S::F64_LANES <= LANES && LANES.is_multiple_of(S::F64_LANES), "vectors of at most four lanes");
        LANES / S::F64_LANES
    };

    /// All lanes zero.
    #[inline(always)]
    pub fn zero(simd: S) -> Self {
        Sum([simd.splat_f64s(0.0); LANES])
    }

    /// Adds the next four values, given vector by vector.
    #[inline(always)]
    pub fn add(&mut self, simd: S, value: impl Fn(usize) -> S::f64s) {
        for at in 0..Self::VECTORS {
            self.0[at] = simd.add_f64s(self.0[at], value(at));
        }
    }

    /// The sum of the lanes, in a fixed order.
    #[inline(always)]
    pub fn total(self) -> f64 {
        let lanes: &[f64] = cast_slice(&self.0[..Self::VECTORS]);
        (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
    }
}

/// Adds a multiple of one row to another; a struct, for only what is inlined for certain is compiled with the machine's
/// instructions.
pub struct AddScaled<'a> {
    /// What is added to.
    pub sums: &'a mut [f64],
    /// How many times the values.
    pub factor: f64,
    /// What is added.
    pub values: &'a [f64],
}

impl WithSimd for AddScaled<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.sums.iter_mut().zip(self.values).for_each(|(sum, value)| *sum += self.factor * value);
    }
}

/// The vectors of as many whole fours as there are, and the values left over.
#[inline(always)]
pub fn fours<S: Simd>(values: &[f64]) -> (&[S::f64s], &[f64]) {
    let (whole, rest) = values.split_at(values.len() / LANES * LANES);
    (S::as_simd_f64s(whole).0, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::Arch;

    struct Total<'a>(&'a [f64]);

    impl WithSimd for Total<'_> {
        type Output = f64;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f64 {
            let (vectors, rest) = fours::<S>(self.0);
            let mut sum = Sum::zero(simd);
            for four in vectors.chunks_exact(Sum::<S>::VECTORS) {
                sum.add(simd, |at| four[at]);
            }
            sum.total() + rest.iter().sum::<f64>()
        }
    }

    #[test]
    fn a_sum_has_the_same_bits_with_and_without_vectors() {
        let values: Vec<f64> = (0..103).map(|n| 1.0 / f64::from(n + 3)).collect();
        let lane = |lane: usize| values[..100].iter().skip(lane).step_by(4).sum::<f64>();
        let wanted = ((lane(0) + lane(1)) + (lane(2) + lane(3))) + values[100..].iter().sum::<f64>();
        assert_eq!(Arch::Scalar.dispatch(Total(&values)).to_bits(), wanted.to_bits());
        assert_eq!(Arch::new().dispatch(Total(&values)).to_bits(), wanted.to_bits());
    }
}
