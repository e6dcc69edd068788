//! What stands behind a path: what if, and what a budget allows; and how far two clusterings agree.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::graph::{Clusters, Graph};
use super::path::{first_options, path_options};
use crate::base::params::Params;
use crate::dataset::task::Task;
use crate::graph::agreement;
use crate::io::table::{Cell, Table};
use crate::script::environment::Environment;
use crate::script::fault::Answer;
use crate::script::number::as_number;
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::train::recipe::RECIPES;
use crate::transfer::budget::{self as purse, BudgetParams};
use crate::transfer::plan::Plan;
use crate::transfer::search::PathParams;
use crate::transfer::what_if::{self as question, Change};
use rhai::plugin::*;
use rhai::{Dynamic, Engine, Map, NativeCallContext};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![
        ("what_if", list(|reader| what_if_options(reader, &mut WhatIf::default()))),
        ("budget", list(|reader| budget_options(reader, &mut Default::default()))),
    ]
}

#[derive(Default)]
struct WhatIf {
    left_out: Vec<String>,
    changes: Option<Vec<Change>>,
    path: PathParams,
}

fn what_if_options(reader: &mut Reader, options: &mut WhatIf) {
    let names = |reader: &mut Reader, name: &'static str, unset: &'static str, about: &'static str| {
        let value = reader.value(name, unset, about)?;
        let texts = crate::script::number::text_or_texts(reader.function(), name, &value);
        texts.map_err(|_| reader.wrong(name, "a text or an array of texts", &value)).ok()
    };
    if let Some(out) = names(reader, "left_out", "none", "institutions that are not there at first") {
        options.left_out = out;
    }
    if let Some(gone) = names(reader, "without", "each in turn", "institutions to leave out, one at a time") {
        options.changes.get_or_insert_default().extend(gone.into_iter().map(Change::Without));
    }
    let about = "institutions of `left_out` to bring in, one at a time";
    if let Some(back) = names(reader, "bring_in", "each left out", about) {
        options.changes.get_or_insert_default().extend(back.into_iter().map(Change::With));
    }
    if let Some(value) = reader.value("weights", "twice and half of each", "an array of [alpha, beta] to try") {
        let pair = |pair: &Dynamic| match pair.as_array_ref().ok()?.as_slice() {
            [alpha, beta] => Some(Change::Weights(as_number(alpha)?, as_number(beta)?)),
            _ => None,
        };
        let pairs = value.as_array_ref().ok().and_then(|pairs| pairs.iter().map(pair).collect::<Option<Vec<_>>>());
        match pairs {
            Some(pairs) => options.changes.get_or_insert_default().extend(pairs),
            None => reader.wrong("weights", "an array of [alpha, beta]", &value),
        }
    }
    path_options(reader, &mut options.path);
}

fn budget_options(reader: &mut Reader, (params, path): &mut (BudgetParams, PathParams)) {
    reader.ranges(BudgetParams::RANGES);
    reader.maybe_whole("cases", &mut params.cases, "no bound", "labelled cases there may be in all");
    reader.maybe_whole("steps", &mut params.steps, "no bound", "training steps there may be in all");
    reader.whole("longest", &mut params.longest, "the most sources on a path");
    let mut recipe = RECIPES[0].name.to_owned();
    reader.text("recipe", &mut recipe, "whose steps are counted");
    match RECIPES.iter().find(|known| known.name == recipe) {
        Some(known) => {
            params.first_steps = known.epochs * known.steps;
            params.later_steps = known.later_epochs * known.steps;
        }
        None => {
            let names: Vec<_> = RECIPES.iter().map(|known| format!("{:?}", known.name)).collect();
            reader.wrong("recipe", &format!("one of {}", names.join(", ")), &recipe.into());
        }
    }
    reader.whole("first_cases", &mut params.first_cases, "cases of the pre-training, if there are so many");
    reader.whole("later_cases", &mut params.later_cases, "cases of every later step, if there are so many");
    reader.whole("first_steps", &mut params.first_steps, "steps of the pre-training");
    reader.whole("later_steps", &mut params.later_steps, "steps of every later training");
    first_options(reader, path);
}

/// The plan of these values, as `function` is given them.
pub(super) fn plan(
    function: &str,
    graph: &Graph,
    clusters: &Clusters,
    target: &Task,
    path: PathParams,
) -> Answer<Plan> {
    let (graph, clusters) = (graph.source(function)?, clusters.source(function)?);
    Ok(Plan::new(graph, clusters, &target.name(), &path.check()?)?)
}

/// A path by its names.
pub(super) fn arrows(nodes: &[String]) -> Cell {
    if nodes.is_empty() { Cell::Text("no path".into()) } else { Cell::Text(nodes.join(" -> ")) }
}

