//! `Run`: a strategy carried out on a target; and runs beside each other.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::path::Path;
use super::training::{train_options, trained, training_options};
use crate::dataset::task::Task;
use crate::experiment::compare::compare as compared;
use crate::experiment::run::Run;
use crate::experiment::strategies::list::STRATEGIES;
use crate::io::table::Table;
use crate::script::fault::{Answer, Fault};
use crate::script::number::wrong;
use crate::script::options::OptionDoc;
use crate::script::show::Show;
use crate::train::model::Model;
use crate::train::scores::Scores;
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Run>("Run");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    STRATEGIES.iter().map(|strategy| (strategy.name(), training_options())).collect()
}

fn carried_out(
    call: &NativeCallContext,
    name: &'static str,
    sources: &[Task],
    target: &Task,
    options: &Map,
) -> Answer<Run> {
    let strategy = STRATEGIES.iter().find(|strategy| strategy.name() == name);
    let strategy = strategy.ok_or_else(|| Fault::new("internal", format!("no strategy {name}")))?;
    let params = train_options(call, name, options)?;
    Ok(trained(call, |context| strategy.run(sources, target, &params, context))?)
}

impl Show for Run {
    fn line(&self) -> String {
        let zero = self.zero_shot.as_ref().map_or(String::new(), |s| format!("   zero-shot {:.4}", s.dice()));
        format!(
            "Run  {} on {}   Dice {:.4}   IoU {:.4}{zero}   {} steps   {:.1} s",
            self.strategy,
            self.target,
            self.dice(),
            self.iou(),
            self.steps(),
            self.seconds
        )
    }

