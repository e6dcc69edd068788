//! `Tuning`: alpha and beta from known results.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::affinity::affinity::Affinity;
use crate::affinity::known::{Known, cost_parts, nodes_of};
use crate::affinity::tuning::{Tuning, TuningParams, tune};
use crate::base::choice::Choice;
use crate::base::error::Error;
use crate::base::params::Params;
use crate::base::seed::Seed;
use crate::io::table::{Cell, Table};
use crate::numeric::bayes::SearchParams;
use crate::numeric::bootstrap::BootstrapParams;
use crate::numeric::least_correlation::Combination;
use crate::script::environment::Environment;
use crate::script::fault::Answer;
use crate::script::number::{text_or_texts, texts};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, number, plural};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Tuning>("Tuning");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("tune_weights", list(|reader| tuning_options(reader, &mut Asked::default())))]
}

/// The options as read: which columns, and how.
struct Asked {
    columns: [String; 4],
    params: TuningParams,
    seed: Option<u64>,
}

impl Default for Asked {
    fn default() -> Self {
        let columns = ["image", "label", "dice", "target"].map(str::to_owned);
        Asked { columns, params: TuningParams::default(), seed: None }
    }
}

fn tuning_options(reader: &mut Reader, asked: &mut Asked) {
    reader.ranges(BootstrapParams::RANGES);
    reader.ranges(SearchParams::RANGES);
    let Asked { columns: [image, label, dice, target], params, seed } = asked;
    reader.choice("method", &mut params.method, Choice::CHOICES, "the closed form, or Bayesian optimisation");
    reader.text("image", image, "the column with the summed image part of a path's cost");
    reader.text("label", label, "the column with the summed label part");
    reader.text("dice", dice, "the column with the Dice reached");
    reader.text("target", target, "the column whose equal cells are left out and drawn together");
    reader.flag("within", &mut params.within, "whether costs and Dice are compared inside each target only");
    reader.flag("leave_one_out", &mut params.leave_one_out, "whether to fit also without each target, for that target");
    if let Some(value) = reader.value("evaluated", "[]", "the targets these weights will be judged on") {
        match text_or_texts("tune_weights", "evaluated", &value) {
            Ok(names) => params.evaluated = names,
            Err(_) => reader.wrong("evaluated", "an array of names", &value),
        }
    }
    reader.flag("allow_leak", &mut params.allow_leak, "whether evaluated targets may be among the rows");
    reader.whole("evaluations", &mut params.search.evaluations, "evaluations of the method \"bayes\"");
    reader.choice("kernel", &mut params.search.kernel, Choice::CHOICES, "of its Gaussian process");
    reader.whole("draws", &mut params.bootstrap.draws, "draws of the bootstrap over targets");
    reader.number("level", &mut params.bootstrap.level, "share of the draws inside an interval");
    reader.maybe_whole("seed", seed, "that of seed(n)", "seed of search and draws");
}

fn known(table: &Table, [image, label, dice, target]: &[String; 4]) -> Result<Vec<Known>, Error> {
    let targets = table.column(target)?;
    let [images, labels, dices] = [table.numbers(image)?, table.numbers(label)?, table.numbers(dice)?];
    let rows = targets.iter().zip(images).zip(labels).zip(dices);
    Ok(rows.map(|(((target, image), label), dice)| Known { target: target.text(), image, label, dice }).collect())
}

