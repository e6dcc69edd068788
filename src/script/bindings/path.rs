//! `Path`: on which source to pre-train, and over which others to go to the target.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::graph::{Clusters, Graph};
use crate::base::choice::Choice;
use crate::base::params::{Checked, Params};
use crate::dataset::task::Task;
use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::number::{texts, wrong};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, number};
use crate::transfer::path::TransferPath;
use crate::transfer::search::{self, PathParams};
use crate::transfer::source_graph::SourceGraph;
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use std::sync::Arc;

/// A path with the graph it was found in.
#[derive(Clone)]
pub struct Path {
    path: Arc<TransferPath>,
    graph: SourceGraph,
}

impl Path {
    /// The path itself.
    #[must_use]
    pub fn inner(&self) -> &TransferPath {
        &self.path
    }
}

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Path>("Path");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![
        ("best_path", list(|reader| path_options(reader, &mut PathParams::default()))),
        ("paths", list(|reader| paths_options(reader, &mut PathParams::default()))),
    ]
}

/// Reads the options of a path.
pub fn path_options(reader: &mut Reader, params: &mut PathParams) {
    reader.ranges(PathParams::RANGES);
    reader.whole("length", &mut params.length, "sources on the path");
    first_options(reader, params);
}

/// Reads what makes a source the first of a path.
pub fn first_options(reader: &mut Reader, params: &mut PathParams) {
    reader.ranges(PathParams::RANGES);
    reader.choice("representative", &mut params.representative, Choice::CHOICES, "what the first source is chosen by");
    reader.whole("min_cases", &mut params.min_cases, "the first source has at least so many cases");
}

fn paths_options(reader: &mut Reader, params: &mut PathParams) {
    reader.ranges(PathParams::RANGES);
    reader.whole("top", &mut params.top, "at most so many paths");
    path_options(reader, params);
}

fn best(
    context: &NativeCallContext,
    graph: &Graph,
    clusters: &Clusters,
    target: &Task,
    params: &Checked<PathParams>,
) -> Answer<Path> {
    let (graph, clusters) = (graph.source("best_path")?, clusters.source("best_path")?);
    let environment = Environment::of(context);
    let path = search::best_path(graph, clusters, &target.name(), params, environment.monitor())?;
    Ok(Path { path: Arc::new(path), graph: graph.clone() })
}