/// `yes` or `no`.
pub(super) fn yes(answer: bool) -> Cell {
    Cell::Text(if answer { "yes" } else { "no" }.into())
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// What would be chosen if institutions or weights were otherwise.
    ///
    /// # Arguments
    /// - `options`: `left_out`, `without`, `bring_in`, `weights`, and those of `best_path`. Who names one of `without`, `bring_in`
    ///   and `weights` gets the changes named and no others; an empty array names none
    ///
    /// # Returns
    /// A table: a row `now`, then one a change with the best `path` then, its `cost`, `old_path` (what the path of now costs
    /// then), `saved` (the difference of the two: what staying would cost more) and whether it is the `same` path. Costs under
    /// different weights do not compare, nor do those of reading `minmax` without an institution: compare within a row.
    ///
    /// # Source
    /// Beyond the paper. Each change alone: the source graph is made and divided again, nothing is measured or trained.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// let t = what_if(g, g.cluster(3), target, #{ without: ["01"], weights: [[0, 1]] });
    /// t.column("change")      // => ["now", "without 01", "alpha 0, beta 1"]
    /// what_if(g, g.cluster(3), target, #{ left_out: "01", bring_in: "01" }).rows[1].change       // => bring in 01
    /// what_if(g, g.cluster(3), target, #{ weights: [] }).len      // => 1
    /// what_if(g, g.cluster(3), target, #{ without: "99" })        // error: no source of institution `99`
    /// what_if(g, g.cluster(3), target, #{ bring_in: "01" })       // error: option `bring_in`: `01` is not in `left_out`
    /// ```
    #[rhai_fn(return_raw)]
    pub fn what_if(
        context: NativeCallContext,
        graph: Graph,
        clusters: Clusters,
        target: Task,
        options: Map,
    ) -> Answer<Table> {
        let mut asked = WhatIf::default();
        read("what_if", &options, |reader| what_if_options(reader, &mut asked))?;
        let plan = plan("what_if", &graph, &clusters, &target, asked.path)?;
        let environment = Environment::of(&context);
        let (now, outcomes) =
            question::what_if(&plan, &asked.left_out, asked.changes.as_deref(), environment.monitor())?;
        let mut table = Table::new(["change", "path", "cost", "old_path", "saved", "same"]).named("what if");
        let cost = Cell::Number(now.cost);
        table.push(vec![
            Cell::Text("now".into()),
            arrows(&now.nodes),
            cost.clone(),
            cost,
            Cell::Number(0.0),
            yes(true),
        ])?;
        for outcome in outcomes {
            let number = |x: Option<f64>| x.map_or(Cell::Empty, Cell::Number);
            let (path, cost, same) = match &outcome.path {
                Ok(path) => (arrows(&path.nodes), Some(path.cost), yes(path.nodes == now.nodes)),
                Err(reason) => (Cell::Text(reason.clone()), None, yes(false)),
            };
            table.push(vec![
                Cell::Text(outcome.change.to_string()),
                path,
                number(cost),
                number(outcome.old_path),
                number(outcome.saved()),
                same,
            ])?;
        }
        Ok(table)
    }

    /// The same for every institution in turn, and for twice and half of each weight.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// what_if(g, g.cluster(3), target).rows[0].same       // => yes
    /// ```
    #[rhai_fn(name = "what_if", return_raw)]
    pub fn usual_what_if(context: NativeCallContext, graph: Graph, clusters: Clusters, target: Task) -> Answer<Table> {
        what_if(context, graph, clusters, target, Map::new())
    }

    /// The best path that so many labelled cases and training steps allow.
    ///
    /// # Arguments
    /// - `options`: `cases`, `steps`, `longest`, `recipe` (or `first_steps`, `later_steps`), `first_cases`, `later_cases`, and
    ///   `representative`, `min_cases`
    ///
    /// # Returns
    /// A table: for every length the cheapest path and, if that is over the budget, the cheapest that is not. `cases` are
    /// min(first_cases, n) of the initial source + min(later_cases, n) of every other task, the target included; `steps` are
    /// first_steps + length x later_steps. Lengths are compared by `mean_cost`, the cost over its length + 1 terms. `fits` says
    /// yes or what is over; the `chosen` one has the least mean cost of those that fit.
    ///
    /// # Source
    /// Beyond the paper; its protocol pre-trains on 60 cases and takes 3 for every later step.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// let t = budget(g, g.cluster(3), target, #{ cases: 3, longest: 3 });
    /// t.rows[2].fits      // => 4 cases, 1 over 3
    /// budget(g, g.cluster(3), target, #{ length: 2 })     // error: unknown option `length` for budget
    /// ```
    #[rhai_fn(return_raw)]
    pub fn budget(
        context: NativeCallContext,
        graph: Graph,
        clusters: Clusters,
        target: Task,
        options: Map,
    ) -> Answer<Table> {
        let mut asked = (BudgetParams::default(), PathParams::default());
        read("budget", &options, |reader| budget_options(reader, &mut asked))?;
        let plan = plan("budget", &graph, &clusters, &target, asked.1)?;
        let environment = Environment::of(&context);
        let found = purse::budget(&plan, &asked.0.check()?, environment.monitor())?;
        let columns = ["length", "path", "fits", "chosen", "cases", "steps", "mean_cost", "cost"];
        let mut table = Table::new(columns).named("budget");
        for candidate in found {
            table.push(vec![
                Cell::Whole(candidate.path.length() as i64),
                arrows(&candidate.path.nodes),
                candidate.over.map_or(yes(true), Cell::Text),
                yes(candidate.chosen),
                Cell::Whole(candidate.cases as i64),
                Cell::Whole(candidate.steps as i64),
                Cell::Number(candidate.mean_cost),
                Cell::Number(candidate.path.cost),
            ])?;
        }
        Ok(table)
    }

    /// How far two clusterings of the same nodes agree: the adjusted Rand index.
    ///
    /// # Returns
    /// 1 when they are the same, about 0 when they have nothing to do with each other; higher is closer.
    ///
    /// # Source
    /// Hubert and Arabie, 1985: pairs of nodes that both treat alike, beyond chance.
    ///
    /// # Example
    /// ```
    /// let g = graph_from_edges([["a", "b", 1], ["b", "c", 9], ["c", "d", 1]]);
    /// adjusted_rand(g.cluster(2), g.cluster(2, #{ method: "louvain" }))       // => 1.0
    /// adjusted_rand(g.cluster(2), g.cluster(4))                               // => 0.0
    /// ```
    #[rhai_fn(return_raw)]
    pub fn adjusted_rand(a: Clusters, b: Clusters) -> Answer<f64> {
        Ok(agreement::adjusted_rand(a.partition(), b.partition())?)
    }
}