    fn block(&self, _: usize) -> String {
        let lines = self.lineage().iter().map(|training| format!("\n  {}", training.line()));
        let leaks = self.leaks.iter().map(|leak| format!("\n  not a fair score: {leak}"));
        format!("{}{}", self.line(), lines.chain(leaks).collect::<String>())
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// Trains on the target's few cases alone, and judges on its held-out cases.
    ///
    /// # Example
    /// ```
    /// let target = phantom_tasks(#{ cases: 5, size: 12 })["16-T2-NCR"];
    /// let opts = #{ epochs: 1, steps: 1, base: 4, stages: 2, test: 1 };
    /// scratch(target, opts).steps         // => 1
    /// ```
    #[rhai_fn(return_raw)]
    pub fn scratch(call: NativeCallContext, target: Task, options: Map) -> Answer<Run> {
        carried_out(&call, "scratch", &[], &target, &options)
    }

    /// The same by the `quick` recipe.
    ///
    /// # Example
    /// ```
    /// scratch(phantom_tasks()["16-T2-NCR"].take(0))       // error: the target 16-T2-NCR has no cases
    /// ```
    #[rhai_fn(name = "scratch", return_raw)]
    pub fn quick_scratch(call: NativeCallContext, target: Task) -> Answer<Run> {
        scratch(call, target, Map::new())
    }

    /// Pre-trains on one source, fine-tunes on the target, and judges on its held-out cases.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 5, size: 12 });
    /// let opts = #{ epochs: 1, later_epochs: 1, steps: 1, base: 4, stages: 2, test: 1 };
    /// direct(tasks["01-T2-NCR"], tasks["16-T2-NCR"], opts).steps      // => 2
    /// ```
    #[rhai_fn(return_raw)]
    pub fn direct(call: NativeCallContext, source: Task, target: Task, options: Map) -> Answer<Run> {
        carried_out(&call, "direct", &[source], &target, &options)
    }

    /// The same by the `quick` recipe.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks();
    /// direct(tasks["01-T2-NCR"], tasks["16-T2-NCR"].take(0))      // error: the target 16-T2-NCR has no cases
    /// ```
    #[rhai_fn(name = "direct", return_raw)]
    pub fn quick_direct(call: NativeCallContext, source: Task, target: Task) -> Answer<Run> {
        direct(call, source, target, Map::new())
    }

    /// Pre-trains on the path's first source, fine-tunes along the path, and judges on the target's held-out cases.
    ///
    /// # Source
    /// Section 3 of the paper: 60 cases of the first source, 3 of each later task, the encoder frozen after the first.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 5, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12, cases: 1 }));
    /// let opts = #{ epochs: 1, later_epochs: 1, steps: 1, base: 4, stages: 2, test: 1 };
    /// sequential(path_of(g, ["01-T2-NCR", "18-T2-NCR", "16-T2-NCR"]), opts).steps     // => 3
    /// ```
    #[rhai_fn(return_raw)]
    pub fn sequential(call: NativeCallContext, path: Path, options: Map) -> Answer<Run> {
        let tasks = &path.inner().tasks;
        let (target, sources) = tasks.split_last().ok_or_else(|| Fault::new("internal", "a path without tasks"))?;
        carried_out(&call, "sequential", sources, target, &options)
    }

    /// The same by the `quick` recipe.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ size: 12, cases: 3 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12, cases: 1 }));
    /// sequential(path_of(g, ["01-T2-NCR", "16-T2-NCR"]))      // error: no case of 16-T2-NCR is left to test on
    /// ```
    #[rhai_fn(name = "sequential", return_raw)]
    pub fn quick_sequential(call: NativeCallContext, path: Path) -> Answer<Run> {
        sequential(call, path, Map::new())
    }

    /// Trains on all sources of a path at once, fine-tunes on the target, and judges on its held-out cases.
    ///
    /// One encoder, and a decoder with its head for each source; batches mix the sources' patches in turn, and a head's loss counts
    /// its own samples only. The target begins with the decoder of the path's last source, the encoder frozen. Cases and
    /// batches are as many as those of `sequential`.
    ///
    /// # Source
    /// The paper's multi-task baseline (mix-patch multi-task learning, its reference 8). Deviates: which decoder the target
    /// begins with is not said there.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 5, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12, cases: 1 }));
    /// let path = path_of(g, ["01-T2-NCR", "18-T2-NCR", "16-T2-NCR"]);
    /// let run = multi_task(path, #{ epochs: 1, later_epochs: 1, steps: 1, base: 4, stages: 2, test: 1 });
    /// [run.steps, run.lineage.len()]      // => [3, 2]
    /// ```
    #[rhai_fn(return_raw)]
    pub fn multi_task(call: NativeCallContext, path: Path, options: Map) -> Answer<Run> {
        let tasks = &path.inner().tasks;
        let (target, sources) = tasks.split_last().ok_or_else(|| Fault::new("internal", "a path without tasks"))?;
        carried_out(&call, "multi_task", sources, target, &options)
    }

    /// The same by the `quick` recipe.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ size: 12, cases: 3 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12, cases: 1 }));
    /// multi_task(path_of(g, ["01-T2-NCR", "16-T2-NCR"]))      // error: no case of 16-T2-NCR is left to test on
    /// ```
    #[rhai_fn(name = "multi_task", return_raw)]
    pub fn quick_multi_task(call: NativeCallContext, path: Path) -> Answer<Run> {
        multi_task(call, path, Map::new())
    }

    /// Runs beside each other: Dice, IoU, zero-shot Dice and steps, one row a run.
    ///
    /// # Arguments
    /// - `runs`: a map of names to `Run`
    ///
    /// # Errors
    /// When two runs on one target were trained or judged on different cases of it.
    ///
    /// # Example
    /// ```
    /// let target = phantom_tasks(#{ cases: 5, size: 12 })["16-T2-NCR"];
    /// let run = scratch(target, #{ epochs: 1, steps: 1, base: 4, stages: 2, test: 1 });
    /// compare(#{ a: run, b: run }).column("strategy")     // => ["a", "b"]
    /// compare(#{ a: 1 })      // error: argument `runs.a` of compare must be a Run, got 1
    /// ```
    #[rhai_fn(return_raw)]
    pub fn compare(runs: Map) -> Answer<Table> {
        let order = |run: &Run| STRATEGIES.iter().position(|strategy| strategy.name() == run.strategy);
        let mut all = Vec::new();
        for (name, value) in &runs {
            let run = value.clone().try_cast::<Run>();
            all.push((name.to_string(), run.ok_or_else(|| wrong("compare", &format!("runs.{name}"), "a Run", value))?));
        }
        all.sort_by_key(|(_, run)| order(run));
        Ok(compared(&all)?)
    }

    /// The network after the target step.
    ///
    /// # Example
    /// ```
    /// let target = phantom_tasks(#{ cases: 5, size: 12 })["16-T2-NCR"];
    /// scratch(target, #{ epochs: 1, steps: 1, base: 4, stages: 2, test: 1 }).model.steps      // => 1
    /// ```
    #[rhai_fn(get = "model", pure)]
    pub fn model(run: &mut Run) -> Model {
        run.model.clone()
    }

    /// The scores on the held-out cases.
    ///
    /// # Example
    /// ```
    /// let target = phantom_tasks(#{ cases: 5, size: 12 })["16-T2-NCR"];
    /// scratch(target, #{ epochs: 1, steps: 1, base: 4, stages: 2, test: 1 }).scores.cases.len     // => 1
    /// ```
    #[rhai_fn(get = "scores", pure)]
    pub fn scores(run: &mut Run) -> Scores {
        run.scores.clone()
    }

    /// The scores before the target step; `()` for scratch.
    ///
    /// # Example
    /// ```
    /// let target = phantom_tasks(#{ cases: 5, size: 12 })["16-T2-NCR"];
    /// scratch(target, #{ epochs: 1, steps: 1, base: 4, stages: 2, test: 1 }).zero_shot == ()      // => true
    /// ```
    #[rhai_fn(get = "zero_shot", pure)]
    pub fn zero_shot(run: &mut Run) -> Dynamic {
        run.zero_shot.clone().map_or(Dynamic::UNIT, Dynamic::from)
    }

    /// The mean Dice on the held-out cases; higher is better.
    ///
    /// # Example
    /// ```
    /// let target = phantom_tasks(#{ cases: 5, size: 12 })["16-T2-NCR"];
    /// let run = scratch(target, #{ epochs: 1, steps: 1, base: 4, stages: 2, test: 1 });
    /// run.dice == run.scores.dice         // => true
    /// ```
    #[rhai_fn(get = "dice", pure)]
    pub fn run_dice(run: &mut Run) -> f64 {
        run.dice()
    }

    /// The mean IoU on the held-out cases; higher is better.
    ///
    /// # Example
    /// ```
    /// let target = phantom_tasks(#{ cases: 5, size: 12 })["16-T2-NCR"];
    /// let run = scratch(target, #{ epochs: 1, steps: 1, base: 4, stages: 2, test: 1 });
    /// run.iou == run.scores.iou           // => true
    /// ```
    #[rhai_fn(get = "iou", pure)]
    pub fn run_iou(run: &mut Run) -> f64 {
        run.iou()
    }

    /// Batches of all its trainings.
    ///
    /// # Example
    /// ```
    /// let target = phantom_tasks(#{ cases: 5, size: 12 })["16-T2-NCR"];
    /// scratch(target, #{ epochs: 1, steps: 2, base: 4, stages: 2, test: 1 }).steps        // => 2
    /// ```
    #[rhai_fn(get = "steps", pure)]
    pub fn run_steps(run: &mut Run) -> i64 {
        i64::try_from(run.steps()).unwrap_or(i64::MAX)
    }

    /// Wall time of everything: reading, training, judging.
    ///
    /// # Example
    /// ```
    /// let target = phantom_tasks(#{ cases: 5, size: 12 })["16-T2-NCR"];
    /// scratch(target, #{ epochs: 1, steps: 1, base: 4, stages: 2, test: 1 }).seconds >= 0.0       // => true
    /// ```
    #[rhai_fn(get = "seconds", pure)]
    pub fn seconds(run: &mut Run) -> f64 {
        run.seconds
    }

    /// One line for each training, the target's last.
    ///
    /// # Example
    /// ```
    /// let target = phantom_tasks(#{ cases: 5, size: 12 })["16-T2-NCR"];
    /// scratch(target, #{ epochs: 1, steps: 1, base: 4, stages: 2, test: 1 }).lineage.len()        // => 1
    /// ```
    #[rhai_fn(get = "lineage", pure)]
    pub fn run_lineage(run: &mut Run) -> Array {
        run.lineage().iter().map(|training| Dynamic::from(training.line())).collect()
    }
}
