//! Vectors of `f32`: one source for AVX-512, AVX2 and machines with neither.
//!
//! All give the same bits. Sums, differences and products are those of IEEE 754 everywhere. A fused multiply-add is one
//! instruction or [`crate::base::math::fused`], which differ in the payload of a NaN at most. A comparison with NaN is
//! false, and minus zero is not above zero, in the instructions as in plain code.

use crate::base::level::Level;
use crate::base::math::fused_all;

/// Lanes of a vector of a level.
#[must_use]
pub fn width(level: Level) -> usize {
    match level {
        Level::Portable | Level::Avx2 => 8,
        Level::Avx512 => 16,
    }
}

/// A vector of `N` lanes. Every implementation gives the same bits for the same values.
///
/// # Safety
/// Every method may only run on a machine that has the implementor's instructions; loads and stores touch `N` values.
pub(crate) unsafe trait Lanes: Copy {
    /// How many values.
    const N: usize;
    /// Most accumulators of two vectors a register file holds beside the operands.
    const PAIRS: usize;
    /// One lane, for what is left over behind whole vectors.
    type Single: Lanes;
    /// All lanes zero.
    unsafe fn zero() -> Self;
    /// All lanes `x`.
    unsafe fn splat(x: f32) -> Self;
    /// The `N` values at `p`.
    unsafe fn load(p: *const f32) -> Self;
    /// Writes the `N` values to `p`.
    unsafe fn store(self, p: *mut f32);
    /// `self * a + b`, rounded once.
    unsafe fn mul_add(self, a: Self, b: Self) -> Self;
    /// The sum.
    unsafe fn add(self, a: Self) -> Self;
    /// The difference.
    unsafe fn sub(self, a: Self) -> Self;
    /// The product.
    unsafe fn mul(self, a: Self) -> Self;
    /// `a` where `self > 0`, else `b`.
    unsafe fn where_positive(self, a: Self, b: Self) -> Self;
}

// SAFETY: plain array arithmetic, on any machine.
unsafe impl<const WIDTH: usize> Lanes for [f32; WIDTH] {
    const N: usize = WIDTH;
    // As wide as AVX-512, it stands in for it in tests: same tiles.
    const PAIRS: usize = if WIDTH == 16 { 12 } else { 3 };
    type Single = [f32; 1];
    #[inline(always)]
    unsafe fn zero() -> Self {
        [0.0; WIDTH]
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        [x; WIDTH]
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self {
        // SAFETY: the caller promises `WIDTH` readable values.
        unsafe { p.cast::<Self>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f32) {
        // SAFETY: the caller promises `WIDTH` writable values.
        unsafe { p.cast::<Self>().write_unaligned(self) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, a: Self, b: Self) -> Self {
        fused_all(self, a, b)
    }
    #[inline(always)]
    unsafe fn add(mut self, a: Self) -> Self {
        for i in 0..WIDTH {
            self[i] += a[i];
        }
        self
    }
    #[inline(always)]
    unsafe fn sub(mut self, a: Self) -> Self {
        for i in 0..WIDTH {
            self[i] -= a[i];
        }
        self
    }
    #[inline(always)]
    unsafe fn mul(mut self, a: Self) -> Self {
        for i in 0..WIDTH {
            self[i] *= a[i];
        }
        self
    }
    #[inline(always)]
    unsafe fn where_positive(self, mut a: Self, b: Self) -> Self {
        for i in 0..WIDTH {
            a[i] = if self[i] > 0.0 { a[i] } else { b[i] };
        }
        a
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    /// One value, with the machine's fused multiply-add.
    #[derive(Clone, Copy)]
    pub(crate) struct Scalar(f32);

    // SAFETY: plain arithmetic, but for an instruction of FMA, which the trait's caller has.
    unsafe impl Lanes for Scalar {
        const N: usize = 1;
        const PAIRS: usize = 1;
        type Single = Scalar;
        #[inline(always)]
        unsafe fn zero() -> Self {
            Scalar(0.0)
        }
        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            Scalar(x)
        }
        #[inline(always)]
        unsafe fn load(p: *const f32) -> Self {
            // SAFETY: the caller promises a readable value.
            Scalar(unsafe { *p })
        }
        #[inline(always)]
        unsafe fn store(self, p: *mut f32) {
            // SAFETY: the caller promises a writable value.
            unsafe { *p = self.0 }
        }
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { Scalar(_mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(self.0), _mm_set_ss(a.0), _mm_set_ss(b.0)))) }
        }
        #[inline(always)]
        unsafe fn add(self, a: Self) -> Self {
            Scalar(self.0 + a.0)
        }
        #[inline(always)]
        unsafe fn sub(self, a: Self) -> Self {
            Scalar(self.0 - a.0)
        }
        #[inline(always)]
        unsafe fn mul(self, a: Self) -> Self {
            Scalar(self.0 * a.0)
        }
        #[inline(always)]
        unsafe fn where_positive(self, a: Self, b: Self) -> Self {
            if self.0 > 0.0 { a } else { b }
        }
    }

