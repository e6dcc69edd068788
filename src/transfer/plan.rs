//! The whole way from an affinity to its cheapest path, to be walked again when something changes.

use super::clusters::{Clusters, cluster};
use super::path::TransferPath;
use super::search::{PathParams, best_path};
use super::source_graph::{SourceGraph, source_graph};
use crate::affinity::affinity::Affinity;
use crate::base::error::Result;
use crate::base::params::Checked;
use crate::base::progress::Monitor;

/// How a path was found: in a graph, among clusters, for a target.
#[derive(Debug, Clone)]
pub struct Plan {
    graph: SourceGraph,
    clusters: Clusters,
    target: String,
    params: Checked<PathParams>,
}

impl Plan {
    /// The plan that [`best_path`] follows.
    ///
    /// # Errors
    /// When the clusters are of other nodes.
    pub fn new(graph: &SourceGraph, clusters: &Clusters, target: &str, params: &Checked<PathParams>) -> Result<Self> {
        let clusters = clusters.on(graph)?;
        Ok(Plan { graph: graph.clone(), clusters, target: target.to_owned(), params: params.clone() })
    }

    /// The affinity it starts from.
    #[must_use]
    pub fn affinity(&self) -> &Affinity {
        self.graph.affinity()
    }

    /// The name of the target.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Its graph.
    #[must_use]
    pub fn graph(&self) -> &SourceGraph {
        &self.graph
    }

    /// Its clusters, in its graph.
    #[must_use]
    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    /// Its options.
    #[must_use]
    pub fn params(&self) -> &Checked<PathParams> {
        &self.params
    }

    /// The same plan for another target.
    #[must_use]
    pub fn towards(&self, target: &str) -> Self {
        Plan { target: target.to_owned(), ..self.clone() }
    }

    /// Its cheapest path.
    ///
    /// # Errors
    /// As [`best_path`].
    pub fn best(&self, monitor: &Monitor) -> Result<TransferPath> {
        best_path(&self.graph, &self.clusters, &self.target, &self.params, monitor)
    }

    /// The same from another affinity: the same filter, as many clusters (or one a source, if sources are fewer) found in the
    /// same manner, the same options.
    ///
    /// # Errors
    /// When the sources cannot be divided so.
    pub fn on(&self, affinity: &Affinity, monitor: &Monitor) -> Result<Self> {
        let graph = source_graph(affinity, self.graph.filter())?;
        let k = self.clusters.groups().len().min(graph.graph().len());
        let clusters = cluster(&graph, Some(k), self.clusters.how(), monitor)?;
        Ok(Plan { graph, clusters, target: self.target.clone(), params: self.params.clone() })
    }

    /// What a path of these names costs in this plan's graph; nothing when it is not there or needs a dropped edge.
    #[must_use]
    pub fn cost_of(&self, nodes: &[String]) -> Option<f64> {
        TransferPath::of_names(&self.graph, nodes).ok().map(|path| path.cost)
    }
}
