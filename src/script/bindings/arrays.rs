//! Arithmetic on arrays of numbers; whole numbers are numbers.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::numeric::statistics;
use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::number::numbers;
use rand::seq::SliceRandom;
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, NativeCallContext};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

fn some(function: &str, value: Option<f64>) -> Answer<f64> {
    let empty = || Fault::argument(format!("{function} of an empty array is not defined"));
    Ok(value.ok_or_else(empty)?)
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The mean of an array of numbers.
    ///
    /// # Example
    /// ```
    /// mean([1, 2, 4.5])       // => 2.5
    /// mean([])                // error: mean of an empty array is not defined
    /// mean([1, "b"])          // error: argument `xs[1]` of mean must be a number, got "b"
    /// ```
    #[rhai_fn(return_raw)]
    pub fn mean(xs: Array) -> Answer<f64> {
        some("mean", statistics::mean(&numbers("mean", "xs", &xs)?))
    }

    /// The standard deviation of an array of numbers, over n (not n - 1).
    ///
    /// # Example
    /// ```
    /// std([1, 3])             // => 1.0
    /// ```
    #[rhai_fn(return_raw)]
    pub fn std(xs: Array) -> Answer<f64> {
        some("std", statistics::std(&numbers("std", "xs", &xs)?, 0))
    }

    /// The median of an array of numbers.
    ///
    /// # Example
    /// ```
    /// median([5, 1, 2, 4])    // => 3.0
    /// ```
    #[rhai_fn(return_raw)]
    pub fn median(xs: Array) -> Answer<f64> {
        some("median", statistics::median(&numbers("median", "xs", &xs)?))
    }

    /// The smallest number of an array.
    ///
    /// # Example
    /// ```
    /// min([3, 1, 2])          // => 1.0
    /// ```
    #[rhai_fn(return_raw)]
    pub fn min(xs: Array) -> Answer<f64> {
        some("min", numbers("min", "xs", &xs)?.into_iter().reduce(f64::min))
    }

    /// The largest number of an array.
    ///
    /// # Example
    /// ```
    /// max([3, 1, 2])          // => 3.0
    /// ```
    #[rhai_fn(return_raw)]
    pub fn max(xs: Array) -> Answer<f64> {
        some("max", numbers("max", "xs", &xs)?.into_iter().reduce(f64::max))
    }

    /// A number with so many decimals, as text.
    ///
    /// # Example
    /// ```
    /// fixed(2, 1)             // => 2.0
    /// fixed(0.12345, 3)       // => 0.123
    /// ```
    #[rhai_fn(return_raw)]
    pub fn fixed(x: Dynamic, decimals: i64) -> Answer<String> {
        let x = crate::script::number::number("fixed", "x", &x)?;
        Ok(format!("{x:.*}", crate::script::number::count("fixed", "decimals", decimals)?.min(17)))
    }

    /// The array in a random order that depends on the seed in force only.
    ///
    /// # Example
    /// ```
    /// seed(1);
    /// shuffled([1, 2, 3]) == shuffled([1, 2, 3])      // => true
    /// ```
    #[rhai_fn(volatile)]
    pub fn shuffled(context: NativeCallContext, xs: Array) -> Array {
        let mut xs = xs;
        xs.shuffle(&mut Environment::of(&context).seed().named("shuffled").rng());
        xs
    }

    /// Numbers, or arrays of numbers, are equal up to a tolerance; otherwise an error.
    ///
    /// # Example
    /// ```
    /// assert_close(1, 1.0000001, 1e-6)
    /// assert_close([1, 2], [1, 3], 0.5)       // error: 2 and 3 differ by 1, more than 0.5, at place 1
    /// ```
    #[rhai_fn(return_raw)]
    pub fn assert_close(a: Dynamic, b: Dynamic, tolerance: Dynamic) -> Answer<()> {
        let tolerance = crate::script::number::number("assert_close", "tolerance", &tolerance)?;
        let list = |name: &str, value: &Dynamic| match value.as_array_ref() {
            Ok(array) => numbers("assert_close", name, &array),
            Err(_) => crate::script::number::number("assert_close", name, value).map(|x| vec![x]),
        };
        let (a, b) = (list("a", &a)?, list("b", &b)?);
        if a.len() != b.len() {
            let message = format!("the arrays have {} and {} numbers", a.len(), b.len());
            return Err(Fault::new("data", message).raise());
        }
        for (place, (x, y)) in a.iter().zip(&b).enumerate() {
            let near = (x - y).abs() <= tolerance || (x.is_nan() && y.is_nan()) || x == y;
            if !near {
                let at = if a.len() > 1 { format!(", at place {place}") } else { String::new() };
                let message = format!("{x} and {y} differ by {}, more than {tolerance}{at}", (x - y).abs());
                return Err(Fault::new("data", message).raise());
            }
        }
        Ok(())
    }

    /// Stops with an error unless the condition holds.
    ///
    /// # Example
    /// ```
    /// assert(1 < 2)
    /// assert(1 > 2)           // error: the assertion does not hold
    /// ```
    #[rhai_fn(return_raw)]
    pub fn assert(condition: bool) -> Answer<()> {
        if condition { Ok(()) } else { Err(Fault::new("data", "the assertion does not hold").raise()) }
    }

    /// The same with a message.
    ///
    /// # Example
    /// ```
    /// assert(1 > 2, "one is small")       // error: one is small
    /// ```
    #[rhai_fn(name = "assert", return_raw)]
    pub fn assert_with(condition: bool, message: &str) -> Answer<()> {
        if condition { Ok(()) } else { Err(Fault::new("data", message).raise()) }
    }
}
