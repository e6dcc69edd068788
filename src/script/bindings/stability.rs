//! How stable the chosen path is.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::graph::{Clusters, Graph};
use super::path::path_options;
use super::plan::{arrows, plan, yes};
use super::tasks::tasks_of;
use crate::base::choice::Choice;
use crate::base::error::Error;
use crate::base::params::Params;
use crate::dataset::task::Task;
use crate::io::table::{Cell, Table};
use crate::script::environment::Environment;
use crate::script::fault::Answer;
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::transfer::search::PathParams;
use crate::transfer::stability::{self as draws, Share, Stability, StabilityParams};
use rhai::plugin::*;
use rhai::{Dynamic, Engine, Map, NativeCallContext};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("stability", list(|reader| stability_options(reader, &mut Default::default())))]
}

fn stability_options(reader: &mut Reader, (params, path): &mut (StabilityParams, PathParams)) {
    reader.ranges(StabilityParams::RANGES);
    reader.choice("over", &mut params.over, Choice::CHOICES, "what is drawn again");
    reader.whole("draws", &mut params.draws, "how often");
    reader.number("spread", &mut params.spread, "a weight's factor is log-uniform in [1/spread, spread]");
    path_options(reader, path);
}

const SHARE_COLUMNS: [&str; 6] = ["path", "share", "low", "high", "wins", "chosen"];

fn share_cells(share: &Share) -> [Cell; 6] {
    [
        arrows(&share.nodes),
        Cell::Number(share.share),
        Cell::Number(share.interval[0]),
        Cell::Number(share.interval[1]),
        Cell::Whole(share.wins as i64),
        yes(share.chosen),
    ]
}

/// The draws for each of some targets.
fn drawn(
    context: &NativeCallContext,
    graph: &Graph,
    clusters: &Clusters,
    targets: &[Task],
    options: &Map,
) -> Answer<Vec<Stability>> {
    let mut asked = (StabilityParams::default(), PathParams::default());
    read("stability", options, |reader| stability_options(reader, &mut asked))?;
    let Some(first) = targets.first() else {
        return Err(Error::argument("stability needs at least one target, got none")
            .help("give an array of tasks that are targets of the affinity")
            .into());
    };
    let plan = plan("stability", graph, clusters, first, asked.1)?;
    let environment = Environment::of(context);
    let names: Vec<String> = targets.iter().map(Task::name).collect();
    Ok(draws::stability(&plan, &names, &asked.0.check()?, environment.seed(), environment.monitor())?)
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// How often each path wins when the weights, or the cases, are drawn again.
    ///
    /// # Arguments
    /// - `options`: `over`, `draws`, `spread`, and those of `best_path`
    ///
    /// # Returns
    /// A table, the path that wins most first: `path`, `share` of the draws, `low` and `high` (Wilson's interval of 95 %: what the
    /// number of draws leaves open), `wins`, and whether it is the `chosen` one. `no path` stands for draws without any.
    ///
    /// # Source
    /// Beyond the paper. Weights: alpha and beta each times a factor of its own, log-uniform in [1/spread, spread]. Cases:
    /// patients with replacement within each institution. Seeded by `seed(n)`; the graph is divided again in every draw.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// let t = stability(g, g.cluster(3), target, #{ draws: 20 });
    /// assert_close(t.column("share").reduce(|sum, x| sum + x, 0.0), 1, 1e-9)
    /// stability(g, g.cluster(3), target, #{ spread: 1, draws: 5 }).rows[0].share      // => 1.0
    /// // One case an institution: there is nothing else to draw.
    /// stability(g, g.cluster(3), target, #{ over: "cases", draws: 5 }).rows[0].share      // => 1.0
    /// ```
    #[rhai_fn(return_raw)]
    pub fn stability(
        context: NativeCallContext,
        graph: Graph,
        clusters: Clusters,
        target: Task,
        options: Map,
    ) -> Answer<Table> {
        let found = drawn(&context, &graph, &clusters, &[target], &options)?;
        let mut table = Table::new(SHARE_COLUMNS).named("stability");
        for share in found.iter().flat_map(|one| &one.shares) {
            table.push(share_cells(share).into())?;
        }
        Ok(table)
    }

    /// The same for several targets; the graph is divided once in each draw.
    ///
    /// # Arguments
    /// - `targets`: `Tasks` or an array of `Task`
    ///
    /// # Returns
    /// The rows of each target one after the other, with its name in a first column `target`.
    ///
    /// # Errors
    /// When a target has no path as things are.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let targets = [tasks["16-T2-NCR"], tasks["16-T2-ED"]];
    /// let g = source_graph(affinity(tasks.except_institution("16"), targets, #{ size: 12 }));
    /// let t = stability(g, g.cluster(3), targets, #{ draws: 5 });
    /// t.where(|r| r.chosen == "yes").column("target")      // => ["16-T2-NCR", "16-T2-ED"]
    /// stability(g, g.cluster(3), [], #{ draws: 5 })        // error: stability needs at least one target
    /// ```
    #[rhai_fn(name = "stability", return_raw)]
    pub fn stability_of_targets(
        context: NativeCallContext,
        graph: Graph,
        clusters: Clusters,
        targets: Dynamic,
        options: Map,
    ) -> Answer<Table> {
        let tasks = tasks_of("stability", "targets", &targets)?;
        let found = drawn(&context, &graph, &clusters, &tasks, &options)?;
        let mut table = Table::new(["target"].into_iter().chain(SHARE_COLUMNS)).named("stability");
        for (task, one) in tasks.iter().zip(&found) {
            for share in &one.shares {
                table.push([Cell::Text(task.name())].into_iter().chain(share_cells(share)).collect())?;
            }
        }
        Ok(table)
    }

    /// The same over the weights with the defaults.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// let t = stability(g, g.cluster(3), target);
    /// t.where(|r| r.chosen == "yes").len      // => 1
    /// ```
    #[rhai_fn(name = "stability", return_raw)]
    pub fn stability_of_weights(
        context: NativeCallContext,
        graph: Graph,
        clusters: Clusters,
        target: Task,
    ) -> Answer<Table> {
        stability(context, graph, clusters, target, Map::new())
    }
}
