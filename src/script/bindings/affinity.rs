//! `Affinity` and `Matrix`: how near tasks are to each other, without training anything.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::tasks::tasks_of;
use crate::affinity::affinity::Affinity;
use crate::affinity::matrix::Matrix;
use crate::affinity::measure::measure;
use crate::affinity::params::AffinityParams;
use crate::base::choice::Choice;
use crate::base::params::Params;
use crate::dataset::task::Task;
use crate::io::table::{Cell, Table};
use crate::script::environment::Environment;
use crate::script::fault::Answer;
use crate::script::number::{number as number_of, text_or_texts};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, columns, number, plural};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use std::collections::BTreeSet;
use std::path::Path;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Affinity>("Affinity");
    engine.register_type_with_name::<Matrix>("Matrix");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("affinity", list(|reader| affinity_options(reader, &mut AffinityParams::default())))]
}

fn affinity_options(reader: &mut Reader, params: &mut AffinityParams) {
    reader.shape("size", &mut params.size, "voxels each volume is resized to");
    reader.number("variance", &mut params.variance, "share of the variance the kept components exceed");
    reader.whole("axis", &mut params.axis, "which axis holds the features: 0, 1 or 2");
    reader.choice("sign", &mut params.sign, Choice::CHOICES, "how a component's sign is fixed");
    reader.choice("intensity", &mut params.intensity, Choice::CHOICES, "what is done to intensities first");
    reader.choice("distance", &mut params.distance, Choice::CHOICES, "how two samples are compared");
    reader.choice("pairs", &mut params.pairs, Choice::CHOICES, "which pairs of cases the means run over");
    reader.maybe_whole("cases", &mut params.cases, "all", "at most so many cases a task, drawn by the seed");
    reader.number("k1", &mut params.k1, "constant of SSIM's luminance");
    reader.number("k2", &mut params.k2, "constant of SSIM's structure");
    reader.maybe_shape("label_grid", &mut params.label_grid, "the first task's shape", "grid masks are brought to");
    reader.choice("reading", &mut params.reading, Choice::CHOICES, "how H and R become T");
    reader.maybe_number("alpha", &mut params.alpha, "the reading's", "weight of the image part");
    reader.maybe_number("beta", &mut params.beta, "the reading's", "weight of the label part");
}

fn measured(context: &NativeCallContext, sources: &Dynamic, targets: &Dynamic, options: &Map) -> Answer<Affinity> {
    let environment = Environment::of(context);
    let mut params = AffinityParams::default();
    read("affinity", options, |reader| affinity_options(reader, &mut params))?;
    let sources = tasks_of("affinity", "sources", sources)?;
    let targets = tasks_of("affinity", "targets", targets)?;
    Ok(measure(&sources, &targets, &params.check()?, environment.seed().named("affinity"), environment.monitor())?)
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

impl Show for Matrix {
    fn line(&self) -> String {
        format!("Matrix  {}x{}", self.rows().len(), self.cols().len())
    }

    fn block(&self, width: usize) -> String {
        let name = self.rows().iter().map(|r| r.chars().count()).max().unwrap_or(0);
        let each = self.cols().iter().map(|c| c.chars().count().max(8) + 2).max().unwrap_or(10);
        let fitting = (width.saturating_sub(name) / each).clamp(1, self.cols().len().max(1));
        let mut rows = vec![
            std::iter::once(String::new()).chain(self.cols().iter().take(fitting).cloned()).collect::<Vec<String>>(),
        ];
        for (at, row) in self.rows().iter().enumerate() {
            let numbers = self.row(at).iter().take(fitting).map(|&x| number(x));
            rows.push(std::iter::once(row.clone()).chain(numbers).collect());
        }
        let hidden = self.cols().len() - fitting.min(self.cols().len());
        let more = if hidden > 0 { format!("\n{hidden} more columns hidden") } else { String::new() };
        format!("{}\n{}{more}", self.line(), columns(&rows, 16))
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

    /// The names of the rows.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.image.rows[0]         // => 01-FLAIR
    /// ```
    #[rhai_fn(get = "rows", pure)]
    pub fn rows(matrix: &mut Matrix) -> Array {
        matrix.rows().iter().map(|name| Dynamic::from(name.clone())).collect()
    }

    /// The names of the columns.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.image.cols == a.image.rows        // => true
    /// ```
    #[rhai_fn(get = "cols", pure)]
    pub fn cols(matrix: &mut Matrix) -> Array {
        matrix.cols().iter().map(|name| Dynamic::from(name.clone())).collect()
    }

    /// The value by names of row and column.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.image.at("01-T2", "01-T2")        // => 0.0
    /// a.image.at("01-T2", "99-T2")        // error:
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn at(matrix: &mut Matrix, row: &str, col: &str) -> Answer<f64> {
        Ok(matrix.at(row, col)?)
    }

    /// The values as an array of rows.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.image.to_array()[0][0]        // => 0.0
    /// ```
    #[rhai_fn(pure)]
    pub fn to_array(matrix: &mut Matrix) -> Array {
        let row = |at| matrix.row(at).iter().map(|&x| Dynamic::from(x)).collect::<Array>();
        (0..matrix.rows().len()).map(|at| Dynamic::from(row(at))).collect()
    }

    /// Writes the matrix as CSV with the names and 17 significant digits.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.cost.save("cost.csv")
    /// ```
    #[rhai_fn(return_raw, pure, volatile)]
    pub fn save(matrix: &mut Matrix, path: &str) -> Answer<()> {
        Ok(matrix.save(Path::new(path))?)
    }
}
