//! The source graph divided into clusters.

use super::representative::{RepresentativeParams, representative};
use super::source_graph::SourceGraph;
use crate::base::error::{Error, Result};
use crate::base::params::Checked;
use crate::base::plural::plural;
use crate::base::progress::Monitor;
use crate::dataset::task::Task;
use crate::graph::communities::{self, CommunityParams};
use crate::graph::partition::Partition;
use std::sync::Arc;

/// Clusters of source tasks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clusters {
    graph: SourceGraph,
    partition: Arc<Partition>,
    /// Places in the affinity of each group's members.
    members: Arc<Vec<Vec<usize>>>,
    how: Checked<CommunityParams>,
}

/// Divides the sources into `k` clusters, or at the level of best modularity without `k`.
///
/// # Errors
/// As [`communities::cluster`].
pub fn cluster(
    graph: &SourceGraph,
    k: Option<usize>,
    params: &Checked<CommunityParams>,
    monitor: &Monitor,
) -> Result<Clusters> {
    Clusters::found(graph, communities::cluster(graph.graph(), k, params, monitor)?, params)
}

impl Clusters {
    /// Clusters from a partition of the graph's nodes, a level for example, that was found in this way.
    ///
    /// # Errors
    /// When the partition names a node that the graph has not, or leaves one out.
    pub fn found(graph: &SourceGraph, partition: Partition, how: &Checked<CommunityParams>) -> Result<Self> {
        let places = |group: &Vec<String>| group.iter().map(|name| graph.graph().find(name)).collect();
        let members = partition.groups.iter().map(places).collect::<Result<Vec<Vec<usize>>>>()?;
        let mut all: Vec<usize> = members.concat();
        all.sort_unstable();
        if all.into_iter().ne(0..graph.graph().len()) {
            return Err(Error::data("the groups must hold every node of the graph once")
                .help("make them with `graph.cluster(k)` of the same graph"));
        }
        Ok(Clusters {
            graph: graph.clone(),
            partition: Arc::new(partition),
            members: Arc::new(members),
            how: how.clone(),
        })
    }

    /// The same clusters of the same nodes in another graph, one under other weights for example.
    ///
    /// # Errors
    /// When the graph has other nodes.
    pub fn on(&self, graph: &SourceGraph) -> Result<Self> {
        Clusters::found(graph, (*self.partition).clone(), &self.how)
            .map_err(|error| error.during("clusters of another graph"))
    }

    /// How they were found.
    #[must_use]
    pub fn how(&self) -> &Checked<CommunityParams> {
        &self.how
    }

    /// Names, sorted inside each group; groups sorted by their first name.
    #[must_use]
    pub fn groups(&self) -> &[Vec<String>] {
        &self.partition.groups
    }

    /// Places in the affinity of each group's members.
    #[must_use]
    pub fn members(&self) -> &[Vec<usize>] {
        &self.members
    }

    /// The partition itself.
    #[must_use]
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// Newman's modularity; higher is better.
    #[must_use]
    pub fn modularity(&self) -> f64 {
        self.partition.modularity
    }

    /// The graph that was divided.
    #[must_use]
    pub fn graph(&self) -> &SourceGraph {
        &self.graph
    }

    /// The number of the cluster that holds a task.
    ///
    /// # Errors
    /// When no cluster does.
    pub fn of(&self, name: &str) -> Result<usize> {
        self.graph.graph().find(name)?;
        self.partition.of(name).ok_or_else(|| Error::internal(format!("`{name}` is a node but in no cluster")))
    }

    /// Each cluster's representative by place in the affinity; `None` where no task has enough cases.
    #[must_use]
    pub fn representative_places(&self, params: &Checked<RepresentativeParams>) -> Vec<Option<usize>> {
        self.members.iter().map(|members| representative(&self.graph, members, params)).collect()
    }

    /// The representatives, in the order of the clusters; a cluster without a task of enough cases has none.
    ///
    /// # Errors
    /// When no cluster has one.
    pub fn representatives(&self, params: &Checked<RepresentativeParams>) -> Result<Vec<Task>> {
        let tasks = self.graph.affinity().tasks();
        let found: Vec<Task> =
            self.representative_places(params).into_iter().flatten().map(|place| tasks[place].clone()).collect();
        if found.is_empty() {
            let most = self.graph.affinity().sources().iter().map(|task| task.cases().len()).max().unwrap_or(0);
            return Err(Error::infeasible(format!("no source has {}", plural(params.min_cases, "case")))
                .help(format!("lower `min_cases`; the largest source has {most}")));
        }
        Ok(found)
    }
}