fn map(pairs: impl IntoIterator<Item = (&'static str, f64)>) -> Map {
    pairs.into_iter().map(|(name, value)| (name.into(), Dynamic::from(value))).collect()
}

fn weights_map(weights: Combination) -> Map {
    map([("alpha", weights.alpha), ("beta", weights.beta)])
}

impl Show for Tuning {
    fn line(&self) -> String {
        let Combination { alpha, beta, correlation } = self.weights;
        format!(
            "Tuning  alpha {}  beta {}   correlation {correlation:+.4}   {}, {} of {}",
            number(alpha),
            number(beta),
            self.method.name(),
            plural(self.rows, "path"),
            plural(self.targets.len(), "target")
        )
    }

    fn block(&self, _: usize) -> String {
        let mut text = self.line();
        if let Some(intervals) = &self.intervals {
            let range = |[low, high]: [f64; 2]| format!("{} .. {}", number(low), number(high));
            text += &format!(
                "\n  drawn targets, {}: alpha {}  beta {} (sum 1)   correlation {:+.4} .. {:+.4}",
                plural(intervals.draws, "draw"),
                range(intervals.alpha),
                range(intervals.beta),
                intervals.correlation[0],
                intervals.correlation[1]
            );
        }
        if let Some(held_out) = self.held_out_correlation() {
            let count = self.targets.iter().filter(|of| of.held_out_correlation.is_some()).count();
            text += &format!("\n  each target left out of its own fit: correlation {held_out:+.4}, mean of {count}");
        }
        for warning in &self.warnings {
            text += &format!("\n  warning: {warning}");
        }
        text
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// Fits alpha and beta to known results: the weights whose cost falls most surely as the Dice rises.
    ///
    /// # Arguments
    /// - `table`: one row a path, with the columns `image` and `label` (its cost's two parts, summed and not weighted, as
    ///   `cost_parts` gives them), `dice` and `target`
    /// - `method`: `"exact"`: non-negative weights with sum 1 in closed form, by least squares of the Dice on both parts; where
    ///   that would make a weight negative, it is 0 and the other part stands alone. `"bayes"`: a Gaussian process with
    ///   expected improvement over log-uniform [0.001, 10]^2. Correlation does not see the scale of the weights
    /// - `leave_one_out`: fit also without each target, see `weights_for`; name a column of institutions as `target` to leave
    ///   out whole institutions, whose targets share patients
    /// - `evaluated`: the targets to be judged later; one among the rows is an error unless `allow_leak`
    ///
    /// # Returns
    /// A `Tuning`: `.alpha .beta .correlation` (-1 is best), `.interval`, `.by_target`, `.warnings`; then
    /// `a.with_weights(t.alpha, t.beta)` (for the reading `literal`: `-t.beta`).
    ///
    /// # Source
    /// METHOD section 4; Bayesian optimisation is the paper's, the closed form is exact.
    ///
    /// # Example
    /// ```
    /// let row = |target, image, label| #{ target: target, image: image, label: label, dice: 0.9 - 0.001 * image - 3.0 * label };
    /// let t = table_of([row.call("a", 100, 0.02), row.call("a", 250, 0.01), row.call("b", 80, 0.1), row.call("b", 9, 0.2)]);
    /// assert_close(tune_weights(t, #{ evaluated: ["c"] }).beta, 3.0 / 3.001, 1e-9)
    /// tune_weights(t, #{ method: "bayes", seed: 1 }).correlation < -0.99        // => true
    /// tune_weights(t, #{ evaluated: ["a"] })      // error: target a is to be evaluated with weights fitted on its own results
    /// tune_weights(t, #{ methods: "exact" })      // error: unknown option `methods` for tune_weights
    /// tune_weights(t, #{ method: "newton" })      // error: option `method` must be one of "exact", "bayes", got "newton"
    /// ```
    #[rhai_fn(return_raw)]
    pub fn tune_weights(call: NativeCallContext, table: Table, options: Map) -> Answer<Tuning> {
        let mut asked = Asked::default();
        read("tune_weights", &options, |reader| tuning_options(reader, &mut asked))?;
        let environment = Environment::of(&call);
        let seed = asked.seed.map_or_else(|| environment.seed(), Seed::new).named("tune");
        let known = known(&table, &asked.columns)?;
        Ok(tune(&known, &asked.params.check()?, seed, environment.monitor())?)
    }

    /// The same in closed form.
    ///
    /// # Example
    /// ```
    /// let t = table("known").add(#{ target: "a", image: 1, label: 0.2, dice: 0.8 });
    /// let t = t.add(#{ target: "b", image: 2, label: 0.1, dice: 0.7 }).add(#{ target: "b", image: 4, label: 0.3, dice: 0.5 });
    /// tune_weights(t).correlation < -0.99     // => true
    /// tune_weights(t).warnings[1].contains("leak")        // => true
    /// tune_weights(table("known"))            // error: no column `target`
    /// ```
    #[rhai_fn(name = "tune_weights", return_raw)]
    pub fn default_tune_weights(call: NativeCallContext, table: Table) -> Answer<Tuning> {
        tune_weights(call, table, Map::new())
    }

    /// The weight of the image part.
    ///
    /// # Example
    /// ```
    /// let t = table("known").add(#{ target: "a", image: 1, label: 0.2, dice: 0.8 });
    /// let t = t.add(#{ target: "b", image: 2, label: 0.2, dice: 0.7 }).add(#{ target: "b", image: 4, label: 0.2, dice: 0.5 });
    /// tune_weights(t).alpha       // => 1.0
    /// ```
    #[rhai_fn(get = "alpha", pure)]
    pub fn alpha(tuning: &mut Tuning) -> f64 {
        tuning.weights.alpha
    }

    /// The weight of the label part.
    ///
    /// # Example
    /// ```
    /// let t = table("known").add(#{ target: "a", image: 1, label: 0.2, dice: 0.8 });
    /// let t = t.add(#{ target: "b", image: 2, label: 0.2, dice: 0.7 }).add(#{ target: "b", image: 4, label: 0.2, dice: 0.5 });
    /// tune_weights(t).beta        // => 0.0
    /// ```
    #[rhai_fn(get = "beta", pure)]
    pub fn beta(tuning: &mut Tuning) -> f64 {
        tuning.weights.beta
    }

    /// Pearson's correlation of cost and Dice over all rows; -1 is best, 0 or more foretells nothing.
    ///
    /// # Example
    /// ```
    /// let t = table("known").add(#{ target: "a", image: 1, label: 0.2, dice: 0.8 });
    /// let t = t.add(#{ target: "b", image: 2, label: 0.2, dice: 0.7 }).add(#{ target: "b", image: 4, label: 0.2, dice: 0.5 });
    /// assert_close(tune_weights(t).correlation, -1.0, 1e-9)
    /// ```
    #[rhai_fn(get = "correlation", pure)]
    pub fn tuned_correlation(tuning: &mut Tuning) -> f64 {
        tuning.weights.correlation
    }

    /// How the weights were found: `exact` or `bayes`.
    ///
    /// # Example
    /// ```
    /// let t = table("known").add(#{ target: "a", image: 1, label: 0.2, dice: 0.8 });
    /// let t = t.add(#{ target: "b", image: 2, label: 0.2, dice: 0.7 }).add(#{ target: "b", image: 4, label: 0.2, dice: 0.5 });
    /// tune_weights(t).method      // => exact
    /// ```
    #[rhai_fn(get = "method", pure)]
    pub fn method(tuning: &mut Tuning) -> String {
        tuning.method.name().to_owned()
    }

    /// Percentile intervals over draws of targets: a map of `alpha`, `beta` (of sum 1) and `correlation`, each `[low, high]`.
    ///
    /// # Returns
    /// `()` with fewer than two targets. The fits of the draws are in closed form, whatever the method.
    ///
    /// # Example
    /// ```
    /// let t = table("known").add(#{ target: "a", image: 1, label: 0.2, dice: 0.8 });
    /// let t = t.add(#{ target: "b", image: 2, label: 0.2, dice: 0.7 }).add(#{ target: "b", image: 4, label: 0.2, dice: 0.5 });
    /// tune_weights(t, #{ draws: 100 }).interval.alpha     // => [1.0, 1.0]
    /// ```
    #[rhai_fn(get = "interval", pure)]
    pub fn interval(tuning: &mut Tuning) -> Dynamic {
        let Some(intervals) = tuning.intervals else { return Dynamic::UNIT };
        let ends = |[low, high]: [f64; 2]| Dynamic::from_array(vec![low.into(), high.into()]);
        let pairs = [("alpha", intervals.alpha), ("beta", intervals.beta), ("correlation", intervals.correlation)];
        Dynamic::from_map(pairs.into_iter().map(|(name, interval)| (name.into(), ends(interval))).collect())
    }

    /// What the weights say about each target, and those fitted without it.
    ///
    /// # Returns
    /// A `Table` of `target`, `rows`, `correlation` (by the weights of all, over the target's rows), `alpha`, `beta` (fitted
    /// without it) and `held_out` (the correlation these reach on it); empty where not asked for or not defined.
    ///
    /// # Example
    /// ```
    /// let t = table("known").add(#{ target: "a", image: 1, label: 0.2, dice: 0.8 });
    /// let t = t.add(#{ target: "b", image: 2, label: 0.2, dice: 0.7 }).add(#{ target: "b", image: 4, label: 0.2, dice: 0.5 });
    /// tune_weights(t).by_target.column("rows")        // => [1, 2]
    /// ```
    #[rhai_fn(get = "by_target", return_raw, pure)]
    pub fn by_target(tuning: &mut Tuning) -> Answer<Table> {
        let mut table = Table::new(["target", "rows", "correlation", "alpha", "beta", "held_out"]).named("by_target");
        for of in &tuning.targets {
            let numbers = [
                of.correlation,
                of.held_out.map(|weights| weights.alpha),
                of.held_out.map(|weights| weights.beta),
                of.held_out_correlation,
            ];
            let cells = numbers.into_iter().map(Cell::from);
            table.push([of.target.clone().into(), of.rows.into()].into_iter().chain(cells).collect())?;
        }
        Ok(table)
    }

    /// What must be said wherever the weights are shown: leaks, a part without weight, a wrong sign.
    ///
    /// # Example
    /// ```
    /// let t = table("known").add(#{ target: "a", image: 1, label: 0.2, dice: 0.5 });
    /// let t = t.add(#{ target: "b", image: 2, label: 0.2, dice: 0.7 }).add(#{ target: "b", image: 4, label: 0.2, dice: 0.8 });
    /// tune_weights(t, #{ evaluated: ["c"] }).warnings[0].contains("the cost rises with the Dice")     // => true
    /// ```
    #[rhai_fn(get = "warnings", pure)]
    pub fn tuning_warnings(tuning: &mut Tuning) -> Array {
        tuning.warnings.iter().map(|warning| Dynamic::from(warning.clone())).collect()
    }

    /// The weights for a target that were fitted without it: a map of `alpha` and `beta`.
    ///
    /// # Errors
    /// When its results were among the rows and not left out.
    ///
    /// # Example
    /// ```
    /// let t = table("known").add(#{ target: "a", image: 1, label: 0.2, dice: 0.8 }).add(#{ target: "b", image: 3, label: 0.2, dice: 0.6 });
    /// let t = t.add(#{ target: "b", image: 2, label: 0.2, dice: 0.7 }).add(#{ target: "b", image: 4, label: 0.2, dice: 0.5 });
    /// tune_weights(t, #{ leave_one_out: true }).weights_for("a")      // => #{ alpha: 1.0, beta: 0.0 }
    /// tune_weights(t).weights_for("c")        // => #{ alpha: 1.0, beta: 0.0 }
    /// tune_weights(t).weights_for("a")        // error: the weights were fitted on a too
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn weights_for(tuning: &mut Tuning, target: &str) -> Answer<Map> {
        Ok(weights_map(tuning.weights_for(target)?))
    }

    /// The two parts of a path's cost, summed and not weighted: a map of `image` and `label`.
    ///
    /// # Arguments
    /// - `affinity`: with the path's tasks
    /// - `names`: the path, its target last
    ///
    /// # Returns
    /// Both lower is closer: H and 1 - R, scaled by `minmax`, or H and -R by `literal`.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let a = affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12, alpha: 0.5, beta: 2 });
    /// let parts = cost_parts(a, ["01-T2-NCR", "18-T2-NCR", "16-T2-NCR"]);
    /// let path = path_of(source_graph(a), ["01-T2-NCR", "18-T2-NCR", "16-T2-NCR"]);
    /// assert_close(0.5 * parts.image + 2 * parts.label, path.cost, 1e-9)
    /// cost_parts(a, ["01-T2-NCR", "16-T3-NCR"])       // error: no task `16-T3-NCR`
    /// ```
    #[rhai_fn(name = "cost_parts", return_raw)]
    pub fn cost_parts_of(affinity: Affinity, names: Array) -> Answer<Map> {
        let (image, label) = cost_parts(&affinity, &texts("cost_parts", "names", &names)?)?;
        Ok(map([("image", image), ("label", label)]))
    }

    /// A table of results with the cost parts of each row's path beside them: what `tune_weights` takes.
    ///
    /// # Arguments
    /// - `table`: with a column `path`, written `source -> .. -> target`
    ///
    /// # Returns
    /// The table with the columns `target`, `image` and `label`.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let a = affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 });
    /// let known = table("known", ["path", "dice"]).add(#{ path: "01-T2-NCR -> 16-T2-NCR", dice: 0.7 });
    /// cost_parts(a, known).columns            // => ["path", "dice", "target", "image", "label"]
    /// cost_parts(a, known.add(#{ path: "16-T2-NCR", dice: 0.7 }))     // error: a path is written `source -> target`
    /// ```
    #[rhai_fn(name = "cost_parts", return_raw)]
    pub fn cost_parts_of_table(affinity: Affinity, table: Table) -> Answer<Table> {
        let mut longer = Table::new(table.columns().to_vec()).named(table.name());
        for (row, path) in table.rows().iter().zip(table.column("path")?) {
            let path = path.text();
            let nodes = nodes_of(&path)?;
            let (image, label) = cost_parts(&affinity, &nodes)?;
            let target = Cell::from(nodes[nodes.len() - 1]);
            let own = table.columns().iter().map(String::as_str).zip(row.iter().cloned());
            longer.add(own.chain([("target", target), ("image", image.into()), ("label", label.into())]));
        }
        Ok(longer)
    }
}
