//! The graph of source tasks.

use crate::affinity::affinity::Affinity;
use crate::base::error::{Error, Kind, Result};
use crate::graph::graph::Graph;
use std::sync::Arc;

/// Source tasks and the edges between them, T as length. Cheap to clone.
///
/// With the filter on, an edge whose ends share neither modality nor objective is dropped, edges to a target too.
#[derive(Debug, Clone)]
pub struct SourceGraph(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    affinity: Affinity,
    graph: Graph,
    filter: bool,
}

/// The graph of an affinity's sources.
///
/// # Errors
/// Of kind internal: an affinity has unique names and finite costs.
pub fn source_graph(affinity: &Affinity, filter: bool) -> Result<SourceGraph> {
    let mut graph = Graph::new(affinity.sources().iter().map(|task| task.name()))?;
    for v in 0..graph.len() {
        for u in 0..v {
            if !filter || related(affinity, u, v) {
                graph.connect(u, v, affinity.terms(u, v).cost)?;
            }
        }
    }
    Ok(SourceGraph(Arc::new(Parts { affinity: affinity.clone(), graph, filter })))
}

fn related(affinity: &Affinity, u: usize, v: usize) -> bool {
    let (a, b) = (affinity.tasks()[u].fields(), affinity.tasks()[v].fields());
    a.modality == b.modality || a.objective == b.objective
}

impl SourceGraph {
    /// The affinity it was made of.
    #[must_use]
    pub fn affinity(&self) -> &Affinity {
        &self.0.affinity
    }

    /// Its nodes and edges; a node's place is its place among the affinity's sources.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.0.graph
    }

    /// Whether edges between unrelated tasks were dropped.
    #[must_use]
    pub fn filter(&self) -> bool {
        self.0.filter
    }

    /// Whether a path may go from one task to another, by place in the affinity (targets have places too).
    #[must_use]
    pub fn joined(&self, u: usize, v: usize) -> bool {
        u != v && (!self.0.filter || related(&self.0.affinity, u, v))
    }

    /// The place of a target in the affinity.
    ///
    /// # Errors
    /// When there is no such task, when it is a source, and of kind infeasible when no source is joined to it.
    pub fn target(&self, name: &str) -> Result<usize> {
        let affinity = &self.0.affinity;
        let sources = affinity.sources().len();
        let Ok(place) = affinity.place(name) else {
            let targets: Vec<String> =
                affinity.targets().iter().take(8).map(|task| format!("`{}`", task.name())).collect();
            let there =
                if targets.is_empty() { "it has none".into() } else { format!("it has {}", targets.join(", ")) };
            return Err(Error::argument(format!("`{name}` is not among the targets of this affinity"))
                .help(format!("{there}; make a graph with it: source_graph(a.add_targets([tasks[\"{name}\"]]))")));
        };
        if place < sources {
            return Err(Error::argument(format!("`{name}` is a source of this affinity, wanted a target"))
                .help("give it as a target: affinity(sources.except(task), [task])"));
        }
        if (0..sources).any(|source| self.joined(source, place)) {
            return Ok(place);
        }
        let fields = self.0.affinity.tasks()[place].fields();
        Err(Error::new(
            Kind::Infeasible,
            format!(
                "target `{name}` has no connected source: none of {sources} has its modality `{}` or its objective `{}`",
                fields.modality, fields.objective
            ),
        )
        .help("keep all edges with source_graph(a, #{ filter: false }), or add sources of that modality or objective"))
    }
}
