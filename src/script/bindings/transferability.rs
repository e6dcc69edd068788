//! How well a trained network suits a task, from its outputs or features on some voxels.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::training::trained;
use crate::affinity::metrics::list::METRICS;
use crate::affinity::metrics::metric::Metric;
use crate::affinity::metrics::sample::CheckedSample;
use crate::base::params::Params;
use crate::dataset::task::Task;
use crate::io::table::Table;
use crate::script::fault::Answer;
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::train::model::Model;
use crate::train::voxels::VoxelParams;
use rhai::plugin::*;
use rhai::{Engine, Map, NativeCallContext};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The verbs of single metrics: their names, and the option that chooses a variant.
const VERBS: [(&str, Option<&str>); 6] = [
    ("leep", None),
    ("nce", None),
    ("h_score", None),
    ("logme", Some("method")),
    ("transrate", None),
    ("gbc", Some("covariance")),
];

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    let of = |verb: &'static str| (verb, list(|reader| asked_options(reader, verb, &mut Asked::of(verb))));
    VERBS.iter().map(|(verb, _)| of(verb)).chain([of("transferability")]).collect()
}

/// What was asked: which voxels, and which variant.
struct Asked {
    voxels: VoxelParams,
    variant: &'static str,
}

impl Asked {
    fn of(verb: &str) -> Self {
        let variant = METRICS.iter().find(|metric| metric.name == verb).map_or("", |metric| metric.variant);
        Asked { voxels: VoxelParams::default(), variant }
    }
}

fn asked_options(reader: &mut Reader, verb: &str, asked: &mut Asked) {
    reader.ranges(VoxelParams::RANGES);
    reader.whole("voxels", &mut asked.voxels.voxels, "at most so many voxels a case");
    reader.flag("balanced", &mut asked.voxels.balanced, "whether a case gives as many voxels of each class");
    reader.maybe_whole("seed", &mut asked.voxels.seed, "that of seed(n)", "seed of the draw of voxels");
    if let Some(option) = VERBS.iter().find(|(name, _)| *name == verb).and_then(|(_, option)| *option) {
        let words: Vec<(&'static str, &'static str)> = variants(verb).map(|m| (m.variant, m.variant)).collect();
        reader.choice(option, &mut asked.variant, &words, "which variant of the metric");
    }
}

fn variants(verb: &str) -> impl Iterator<Item = &'static Metric> {
    METRICS.iter().filter(move |metric| metric.name == verb)
}

fn sampled(
    call: &NativeCallContext,
    verb: &'static str,
    model: &Model,
    task: &Task,
    options: &Map,
) -> Answer<(CheckedSample, Asked)> {
    let mut asked = Asked::of(verb);
    read(verb, options, |reader| asked_options(reader, verb, &mut asked))?;
    let params = asked.voxels.clone().check()?;
    let sample = trained(call, |context| model.voxels(task, &params, context))?;
    let checked = sample.check().map_err(|error| error.during(format!("{verb} on task {}", task.name())))?;
    Ok((checked, asked))
}