    // SAFETY: every method is one or two AVX2 or FMA instructions; the trait's caller has them.
    unsafe impl Lanes for __m256 {
        const N: usize = 8;
        const PAIRS: usize = 6;
        type Single = Scalar;
        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm256_setzero_ps() }
        }
        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm256_set1_ps(x) }
        }
        #[inline(always)]
        unsafe fn load(p: *const f32) -> Self {
            // SAFETY: the trait's contract; 8 readable values.
            unsafe { _mm256_loadu_ps(p) }
        }
        #[inline(always)]
        unsafe fn store(self, p: *mut f32) {
            // SAFETY: the trait's contract; 8 writable values.
            unsafe { _mm256_storeu_ps(p, self) }
        }
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm256_fmadd_ps(self, a, b) }
        }
        #[inline(always)]
        unsafe fn add(self, a: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm256_add_ps(self, a) }
        }
        #[inline(always)]
        unsafe fn sub(self, a: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm256_sub_ps(self, a) }
        }
        #[inline(always)]
        unsafe fn mul(self, a: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm256_mul_ps(self, a) }
        }
        #[inline(always)]
        unsafe fn where_positive(self, a: Self, b: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm256_blendv_ps(b, a, _mm256_cmp_ps::<_CMP_GT_OQ>(self, _mm256_setzero_ps())) }
        }
    }

    // SAFETY: every method is one or two AVX-512F instructions; the trait's caller has them.
    unsafe impl Lanes for __m512 {
        const N: usize = 16;
        const PAIRS: usize = 12;
        type Single = Scalar;
        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm512_setzero_ps() }
        }
        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm512_set1_ps(x) }
        }
        #[inline(always)]
        unsafe fn load(p: *const f32) -> Self {
            // SAFETY: the trait's contract; 16 readable values.
            unsafe { _mm512_loadu_ps(p) }
        }
        #[inline(always)]
        unsafe fn store(self, p: *mut f32) {
            // SAFETY: the trait's contract; 16 writable values.
            unsafe { _mm512_storeu_ps(p, self) }
        }
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm512_fmadd_ps(self, a, b) }
        }
        #[inline(always)]
        unsafe fn add(self, a: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm512_add_ps(self, a) }
        }
        #[inline(always)]
        unsafe fn sub(self, a: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm512_sub_ps(self, a) }
        }
        #[inline(always)]
        unsafe fn mul(self, a: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm512_mul_ps(self, a) }
        }
        #[inline(always)]
        unsafe fn where_positive(self, a: Self, b: Self) -> Self {
            // SAFETY: the trait's contract.
            unsafe { _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(self, _mm512_setzero_ps()), b, a) }
        }
    }
}

/// Defines `fn $name(level, &$args)` that runs `$body::<L>` compiled for the level's instructions, or on arrays of the
/// level's width where the machine lacks them.
macro_rules! by_level {
    ($(#[$doc:meta])* $name:ident, $body:ident, $args:ty) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// The pointers in the arguments are valid for what the body reads and writes.
        pub(crate) unsafe fn $name(level: $crate::base::level::Level, args: &$args) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn avx2(args: &$args) {
                // SAFETY: the caller's promise, and this function is compiled for AVX2 and FMA.
                unsafe { $body::<std::arch::x86_64::__m256>(args) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx2,fma")]
            unsafe fn avx512(args: &$args) {
                // SAFETY: the caller's promise, and this function is compiled for AVX-512F.
                unsafe { $body::<std::arch::x86_64::__m512>(args) }
            }
            use $crate::base::level::Level;
            let best = Level::machine();
            // SAFETY: instructions run only where they were detected; the pointers are the caller's promise.
            unsafe {
                match level {
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx512 if best == Level::Avx512 => avx512(args),
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 if best >= Level::Avx2 => avx2(args),
                    Level::Avx512 => $body::<[f32; 16]>(args),
                    _ => $body::<[f32; 8]>(args),
                }
            }
        }
    };
}
pub(crate) use by_level;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation on every triple of special values, in whole vectors of one triple each.
    pub(crate) struct Trial {
        values: Vec<f32>,
        out: std::cell::RefCell<Vec<u32>>,
    }

    by_level!(
        /// All operations.
        run_trial, trial, Trial
    );

    #[inline(always)]
    unsafe fn trial<L: Lanes>(args: &Trial) {
        let mut out = args.out.borrow_mut();
        for &a in &args.values {
            for &b in &args.values {
                for &c in &args.values {
                    // SAFETY: run at a level that `run_trial` has chosen; the buffer holds a vector.
                    unsafe {
                        let (x, y, z) = (L::splat(a), L::splat(b), L::splat(c));
                        for got in [x.mul_add(y, z), x.add(y), x.sub(y), x.mul(y), x.where_positive(y, z)] {
                            let mut buffer = [0.0_f32; 16];
                            got.store(buffer.as_mut_ptr());
                            let bits = if buffer[0].is_nan() { f32::NAN.to_bits() } else { buffer[0].to_bits() };
                            assert!(buffer[..L::N].iter().all(|v| v.to_bits() == buffer[0].to_bits()));
                            out.push(bits);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_level_computes_special_values_alike() {
        let tiny = f32::from_bits(1);
        let values = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            3.0,
            1.0 + f32::EPSILON,
            1.0 - f32::EPSILON / 2.0,
            16_777_217.0,
            -16_777_215.0,
            1e-20,
            -3e-23,
            tiny,
            -tiny,
            f32::MIN_POSITIVE,
            f32::MAX,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
        ];
        let run = |level| {
            let trial = Trial { values: values.to_vec(), out: Vec::new().into() };
            // SAFETY: nothing is read but the values.
            unsafe { run_trial(level, &trial) };
            trial.out.into_inner()
        };
        let plain = run(Level::Portable);
        assert_eq!(plain.len(), 5 * values.len().pow(3));
        assert!(run(Level::Avx2) == plain && run(Level::Avx512) == plain);
    }
}
