//! `Affinity` and `Matrix`: how near tasks are to each other, without training anything.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::tasks::tasks_of;
use crate::affinity::affinity::Affinity;
use crate::affinity::matrix::Matrix;
use crate::affinity::measure::{measure, measure_after};
use crate::affinity::params::{AffinityParams, SampleParams};
use crate::affinity::record;
use crate::affinity::work::Work;
use crate::base::choice::Choice;
use crate::base::params::Params;
use crate::base::seed::Seed;
use crate::dataset::task::Task;
use crate::io::table::{Cell, Table};
use crate::script::environment::Environment;
use crate::script::fault::Answer;
use crate::script::number::{number as number_of, text_or_texts};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, number, plural};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use std::collections::BTreeSet;
use std::path::Path;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Affinity>("Affinity");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("affinity", list(|reader| affinity_options(reader, &mut AffinityParams::default())))]
}

fn affinity_options(reader: &mut Reader, params: &mut AffinityParams) {
    reader.ranges(SampleParams::RANGES);
    reader.ranges(AffinityParams::RANGES);
    reader.shape("size", &mut params.size, "voxels each volume is resized to");
    reader.number("variance", &mut params.variance, "share of the variance the kept components exceed");
    reader.whole("axis", &mut params.axis, "which axis holds the features");
    reader.choice("sign", &mut params.sign, Choice::CHOICES, "how a component's sign is fixed");
    reader.choice("intensity", &mut params.intensity, Choice::CHOICES, "what is done to intensities first");
    reader.choice("distance", &mut params.distance, Choice::CHOICES, "how two samples are compared");
    let points = "in-plane positions that \"sliced\" looks at (2048), or \"exact\" (256)";
    reader.maybe_whole("points", &mut params.points, "the distance's", points);
    reader.maybe_whole("directions", &mut params.directions, "64", "directions of \"sliced\"");
    reader.choice("pairs", &mut params.pairs, Choice::CHOICES, "which pairs of cases the means run over");
    reader.maybe_whole("cases", &mut params.cases, "all", "at most so many cases a task, drawn by the seed");
    reader.maybe_whole("seed", &mut params.seed, "the session's", "of what is drawn: cases, points, directions");
    reader.number("k1", &mut params.k1, "constant of SSIM's luminance");
    reader.number("k2", &mut params.k2, "constant of SSIM's structure");
    reader.maybe_shape("label_grid", &mut params.label_grid, "the first task's shape", "grid masks are brought to");
    reader.choice("reading", &mut params.reading, Choice::CHOICES, "how H and R become T");
    reader.maybe_number("alpha", &mut params.alpha, "the reading's", "weight of the image part");
    reader.maybe_number("beta", &mut params.beta, "the reading's", "weight of the label part");
}

/// What measuring is given by a session.
fn work(environment: &Environment) -> Work {
    Work {
        seed: environment.seed(),
        store: environment.host.store.clone(),
        scratch: environment.host.scratch.clone(),
        monitor: environment.monitor().clone(),
    }
}

fn measured(context: &NativeCallContext, sources: &Dynamic, targets: &Dynamic, options: &Map) -> Answer<Affinity> {
    let environment = Environment::of(context);
    let mut params = AffinityParams::default();
    read("affinity", options, |reader| affinity_options(reader, &mut params))?;
    params.seed.get_or_insert(environment.seed().value());
    let sources = tasks_of("affinity", "sources", sources)?;
    let targets = tasks_of("affinity", "targets", targets)?;
    Ok(measure(&sources, &targets, &params.check()?, &work(&environment))?)
}

