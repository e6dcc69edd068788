//! How near two things are: samples, masks, sequences.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::samples::Samples;
use crate::base::error::{Error, Kind};
use crate::image::mask::Mask;
use crate::numeric::ranks::{spearman, weighted_kendall};
use crate::numeric::{ssim as structure, statistics, wasserstein as transport};
use crate::script::fault::{Answer, Fault};
use crate::script::number::{number, numbers};
use crate::script::options::{OptionDoc, Reader, list, read};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![
        ("ssim", list(|reader| constants(reader, &mut (0.3, 0.3)))),
        ("correlation", list(|reader| correlation_kind(reader, &mut (statistics::pearson as Correlation)))),
    ]
}

fn constants(reader: &mut Reader, (k1, k2): &mut (f64, f64)) {
    reader.number("k1", k1, "constant of the luminance");
    reader.number("k2", k2, "constant of the structure");
}

/// A correlation of two sequences of one length; nothing for a constant one.
type Correlation = fn(&[f64], &[f64]) -> Option<f64>;

fn correlation_kind(reader: &mut Reader, correlation: &mut Correlation) {
    let words = [("pearson", 0), ("kendall", 1), ("weighted", 2), ("spearman", 3)];
    let mut which = 0;
    reader.choice("kind", &mut which, &words, "which correlation; \"weighted\" is Kendall's weighted by rank");
    *correlation = [statistics::pearson as Correlation, statistics::kendall, weighted_kendall, spearman][which];
}

fn sample(argument: &str, value: &Dynamic) -> Result<Vec<f64>, Fault> {
    if let Some(samples) = value.read_lock::<Samples>() {
        return Ok(samples.values().to_vec());
    }
    match value.as_array_ref() {
        Ok(array) => numbers("wasserstein", argument, &array),
        Err(_) => Err(number("wasserstein", argument, value).err().unwrap_or_else(|| {
            Fault::argument(format!("argument `{argument}` of wasserstein must be Samples or an array of numbers"))
        })),
    }
}