impl Show for Path {
    fn line(&self) -> String {
        format!("Path  {}   cost {}", self.path.arrows(), number(self.path.cost))
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The cheapest path to a target: pre-train on its first source, fine-tune along the others.
    ///
    /// # Arguments
    /// - `graph`: of `source_graph`
    /// - `clusters`: of `graph.cluster(k)`
    /// - `target`: a `Task` that was a target of the affinity
    ///
    /// # Source
    /// Equations 8 and 9: T(v0, t) + sum T(v_i, v_i+1) + T(v_l-1, t); v0 a representative, the others distinct tasks of its
    /// cluster.
    ///
    /// # Errors
    /// Of kind `infeasible` when there is none, with the reason.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// best_path(g, g.cluster(3), target, #{ length: 2 }).nodes.len()      // => 3
    /// best_path(g, g.cluster(3), target, #{ lenght: 2 })      // error: unknown option `lenght` for best_path
    /// best_path(g, g.cluster(3), tasks["01-T2-NCR"], #{})     // error:
    /// ```
    #[rhai_fn(return_raw)]
    pub fn best_path(
        context: NativeCallContext,
        graph: Graph,
        clusters: Clusters,
        target: Task,
        options: Map,
    ) -> Answer<Path> {
        let mut params = PathParams::default();
        read("best_path", &options, |reader| path_options(reader, &mut params))?;
        best(&context, &graph, &clusters, &target, &params.check()?)
    }

    /// The same with the defaults.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// best_path(g, g.cluster(3), target).nodes[2]     // => 16-T2-NCR
    /// ```
    #[rhai_fn(name = "best_path", return_raw)]
    pub fn default_best_path(
        context: NativeCallContext,
        graph: Graph,
        clusters: Clusters,
        target: Task,
    ) -> Answer<Path> {
        best(&context, &graph, &clusters, &target, &PathParams::default().check()?)
    }

    /// The cheapest paths to a target, best first.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// paths(g, g.cluster(3), target, #{ top: 2, length: 1 }).len()        // => 2
    /// ```
    #[rhai_fn(return_raw)]
    pub fn paths(
        context: NativeCallContext,
        graph: Graph,
        clusters: Clusters,
        target: Task,
        options: Map,
    ) -> Answer<Array> {
        let mut params = PathParams::default();
        read("paths", &options, |reader| paths_options(reader, &mut params))?;
        let (graph, clusters) = (graph.source("paths")?, clusters.source("paths")?);
        let environment = Environment::of(&context);
        let found = search::paths(graph, clusters, &target.name(), &params.check()?, environment.monitor())?;
        Ok(found.into_iter().map(|path| Dynamic::from(Path { path: Arc::new(path), graph: graph.clone() })).collect())
    }

    /// The same with the defaults.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// paths(g, g.cluster(3), target)[0].cost == best_path(g, g.cluster(3), target).cost       // => true
    /// ```
    #[rhai_fn(name = "paths", return_raw)]
    pub fn default_paths(context: NativeCallContext, graph: Graph, clusters: Clusters, target: Task) -> Answer<Array> {
        paths(context, graph, clusters, target, Map::new())
    }

    /// The path through these tasks, the target last, whatever the clusters are.
    ///
    /// # Arguments
    /// - `names`: an array of names
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// path_of(g, ["01-T2-NCR", "18-T2-NCR", "16-T2-NCR"]).first.name      // => 01-T2-NCR
    /// ```
    #[rhai_fn(return_raw)]
    pub fn path_of(graph: Graph, names: Array) -> Answer<Path> {
        let graph = graph.source("path_of")?;
        let path = TransferPath::of_names(graph, &texts("path_of", "names", &names)?)?;
        Ok(Path { path: Arc::new(path), graph: graph.clone() })
    }

    /// The names of its tasks, the target last.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// path_of(g, ["01-T2-NCR", "16-T2-NCR"]).nodes        // => ["01-T2-NCR", "16-T2-NCR"]
    /// ```
    #[rhai_fn(get = "nodes", pure)]
    pub fn nodes(path: &mut Path) -> Array {
        path.path.nodes.iter().map(|name| Dynamic::from(name.clone())).collect()
    }

    /// The initial source, on which a network is pre-trained.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// path_of(g, ["01-T2-NCR", "16-T2-NCR"]).first        // => Task  01-T2-NCR   1 case
    /// ```
    #[rhai_fn(get = "first", pure)]
    pub fn first(path: &mut Path) -> Task {
        path.path.first().clone()
    }

    /// The target.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// path_of(g, ["01-T2-NCR", "16-T2-NCR"]).target.name      // => 16-T2-NCR
    /// ```
    #[rhai_fn(get = "target", pure)]
    pub fn target(path: &mut Path) -> Task {
        path.path.target().clone()
    }

    /// Its tasks, the target last.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// path_of(g, ["01-T2-NCR", "16-T2-NCR"]).tasks.len()      // => 2
    /// ```
    #[rhai_fn(get = "tasks", pure)]
    pub fn tasks(path: &mut Path) -> Array {
        path.path.tasks.iter().map(|task| Dynamic::from(task.clone())).collect()
    }

    /// The sum of its terms; lower is better.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// let p = path_of(g, ["01-T2-NCR", "16-T2-NCR"]);
    /// assert_close(p.cost, p.terms[0].cost + p.terms[1].cost, 1e-12)
    /// ```
    #[rhai_fn(get = "cost", pure)]
    pub fn cost(path: &mut Path) -> f64 {
        path.path.cost
    }

    /// What the cost is made of: maps of `from`, `to`, `cost`, `image_cost`, `label_cost`, `image` (H), `label` (R).
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// path_of(g, ["01-T2-NCR", "18-T2-NCR", "16-T2-NCR"]).terms[1].to     // => 18-T2-NCR
    /// ```
    #[rhai_fn(get = "terms", pure)]
    pub fn terms(path: &mut Path) -> Array {
        let map = |term: &crate::transfer::path::Term| {
            let t = &term.terms;
            let numbers = [
                ("cost", t.cost),
                ("image_cost", t.image_cost),
                ("label_cost", t.label_cost),
                ("image", t.image),
                ("label", t.label),
            ];
            let mut map: Map = numbers.into_iter().map(|(name, x)| (name.into(), Dynamic::from(x))).collect();
            map.insert("from".into(), term.from.clone().into());
            map.insert("to".into(), term.to.clone().into());
            Dynamic::from(map)
        };
        path.path.terms.iter().map(map).collect()
    }

    /// The cost term by term, as text.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// path_of(g, ["01-T2-NCR", "16-T2-NCR"]).explain().contains("01-T2-NCR")      // => true
    /// ```
    #[rhai_fn(pure)]
    pub fn explain(path: &mut Path) -> String {
        path.path.explain()
    }

    /// Why this path and not another: the difference of the costs, and the terms that make it.
    ///
    /// # Arguments
    /// - `other`: a `Path`, or an array of names with the target last
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// let p = path_of(g, ["01-T2-NCR", "16-T2-NCR"]);
    /// p.why_not(["18-T2-NCR", "16-T2-NCR"]).contains("18-T2-NCR")     // => true
    /// p.why_not(3)        // error: argument `other` of why_not must be a Path or an array of names, got 3
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn why_not(path: &mut Path, other: Dynamic) -> Answer<String> {
        if let Some(other) = other.read_lock::<Path>() {
            return Ok(path.path.why_not(&other.path));
        }
        let wanted = "a Path or an array of names";
        let names = other.as_array_ref().map_err(|_| wrong("why_not", "other", wanted, &other));
        let names = texts("why_not", "other", &names.map_err(Fault::raise)?)?;
        Ok(path.path.why_not(&TransferPath::of_names(&path.graph, &names)?))
    }
}