fn measured(call: &NativeCallContext, verb: &'static str, model: &Model, task: &Task, options: &Map) -> Answer<f64> {
    let (sample, mut asked) = sampled(call, verb, model, task, options)?;
    if verb == "leep" && asked.voxels.balanced {
        asked.variant = "balanced";
    }
    let metric = variants(verb).find(|metric| metric.variant == asked.variant);
    Ok((metric.expect("variants are chosen from the list").measure)(&sample))
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// LEEP of a network on a task: how well its outputs foretell the task's labels; 0 is best.
    ///
    /// # Arguments
    /// - `model`: trained on a source
    /// - `task`: the target; voxels where the image is not zero are drawn from each of its cases, the same for every model
    /// - options: `voxels` a case; `balanced`: as many voxels of the objective as of the rest (as far as there are), and each
    ///   class weighs the same
    ///
    /// # Returns
    /// `mean ln sum_z P(y|z) theta(x)_z` in nats, at most 0; higher is better.
    ///
    /// # Source
    /// Nguyen et al., ICML 2020, per voxel; theta is the softmax of the network.
    ///
    /// # Errors
    /// When the voxels drawn are of one class only.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// leep(m, task, #{ voxels: 500, balanced: true }) <= 0.0      // => true
    /// leep(m, task, #{ voxel: 500 })              // error: unknown option `voxel` for leep
    /// leep(m, task, #{ voxels: 1 })               // error: option `voxels` must be 2 to 10000000, got 1
    /// leep(m, task.take(0), #{})                  // error: task 16-T2-NCR has no cases
    /// ```
    #[rhai_fn(return_raw)]
    pub fn leep(call: NativeCallContext, model: Model, task: Task, options: Map) -> Answer<f64> {
        measured(&call, "leep", &model, &task, &options)
    }

    /// The same on 1000 voxels a case.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// leep(train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }), task) <= 0.0       // => true
    /// ```
    #[rhai_fn(name = "leep", return_raw)]
    pub fn default_leep(call: NativeCallContext, model: Model, task: Task) -> Answer<f64> {
        measured(&call, "leep", &model, &task, &Map::new())
    }

    /// NCE: minus the entropy of a task's labels given a network's predicted classes; 0 is best.
    ///
    /// # Returns
    /// Nats, at most 0; higher is better. The voxels are those of `leep`.
    ///
    /// # Source
    /// Tran, Nguyen, Hassner, ICCV 2019.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// nce(m, task, #{ voxels: 500 }) <= 0.0       // => true
    /// ```
    #[rhai_fn(return_raw)]
    pub fn nce(call: NativeCallContext, model: Model, task: Task, options: Map) -> Answer<f64> {
        measured(&call, "nce", &model, &task, &options)
    }

    /// The same on 1000 voxels a case.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// nce(train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }), task) <= 0.0        // => true
    /// ```
    #[rhai_fn(name = "nce", return_raw)]
    pub fn default_nce(call: NativeCallContext, model: Model, task: Task) -> Answer<f64> {
        measured(&call, "nce", &model, &task, &Map::new())
    }

    /// H-score: how far a task's classes lie apart in a network's whitened features.
    ///
    /// # Returns
    /// `tr(pinv(cov f) cov(E[f|y]))`, 0 to 1 for two classes; higher is better. Features are the decoder's last, before its head.
    ///
    /// # Source
    /// Bao et al., ICIP 2019.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// h_score(m, task, #{ voxels: 500 }) >= 0.0       // => true
    /// ```
    #[rhai_fn(return_raw)]
    pub fn h_score(call: NativeCallContext, model: Model, task: Task, options: Map) -> Answer<f64> {
        measured(&call, "h_score", &model, &task, &options)
    }

    /// The same on 1000 voxels a case.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// h_score(train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }), task) < 1.0     // => true
    /// ```
    #[rhai_fn(name = "h_score", return_raw)]
    pub fn default_h_score(call: NativeCallContext, model: Model, task: Task) -> Answer<f64> {
        measured(&call, "h_score", &model, &task, &Map::new())
    }

    /// LogME: the log evidence per voxel of a linear model from a network's features to a task's labels.
    ///
    /// # Arguments
    /// - options: those of `leep`, and `method`: `"fixed_point"` (the journal's iteration) or `"icml"` (the conference's)
    ///
    /// # Returns
    /// Nats a voxel, no bound; higher is better. Features are the decoder's last, before its head.
    ///
    /// # Source
    /// You et al., ICML 2021 and JMLR 2022.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// assert_close(logme(m, task, #{ method: "icml" }), logme(m, task), 0.01)
    /// logme(m, task, #{ method: "jmlr" })         // error: option `method` must be one of "fixed_point", "icml"
    /// ```
    #[rhai_fn(return_raw)]
    pub fn logme(call: NativeCallContext, model: Model, task: Task, options: Map) -> Answer<f64> {
        measured(&call, "logme", &model, &task, &options)
    }

    /// The same on 1000 voxels a case, by the fixed-point iteration.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// logme(m, task) == logme(m, task, #{ voxels: 1000 })     // => true
    /// ```
    #[rhai_fn(name = "logme", return_raw)]
    pub fn default_logme(call: NativeCallContext, model: Model, task: Task) -> Answer<f64> {
        measured(&call, "logme", &model, &task, &Map::new())
    }

    /// TransRate: the coding rate of a network's features on a task, less the mean rate of each class's.
    ///
    /// # Returns
    /// Nats; higher is better. Features are the decoder's last, before its head. Know its weakness: a class's rate is about the
    /// mean of all voxels, so two classes of equal size score near 0 however far they lie apart: do not use it `balanced`.
    ///
    /// # Source
    /// Huang et al., ICML 2022, eps 1e-4; the mean over classes is not weighted by their sizes, as in the authors' code.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// transrate(m, task, #{ voxels: 500 }) > -10.0            // => true
    /// ```
    #[rhai_fn(return_raw)]
    pub fn transrate(call: NativeCallContext, model: Model, task: Task, options: Map) -> Answer<f64> {
        measured(&call, "transrate", &model, &task, &options)
    }

    /// The same on 1000 voxels a case.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// transrate(m, task) == transrate(m, task, #{ balanced: false })      // => true
    /// ```
    #[rhai_fn(name = "transrate", return_raw)]
    pub fn default_transrate(call: NativeCallContext, model: Model, task: Task) -> Answer<f64> {
        measured(&call, "transrate", &model, &task, &Map::new())
    }

    /// GBC: how little a task's classes overlap in a network's features, each class a Gaussian; 0 is best.
    ///
    /// # Arguments
    /// - options: those of `leep`, and `covariance`: `"spherical"` (one variance a class) or `"diagonal"` (one a feature too)
    ///
    /// # Returns
    /// Minus the Bhattacharyya coefficients of all ordered pairs of classes: -2 to 0 for two; higher is better.
    ///
    /// # Source
    /// Pandy et al., CVPR 2022, without their PCA of the features. Features are the decoder's last, before its head.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// gbc(m, task, #{ covariance: "diagonal" }) <= 0.0        // => true
    /// ```
    #[rhai_fn(return_raw)]
    pub fn gbc(call: NativeCallContext, model: Model, task: Task, options: Map) -> Answer<f64> {
        measured(&call, "gbc", &model, &task, &options)
    }

    /// The same on 1000 voxels a case, spherical.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// gbc(train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }), task) >= -2.0       // => true
    /// ```
    #[rhai_fn(name = "gbc", return_raw)]
    pub fn default_gbc(call: NativeCallContext, model: Model, task: Task) -> Answer<f64> {
        measured(&call, "gbc", &model, &task, &Map::new())
    }

    /// Every transferability metric and variant of a network on a task, from one pass over the same voxels.
    ///
    /// # Returns
    /// A `Table` of `metric`, `variant`, `value`, `about`; of every one of them higher is better.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// transferability(m, task, #{ voxels: 500 }).len                          // => 9
    /// transferability(m, task, #{ seed: 1 }).rows[2].value == nce(m, task, #{ seed: 1 })     // => true
    /// ```
    #[rhai_fn(return_raw)]
    pub fn transferability(call: NativeCallContext, model: Model, task: Task, options: Map) -> Answer<Table> {
        let (sample, _) = sampled(&call, "transferability", &model, &task, &options)?;
        let mut table = Table::new(["metric", "variant", "value", "about"]).named(task.name());
        for metric in METRICS {
            let value = (metric.measure)(&sample);
            table.push(vec![metric.name.into(), metric.variant.into(), value.into(), metric.about.into()])?;
        }
        Ok(table)
    }

    /// The same on 1000 voxels a case.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// transferability(train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }), task).rows[0].metric    // => leep
    /// ```
    #[rhai_fn(name = "transferability", return_raw)]
    pub fn default_transferability(call: NativeCallContext, model: Model, task: Task) -> Answer<Table> {
        transferability(call, model, task, Map::new())
    }
}
