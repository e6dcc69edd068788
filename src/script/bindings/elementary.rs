//! Elementary functions and powers of numbers: those of [`crate::base::math`], whose last digits are the same on every machine, in
//! place of the language's own, which ask the system.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::base::math;
use rhai::Engine;
use rhai::plugin::*;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
    // An operator that is built in is looked up among the registered ones only so.
    engine.set_fast_operators(false);
    engine.register_fn("**", math::powf);
    engine.register_fn("**", |x: f64, n: i64| math::powf(x, n as f64));
    engine.register_fn("**", |n: i64, y: f64| math::powf(n as f64, y));
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The sine of an angle in radians.
    ///
    /// # Example
    /// ```
    /// assert_close(sin(0.5), 0.479425538604203, 1e-15)
    /// ```
    pub fn sin(x: f64) -> f64 {
        math::sin(x)
    }

    /// The cosine of an angle in radians.
    ///
    /// # Example
    /// ```
    /// assert_close(cos(0.5), 0.8775825618903728, 1e-15)
    /// ```
    pub fn cos(x: f64) -> f64 {
        math::cos(x)
    }

    /// The tangent of an angle in radians.
    ///
    /// # Example
    /// ```
    /// assert_close(tan(0.5), 0.5463024898437905, 1e-15)
    /// ```
    pub fn tan(x: f64) -> f64 {
        math::tan(x)
    }

    /// The angle in radians whose sine is `x`.
    ///
    /// # Example
    /// ```
    /// assert_close(asin(0.5), 0.5235987755982989, 1e-15)
    /// ```
    pub fn asin(x: f64) -> f64 {
        math::asin(x)
    }

    /// The angle in radians whose cosine is `x`.
    ///
    /// # Example
    /// ```
    /// assert_close(acos(0.5), 1.0471975511965979, 1e-15)
    /// ```
    pub fn acos(x: f64) -> f64 {
        math::acos(x)
    }

    /// The angle in radians whose tangent is `x`.
    ///
    /// # Example
    /// ```
    /// assert_close(atan(0.5), 0.4636476090008061, 1e-15)
    /// ```
    pub fn atan(x: f64) -> f64 {
        math::atan(x)
    }

    /// The angle in radians of the point whose second coordinate is the first number.
    ///
    /// # Example
    /// ```
    /// assert_close(atan(1.0, -1.0), 2.356194490192345, 1e-15)
    /// ```
    #[rhai_fn(name = "atan")]
    pub fn atan2(y: f64, x: f64) -> f64 {
        math::atan2(y, x)
    }

    /// The hyperbolic sine.
    ///
    /// # Example
    /// ```
    /// assert_close(sinh(0.5), 0.5210953054937474, 1e-15)
    /// ```
    pub fn sinh(x: f64) -> f64 {
        math::sinh(x)
    }

    /// The hyperbolic cosine.
    ///
    /// # Example
    /// ```
    /// assert_close(cosh(0.5), 1.1276259652063807, 1e-15)
    /// ```
    pub fn cosh(x: f64) -> f64 {
        math::cosh(x)
    }

    /// The hyperbolic tangent.
    ///
    /// # Example
    /// ```
    /// assert_close(tanh(0.5), 0.46211715726000974, 1e-15)
    /// ```
    pub fn tanh(x: f64) -> f64 {
        math::tanh(x)
    }

    /// The inverse of the hyperbolic sine.
    ///
    /// # Example
    /// ```
    /// assert_close(asinh(0.5), 0.48121182505960347, 1e-15)
    /// ```
    pub fn asinh(x: f64) -> f64 {
        math::asinh(x)
    }

    /// The inverse of the hyperbolic cosine.
    ///
    /// # Example
    /// ```
    /// assert_close(acosh(2.0), 1.3169578969248166, 1e-15)
    /// ```
    pub fn acosh(x: f64) -> f64 {
        math::acosh(x)
    }

    /// The inverse of the hyperbolic tangent.
    ///
    /// # Example
    /// ```
    /// assert_close(atanh(0.5), 0.5493061443340548, 1e-15)
    /// ```
    pub fn atanh(x: f64) -> f64 {
        math::atanh(x)
    }

    /// e to the power of a number.
    ///
    /// # Example
    /// ```
    /// assert_close(exp(1.0), 2.718281828459045, 1e-15)
    /// ```
    pub fn exp(x: f64) -> f64 {
        math::exp(x)
    }

    /// The natural logarithm.
    ///
    /// # Example
    /// ```
    /// assert_close(ln(10.0), 2.302585092994046, 1e-15)
    /// ```
    pub fn ln(x: f64) -> f64 {
        math::ln(x)
    }

    /// The logarithm to base 10.
    ///
    /// # Example
    /// ```
    /// assert_close(log(1000.0), 3.0, 1e-15)
    /// ```
    #[rhai_fn(name = "log")]
    pub fn log10(x: f64) -> f64 {
        math::log10(x)
    }

    /// The logarithm to a base.
    ///
    /// # Example
    /// ```
    /// assert_close(log(8.0, 2.0), 3.0, 1e-15)
    /// ```
    #[rhai_fn(name = "log")]
    pub fn log_of(x: f64, base: f64) -> f64 {
        math::ln(x) / math::ln(base)
    }

    /// The length of the hypotenuse over two sides.
    ///
    /// # Example
    /// ```
    /// assert_close(hypot(3.0, 4.0), 5.0, 1e-15)
    /// ```
    pub fn hypot(x: f64, y: f64) -> f64 {
        math::hypot(x, y)
    }
}