impl Show for Affinity {
    fn line(&self) -> String {
        let tasks = self.tasks();
        let institutions: BTreeSet<&str> = tasks.iter().map(|t| t.fields().institution.as_str()).collect();
        let (h, r) = (self.image().rows().len(), self.label().rows().len());
        let (alpha, beta) = self.params().weights();
        format!(
            "Affinity  {}, {}   H {h}x{h}   R {r}x{r}   alpha {}  beta {}",
            plural(tasks.len(), "task"),
            plural(institutions.len(), "institution"),
            number(alpha),
            number(beta)
        )
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// How near tasks are to each other, from images and labels alone; nothing is trained.
    ///
    /// # Arguments
    /// - `sources`: `Tasks` or an array of `Task`
    /// - `targets`: the same; may be `[]`
    ///
    /// # Returns
    /// H (image distance), R (label similarity) and T, the cost: lower is closer.
    ///
    /// # Source
    /// Equations 1 to 5: H(i,j) is the mean Wasserstein-1 distance of pooled PCA scores, R(i,j) the mean SSIM of masks,
    /// T = alpha H + beta (1 - R). Deviates: with reading `minmax`, H and 1 - R are first scaled to 0 .. 1 by their range
    /// over pairs of sources.
    ///
    /// Distance `exact` reads equation 2 literally, of some in-plane positions as points of as many dimensions as components;
    /// `sliced` is the mean over random directions, scaled so that clouds which differ by a shift are as far apart as by
    /// `exact`: the mean over unit vectors of d dimensions is gamma(d/2) / (sqrt(pi) gamma((d+1)/2)) times that.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 2, size: 12 });
    /// let a = affinity(tasks.except_institution("16"), [tasks["16-T2-NCR"]], #{ size: 12, reading: "minmax" });
    /// a.cost.rows.len()                               // => 19
    /// affinity(tasks, [], #{ raeding: "minmax" })     // error: unknown option `raeding` for affinity
    /// affinity([], [])                                // error: an affinity needs at least one source task, got none
    /// ```
    #[rhai_fn(name = "affinity", return_raw)]
    pub fn affinity(context: NativeCallContext, sources: Dynamic, targets: Dynamic, options: Map) -> Answer<Affinity> {
        measured(&context, &sources, &targets, &options)
    }

    /// The same with the defaults; or, when the second argument is a map, of sources alone.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 }).only_institution("01");
    /// affinity(tasks, #{ size: 12 }).image.rows       // => ["01-FLAIR", "01-T1ce", "01-T2"]
    /// ```
    #[rhai_fn(name = "affinity", return_raw)]
    pub fn affinity_of_two(context: NativeCallContext, sources: Dynamic, targets: Dynamic) -> Answer<Affinity> {
        let none = Dynamic::from(Array::new());
        match targets.as_map_ref() {
            Ok(options) => measured(&context, &sources, &none, &options),
            Err(_) => measured(&context, &sources, &targets, &Map::new()),
        }
    }

    /// The affinity of tasks among themselves, with the defaults.
    ///
    /// # Example
    /// ```
    /// affinity(phantom_tasks(#{ cases: 1, size: 12 })[0]).cost.rows      // => ["01-FLAIR-ED"]
    /// ```
    #[rhai_fn(name = "affinity", return_raw)]
    pub fn affinity_of_one(context: NativeCallContext, sources: Dynamic) -> Answer<Affinity> {
        measured(&context, &sources, &Dynamic::from(Array::new()), &Map::new())
    }

    /// H: image distance between institution-modality pairs; lower is closer.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.image.rows.len()      // => 9
    /// ```
    #[rhai_fn(get = "image", pure)]
    pub fn image(affinity: &mut Affinity) -> Matrix {
        affinity.image().clone()
    }

    /// R: label similarity between institution-objective pairs; higher is closer.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.label.at("01-NCR", "01-NCR")      // => 1.0
    /// ```
    #[rhai_fn(get = "label", pure)]
    pub fn label(affinity: &mut Affinity) -> Matrix {
        affinity.label().clone()
    }

    /// T: the cost between tasks before any edge filter; lower is closer.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.cost.at("01-T2-NCR", "18-T2-NCR") > 0.0       // => true
    /// ```
    #[rhai_fn(get = "cost", pure)]
    pub fn cost(affinity: &mut Affinity) -> Matrix {
        affinity.cost().clone()
    }

    /// The sources by rising cost to a task, with the parts of the cost.
    ///
    /// # Arguments
    /// - `target`: a `Task` or its name
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let a = affinity(tasks.except_institution("16"), [tasks["16-T2-NCR"]], #{ size: 12 });
    /// a.rank("16-T2-NCR").columns     // => ["source", "cost", "image_cost", "label_cost", "image", "label"]
    /// a.rank(tasks["16-T2-NCR"]).len  // => 18
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn rank(affinity: &mut Affinity, target: Dynamic) -> Answer<Table> {
        let name = match target.read_lock::<Task>() {
            Some(task) => task.name(),
            None => text_or_texts("rank", "target", &target)?.concat(),
        };
        let mut table = Table::new(["source", "cost", "image_cost", "label_cost", "image", "label"]);
        for ranked in affinity.rank(&name)? {
            let terms = ranked.terms;
            let numbers = [terms.cost, terms.image_cost, terms.label_cost, terms.image, terms.label];
            table.push(std::iter::once(Cell::from(ranked.name)).chain(numbers.map(Cell::from)).collect())?;
        }
        Ok(table.named(format!("sources for {name}")))
    }

    /// The same H and R under other weights of the image and the label part.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.with_weights(0, 1).cost.at("01-T2-NCR", "01-T1ce-NCR")        // => 0.0
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn with_weights(affinity: &mut Affinity, alpha: Dynamic, beta: Dynamic) -> Answer<Affinity> {
        let alpha = number_of("with_weights", "alpha", &alpha)?;
        Ok(affinity.with_weights(alpha, number_of("with_weights", "beta", &beta)?)?)
    }

    /// The same without every task of some institutions; nothing is measured again.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.except_institution("16").cost.rows.len()      // => 18
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn except_institution(affinity: &mut Affinity, institution: Dynamic) -> Answer<Affinity> {
        Ok(affinity.except_institution(&text_or_texts("except_institution", "institution", &institution)?)?)
    }

    /// The same with more targets, or more sources: what is known of the others is not measured again.
    ///
    /// # Arguments
    /// - `targets`: a `Task`, `Tasks` or an array of `Task`
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let a = affinity(tasks.except_institution("16"), [], #{ size: 12 });
    /// a.add_targets(tasks["16-T2-NCR"]).cost.rows.len()       // => 19
    /// a.add_targets(tasks[0])     // error: task `01-FLAIR-ED` is given twice
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn add_targets(context: NativeCallContext, affinity: &mut Affinity, targets: Dynamic) -> Answer<Affinity> {
        let more = tasks_of("add_targets", "targets", &targets)?;
        let targets: Vec<Task> = affinity.targets().iter().chain(&more).cloned().collect();
        let work = work(&Environment::of(&context));
        Ok(measure_after(Some(affinity), affinity.sources(), &targets, affinity.params(), &work)?)
    }

    /// The same with more sources; what is known of the others is not measured again.
    ///
    /// # Arguments
    /// - `sources`: a `Task`, `Tasks` or an array of `Task`
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let a = affinity(tasks.only_institution("01"), [], #{ size: 12 });
    /// let b = affinity(tasks.only_institution(["01", "18"]), [], #{ size: 12 });
    /// a.add_sources(tasks.only_institution("18")).cost.to_array() == b.cost.to_array()        // => true
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn add_sources(context: NativeCallContext, affinity: &mut Affinity, sources: Dynamic) -> Answer<Affinity> {
        let more = tasks_of("add_sources", "sources", &sources)?;
        let sources: Vec<Task> = affinity.sources().iter().chain(&more).cloned().collect();
        let work = work(&Environment::of(&context));
        Ok(measure_after(Some(affinity), &sources, affinity.targets(), affinity.params(), &work)?)
    }

    /// The affinity that other patients might have given, drawn with replacement.
    ///
    /// Of each institution as many patients are drawn as it has; nothing is measured again.
    ///
    /// # Arguments
    /// - `seed`: a whole number; the same draws the same patients
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 3, size: 12 }), [], #{ size: 12 });
    /// a.resampled(1).cost.to_array() == a.resampled(1).cost.to_array()        // => true
    /// a.resampled(1).cost.to_array() == a.cost.to_array()     // => false
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn resampled(affinity: &mut Affinity, seed: i64) -> Answer<Affinity> {
        Ok(affinity.resampled(Seed::new(seed as u64))?)
    }

    /// Every image and mask that went into it, a row each.
    ///
    /// # Returns
    /// A table of `matrix`, `row`, `case`, `subject`, `origin` and `blake3`, the hash of the files and of what is read from them
    /// (empty for generated cases).
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.inputs.columns        // => ["matrix", "row", "case", "subject", "origin", "blake3"]
    /// a.inputs.len            // => 18
    /// ```
    #[rhai_fn(get = "inputs", return_raw, pure)]
    pub fn inputs(affinity: &mut Affinity) -> Answer<Table> {
        let mut table = Table::new(["matrix", "row", "case", "subject", "origin", "blake3"]);
        for (matrix, part) in [("image", affinity.image_part()), ("label", affinity.label_part())] {
            for row in part.rows() {
                for case in &row.cases {
                    let hash = case.content.map_or(Cell::Empty, |key| Cell::from(key.hex()));
                    let texts = [matrix, &row.name, &case.id, &case.subject, &case.origin].map(Cell::from);
                    table.push(texts.into_iter().chain([hash]).collect())?;
                }
            }
        }
        Ok(table.named("inputs"))
    }

    /// Writes the affinity into a folder: three matrices and one JSON.
    ///
    /// `image.csv`, `label.csv` and `cost.csv`; `affinity.json` has the options, the tasks, the cases with their hashes, and the
    /// value of every pair of cases.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.save("measured");
    /// load_affinity("measured").cost.to_array() == a.cost.to_array()      // => true
    /// ```
    #[rhai_fn(name = "save", return_raw, pure, volatile)]
    pub fn save_affinity(affinity: &mut Affinity, folder: &str) -> Answer<()> {
        Ok(record::save(affinity, Path::new(folder))?)
    }

    /// Reads an affinity that was saved.
    ///
    /// Its tasks know their names and cases but have no images: graph, paths and weights work, training does not.
    ///
    /// # Example
    /// ```
    /// affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 }).save("measured");
    /// load_affinity("measured")       // => Affinity  27 tasks, 3 institutions   H 9x9   R 9x9   alpha 0.0044  beta 2.4756
    /// load_affinity("nowhere")        // error: nowhere/affinity.json: cannot read the affinity
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn load_affinity(folder: &str) -> Answer<Affinity> {
        Ok(record::load(Path::new(folder), None)?)
    }

    /// Reads an affinity that was saved, with the tasks it was measured from, whose files must not have changed.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// affinity(tasks, [], #{ size: 12 }).save("measured");
    /// load_affinity("measured", tasks).image.at("01-T2", "01-T2")     // => 0.0
    /// load_affinity("measured", tasks.only_institution("01"))     // error: no task `16-FLAIR-ED` among the 9 given
    /// ```
    #[rhai_fn(name = "load_affinity", return_raw, volatile)]
    pub fn load_affinity_of(folder: &str, tasks: Dynamic) -> Answer<Affinity> {
        let tasks = tasks_of("load_affinity", "tasks", &tasks)?;
        Ok(record::load(Path::new(folder), Some(&tasks))?)
    }
}
