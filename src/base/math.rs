//! Elementary functions with the same value, to the last bit, on every machine.
//!
//! The system's `exp`, `ln`, `sin` or `pow` differ between versions of the C library and between processors: glibc picks
//! a variant with fused multiply-adds where the processor has them. These are `libm`'s, plain Rust that needs nothing of
//! the machine but the exact operations of IEEE 754. `.clippy.toml` refuses the methods of `f64` and `f32` that have a
//! namesake here; roots, rounding and absolute values are exact everywhere, and stay methods.

/// e to the power of `x`.
#[must_use]
#[inline]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// e to the power of `x`, for single floats.
#[must_use]
#[inline]
pub fn exp32(x: f32) -> f32 {
    libm::expf(x)
}

/// 2 to the power of `x`.
#[must_use]
#[inline]
pub fn exp2(x: f64) -> f64 {
    libm::exp2(x)
}

/// The natural logarithm.
#[must_use]
#[inline]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// The natural logarithm, for single floats.
#[must_use]
#[inline]
pub fn ln32(x: f32) -> f32 {
    libm::logf(x)
}

/// The natural logarithm of `1 + x`, exact near 0.
#[must_use]
#[inline]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// The logarithm to base 2.
#[must_use]
#[inline]
pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

/// The logarithm to base 10.
#[must_use]
#[inline]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// `x` to the power of `y`.
#[must_use]
#[inline]
pub fn powf(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// `x` to the power of `y`, for single floats.
#[must_use]
#[inline]
pub fn powf32(x: f32, y: f32) -> f32 {
    libm::powf(x, y)
}

/// `x` to a whole power, by repeated squaring in a fixed order; a negative power is the inverse of the positive one.
///
/// The compiler's own `powi` may multiply in another order in each version.
#[must_use]
#[inline]
pub fn powi(x: f64, n: i32) -> f64 {
    let (mut rest, mut square, mut power) = (n.unsigned_abs(), x, 1.0);
    while rest > 0 {
        if rest % 2 == 1 {
            power *= square;
        }
        square *= square;
        rest /= 2;
    }
    if n < 0 { 1.0 / power } else { power }
}

/// The cubic root.
#[must_use]
#[inline]
pub fn cbrt(x: f64) -> f64 {
    libm::cbrt(x)
}

/// The length of the hypotenuse over `x` and `y`.
#[must_use]
#[inline]
pub fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

/// The sine of an angle in radians.
#[must_use]
#[inline]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// The cosine of an angle in radians.
#[must_use]
#[inline]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Sine and cosine of an angle in radians.
#[must_use]
#[inline]
pub fn sin_cos(x: f64) -> (f64, f64) {
    libm::sincos(x)
}

/// The angle of the point (`x`, `y`), in radians from -pi to pi.
#[must_use]
#[inline]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// The tangent of an angle in radians.
#[must_use]
#[inline]
pub fn tan(x: f64) -> f64 {
    libm::tan(x)
}

/// The angle in radians whose sine is `x`.
#[must_use]
#[inline]
pub fn asin(x: f64) -> f64 {
    libm::asin(x)
}

/// The angle in radians whose cosine is `x`.
#[must_use]
#[inline]
pub fn acos(x: f64) -> f64 {
    libm::acos(x)
}

/// The angle in radians whose tangent is `x`.
#[must_use]
#[inline]
pub fn atan(x: f64) -> f64 {
    libm::atan(x)
}

/// The hyperbolic sine.
#[must_use]
#[inline]
pub fn sinh(x: f64) -> f64 {
    libm::sinh(x)
}

/// The hyperbolic cosine.
#[must_use]
#[inline]
pub fn cosh(x: f64) -> f64 {
    libm::cosh(x)
}

/// The hyperbolic tangent.
#[must_use]
#[inline]
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// The inverse of the hyperbolic sine.
#[must_use]
#[inline]
pub fn asinh(x: f64) -> f64 {
    libm::asinh(x)
}

/// The inverse of the hyperbolic cosine.
#[must_use]
#[inline]
pub fn acosh(x: f64) -> f64 {
    libm::acosh(x)
}

/// The inverse of the hyperbolic tangent.
#[must_use]
#[inline]
pub fn atanh(x: f64) -> f64 {
    libm::atanh(x)
}

/// `a * b + c` with one rounding, by double floats: what a fused multiply-add instruction gives.
///
/// The product of two single floats is exact as a double. The sum is rounded to a double first and to a single float then,
/// which errs only where the double lies halfway between two single floats, or where the result is subnormal. There the
/// sum is rounded to odd in place of to nearest (Boldo and Melquiond 2008), after which the second rounding is right.
/// A NaN is a NaN, though its payload may be another than the instruction's.
#[must_use]
#[inline(always)]
pub fn fused(a: f32, b: f32, c: f32) -> f32 {
    let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = product + c;
    if is_doubtful(sum) { to_odd(product, c, sum) as f32 } else { sum as f32 }
}

/// [`fused`] of every lane.
#[must_use]
#[inline(always)]
pub fn fused_all<const N: usize>(a: [f32; N], b: [f32; N], c: [f32; N]) -> [f32; N] {
    let mut out = [0.0; N];
    let mut doubtful = false;
    for n in 0..N {
        let sum = f64::from(a[n]) * f64::from(b[n]) + f64::from(c[n]);
        doubtful |= is_doubtful(sum);
        out[n] = sum as f32;
    }
    if doubtful { std::array::from_fn(|n| fused(a[n], b[n], c[n])) } else { out }
}

/// Whether rounding a double to a single float may be a rounding too many.
#[inline(always)]
fn is_doubtful(sum: f64) -> bool {
    // The 29 bits that a single float does not have are exactly one half; or the result has even fewer bits.
    let bits = sum.to_bits();
    (bits & 0x1fff_ffff == 0x1000_0000) | (sum.abs() < f64::from(f32::MIN_POSITIVE) && sum != 0.0)
}

/// The sum of two doubles, given rounded to nearest, rounded to odd.
#[cold]
#[inline(never)]
fn to_odd(a: f64, b: f64, sum: f64) -> f64 {
    // What rounding took away (Knuth's two-sum); exact, for these doubles are far from any overflow.
    let there = sum - a;
    let error = (a - (sum - there)) + (b - there);
    if error == 0.0 || sum.to_bits() & 1 == 1 {
        return sum;
    }
    // An even last bit with something lost: the odd neighbour on the side of what was lost.
    let away = (error > 0.0) == (sum > 0.0);
    f64::from_bits(if away { sum.to_bits() + 1 } else { sum.to_bits() - 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::Seed;
    use rand::Rng;

    #[test]
    fn whole_powers_are_products() {
        assert_eq!([powi(3.0, 0), powi(3.0, 1), powi(3.0, 5), powi(2.0, -3)], [1.0, 3.0, 243.0, 0.125]);
        assert_eq!(powi(2.0, i32::MIN), 0.0);
        let x = 0.999;
        // Ten roundings, each of which the squarings behind it may double.
        assert!((powi(x, 1000) - powf(x, 1000.0)).abs() < 2e-13);
    }

    /// Every value was computed with 60 digits (mpmath 1.3) and rounded: they are within one unit in the last place.
    #[test]
    fn values_are_those_of_the_functions() {
        let close = |got: f64, wanted: f64| assert!((got - wanted).abs() <= wanted.abs() * 2.3e-16, "{got} {wanted}");
        close(exp(1.0), std::f64::consts::E);
        close(exp(-0.3), 0.740_818_220_681_717_9);
        close(ln(10.0), std::f64::consts::LN_10);
        close(ln_1p(1e-9), 9.999_999_995e-10);
        close(log10(2.0), std::f64::consts::LOG10_2);
        close(log2(10.0), std::f64::consts::LOG2_10);
        close(exp2(0.5), std::f64::consts::SQRT_2);
        close(powf(2.0, 0.5), std::f64::consts::SQRT_2);
        close(cbrt(2.0), 1.259_921_049_894_873_2);
        close(hypot(1.0, 1.0), std::f64::consts::SQRT_2);
        close(sin(0.5), 0.479_425_538_604_203);
        close(cos(0.5), 0.877_582_561_890_372_7);
        close(atan2(1.0, -1.0), 3.0 * std::f64::consts::FRAC_PI_4);
        assert_eq!(sin_cos(0.5), (sin(0.5), cos(0.5)));
        let close = |got: f32, wanted: f32| assert!((got - wanted).abs() <= wanted.abs() * 1.2e-7, "{got} {wanted}");
        close(exp32(-0.3), 0.740_818_2);
        close(ln32(10.0), std::f32::consts::LN_10);
    }

    #[test]
    fn a_fused_multiply_add_rounds_once() {
        let two = |exponent: i32| powi(2.0, exponent) as f32;
        // (1 + 2^-15) (1 - 2^-15) 2^-24 is a little less than 2^-24, so the sum lies a little below the middle of two
        // neighbours; a double has no room for that little, and would go to the even one.
        let (a, b, odd) = (two(-12) * (1.0 + two(-15)), two(-12) * (1.0 - two(-15)), 1.0 + two(-23));
        assert_eq!((f64::from(a) * f64::from(b) + f64::from(odd)) as f32, 1.0 + two(-22));
        assert_eq!((fused(a, b, odd), fused(-a, b, -odd)), (odd, -odd));
        // A real tie goes to the even neighbour.
        assert_eq!((fused(two(-12), two(-12), odd), fused(two(-12), two(-12), 1.0)), (1.0 + two(-22), 1.0));
        // Among subnormals too: half of the least number goes to zero, and a little more to the least number.
        assert_eq!(fused(two(-90), two(-60) * (1.0 + two(-23)), 0.0), f32::from_bits(1));
        assert_eq!(fused(two(-90), two(-60), 0.0), 0.0);
        assert!(fused(f32::INFINITY, 0.0, 1.0).is_nan());
        assert_eq!(fused(f32::MAX, 2.0, f32::NEG_INFINITY), f32::NEG_INFINITY);
        assert_eq!(fused(f32::MAX, 2.0, 0.0), f32::INFINITY);
        assert_eq!(fused(-0.0, 1.0, -0.0).to_bits(), (-0.0_f32).to_bits());
    }

    /// Against the C library's `fmaf`, at ordinary sizes, at ties and among subnormals; `net::kernels::lanes` tries the instruction.
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn it_is_the_instruction() {
        let mut draw = Seed::new(3).rng();
        let mut doubtful = 0;
        for round in 0..2_000_000_u32 {
            let mut any = |least: u32, most: u32, mask: u32| {
                let bits: u32 = draw.random::<u32>() & mask;
                f32::from_bits((bits & 0x807f_ffff) | (draw.random_range(least..=most) << 23))
            };
            // Few digits make ties; small exponents make subnormal results; zero exponents are subnormal operands.
            let (a, b, c) = match round % 4 {
                0 => (any(120, 134, !0), any(120, 134, !0), any(110, 144, !0)),
                1 => (any(120, 130, 0x807f_f000), any(120, 130, 0x807f_f800), any(125, 155, !0)),
                2 => (any(40, 70, !0), any(40, 66, !0), any(0, 20, !0)),
                _ => (any(0, 254, !0), any(0, 254, !0), any(0, 254, !0)),
            };
            let wanted = a.mul_add(b, c);
            let got = fused(a, b, c);
            assert!(got.to_bits() == wanted.to_bits() || got.is_nan() && wanted.is_nan(), "{a:e} {b:e} {c:e}");
            doubtful += u32::from(is_doubtful(f64::from(a) * f64::from(b) + f64::from(c)));
        }
        assert!(doubtful > 10_000, "only {doubtful} doubtful sums were tried");
    }
}