/// Voxels in the first mask, in the second and in both.
fn counts(a: &Mask, b: &Mask) -> Result<(usize, usize, usize), Error> {
    a.geometry().same_grid(b.geometry(), "the first mask", "the second")?;
    Ok((a.count(), b.count(), a.overlap(b)))
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The exact 1-D Wasserstein-1 distance of two samples; lower is closer.
    ///
    /// # Arguments
    /// - `a`, `b`: `Samples` or arrays of numbers; their lengths may differ
    ///
    /// # Returns
    /// A distance in the unit of the values, 0 or more.
    ///
    /// # Source
    /// Equation 2 of the paper, over pooled PCA scores.
    ///
    /// # Example
    /// ```
    /// wasserstein([0, 1, 3], [5, 6, 8])       // => 5.0
    /// wasserstein([0], [1, 3])                // => 2.0
    /// wasserstein([], [1])                    // error: the first sample of a Wasserstein distance is empty
    /// ```
    #[rhai_fn(return_raw)]
    pub fn wasserstein(a: Dynamic, b: Dynamic) -> Answer<f64> {
        Ok(transport::w1(&sample("a", &a)?, &sample("b", &b)?)?)
    }

    /// Structural similarity of two masks over one window, the whole image; higher is closer.
    ///
    /// # Returns
    /// A number in -1 .. 1; 1 for equal masks.
    ///
    /// # Source
    /// Equations 3 and 4 of the paper, k1 = k2 = 0.3. With 0.3 it measures mostly lesion size: two disjoint masks of 0.1 %
    /// of the volume score 0.978.
    ///
    /// # Example
    /// ```
    /// let m = phantom_tasks()["16-T2-NCR"].case(0).mask;
    /// ssim(m, m)                              // => 1.0
    /// ```
    #[rhai_fn(return_raw)]
    pub fn ssim(a: Mask, b: Mask) -> Answer<f64> {
        let (p, q, both) = counts(&a, &b)?;
        Ok(structure::binary(p, q, both, a.geometry().voxels(), 0.3, 0.3))
    }

    /// The same with other constants.
    ///
    /// # Example
    /// ```
    /// let m = phantom_tasks()["16-T2-NCR"].case(0).mask;
    /// ssim(m, m, #{ k1: 0.01, k2: 0.03 })     // => 1.0
    /// ```
    #[rhai_fn(name = "ssim", return_raw)]
    pub fn ssim_with(a: Mask, b: Mask, options: Map) -> Answer<f64> {
        let mut k = (0.3, 0.3);
        read("ssim", &options, |reader| constants(reader, &mut k))?;
        let (p, q, both) = counts(&a, &b)?;
        Ok(structure::binary(p, q, both, a.geometry().voxels(), k.0, k.1))
    }

    /// The Dice score of two masks, 2|a and b| / (|a| + |b|); higher is better, NaN when both are empty.
    ///
    /// # Example
    /// ```
    /// let m = phantom_tasks()["16-T2-NCR"].case(0).mask;
    /// dice(m, m)                              // => 1.0
    /// ```
    #[rhai_fn(return_raw)]
    pub fn dice(a: Mask, b: Mask) -> Answer<f64> {
        let (p, q, both) = counts(&a, &b)?;
        Ok(2.0 * both as f64 / (p + q) as f64)
    }

    /// Intersection over union of two masks; higher is better, NaN when both are empty.
    ///
    /// # Example
    /// ```
    /// let m = phantom_tasks()["16-T2-NCR"].case(0).mask;
    /// iou(m, m)                               // => 1.0
    /// ```
    #[rhai_fn(return_raw)]
    pub fn iou(a: Mask, b: Mask) -> Answer<f64> {
        let (p, q, both) = counts(&a, &b)?;
        Ok(both as f64 / (p + q - both) as f64)
    }

    /// Pearson's correlation of two arrays of numbers, in -1 .. 1.
    ///
    /// # Example
    /// ```
    /// correlation([1, 2, 3], [2, 4, 6])       // => 1.0
    /// correlation([1, 2], [1, 2, 3])          // error: the two arrays have 2 and 3 numbers
    /// ```
    #[rhai_fn(return_raw)]
    pub fn correlation(xs: Array, ys: Array) -> Answer<f64> {
        correlated(&xs, &ys, statistics::pearson)
    }

    /// The same with a choice of `kind`: `pearson`, `kendall` (tau-b), `weighted` (Kendall's) or `spearman`.
    ///
    /// # Source
    /// `weighted` gives pairs among the largest values more weight, 1/rank each: Vigna, "A weighted correlation index for
    /// rankings with ties", WWW 2015; equal to `scipy.stats.weightedtau`.
    ///
    /// # Example
    /// ```
    /// assert_close(correlation([1, 2, 3], [1, 4, 9], #{ kind: "kendall" }), 1, 1e-12)
    /// assert_close(correlation([1, 2, 3], [1, 4, 9], #{ kind: "spearman" }), 1, 1e-12)
    /// assert_close(correlation([1, 2, 3], [1, 3, 2], #{ kind: "weighted" }), 0.181818, 1e-6)
    /// correlation([1, 2], [2, 1], #{ kind: "wieghted" })      // error: option `kind` must be one of
    /// ```
    #[rhai_fn(name = "correlation", return_raw)]
    pub fn correlation_with(xs: Array, ys: Array, options: Map) -> Answer<f64> {
        let mut correlation: Correlation = statistics::pearson;
        read("correlation", &options, |reader| correlation_kind(reader, &mut correlation))?;
        correlated(&xs, &ys, correlation)
    }
}

fn correlated(xs: &Array, ys: &Array, correlation: Correlation) -> Answer<f64> {
    let (x, y) = (numbers("correlation", "xs", xs)?, numbers("correlation", "ys", ys)?);
    if x.len() != y.len() {
        return Err(Fault::argument(format!("the two arrays have {} and {} numbers", x.len(), y.len())).raise());
    }
    let undefined =
        || Error::new(Kind::Data, "a sequence that is constant, too short or not finite has no correlation");
    Ok(correlation(&x, &y).ok_or_else(undefined)?)
}
