//! `Clusters`: the groups that the nodes of a graph fall into.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::base::choice::Choice;
use crate::base::params::Params;
use crate::graph::partition::Partition;
use crate::script::fault::{Answer, Fault};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, WHOLE, elided, number, plural};
use crate::transfer::clusters::Clusters as SourceClusters;
use crate::transfer::representative::RepresentativeParams;
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map};
use std::sync::Arc;

/// Groups of a graph's nodes.
#[derive(Clone)]
pub enum Clusters {
    /// Of source tasks.
    Source(SourceClusters),
    /// Of any names.
    Plain(Arc<Partition>),
}

impl Clusters {
    /// Groups and modularity.
    #[must_use]
    pub fn partition(&self) -> &Partition {
        match self {
            Clusters::Source(clusters) => clusters.partition(),
            Clusters::Plain(partition) => partition,
        }
    }

    /// Clusters of source tasks.
    ///
    /// # Errors
    /// When they are of a graph given by hand.
    pub fn source(&self, function: &str) -> Result<&SourceClusters, Fault> {
        match self {
            Clusters::Source(clusters) => Ok(clusters),
            Clusters::Plain(_) => Err(Fault::argument(format!("{function} needs clusters of source tasks"))
                .help("make them with source_graph(affinity).cluster(k)")),
        }
    }
}

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Clusters>("Clusters");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("representatives", list(|reader| representative_options(reader, &mut RepresentativeParams::default())))]
}

fn representative_options(reader: &mut Reader, params: &mut RepresentativeParams) {
    reader.ranges(RepresentativeParams::RANGES);
    reader.choice("by", &mut params.by, Choice::CHOICES, "most cases, or least centroid sum");
    reader.whole("min_cases", &mut params.min_cases, "a representative has at least so many cases");
}

fn group_arrays(partition: &Partition) -> Array {
    let names = |group: &Vec<String>| group.iter().map(|name| Dynamic::from(name.clone())).collect::<Array>();
    partition.groups.iter().map(|group| Dynamic::from(names(group))).collect()
}

impl Show for Clusters {
    fn line(&self) -> String {
        let partition = self.partition();
        format!("Clusters  {}   modularity {}", plural(partition.groups.len(), "group"), number(partition.modularity))
    }

    fn block(&self, width: usize) -> String {
        let groups = &self.partition().groups;
        let line = |(n, group): (usize, &Vec<String>)| format!("  {n}  {}", elided(group, width.saturating_sub(6)));
        let most = if width >= WHOLE { groups.len() } else { 16 };
        let mut lines: Vec<String> = groups.iter().take(most).enumerate().map(line).collect();
        if groups.len() > most {
            lines.push(format!("  ... {}", plural(groups.len() - most, "more group")));
        }
        format!("{}\n{}", self.line(), lines.join("\n"))
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The names in each group, sorted.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1]]).cluster(1).groups     // => [["a", "b"]]
    /// ```
    #[rhai_fn(get = "groups", pure)]
    pub fn groups(clusters: &mut Clusters) -> Array {
        group_arrays(clusters.partition())
    }

    /// Newman's modularity; higher is better.
    ///
    /// # Returns
    /// How much more of the edges lies inside groups than chance would put there. The edges count 1/(1 + T) with weight
    /// `newman` and `length`, and 1 each with `unweighted`: values of different weights do not compare.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1], ["x", "y", 1]]).cluster(2).modularity      // => 0.5
    /// ```
    #[rhai_fn(get = "modularity", pure)]
    pub fn modularity(clusters: &mut Clusters) -> f64 {
        clusters.partition().modularity
    }

    /// The number of the group that holds a name.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1], ["x", "y", 1]]).cluster(2).of("x")     // => 1
    /// graph_from_edges([["a", "b", 1]]).cluster(1).of("z")                    // error: no group holds "z"
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn of(clusters: &mut Clusters, name: &str) -> Answer<i64> {
        let group = clusters.partition().of(name).and_then(|n| i64::try_from(n).ok());
        let names = || clusters.partition().groups.iter().flatten().map(String::as_str);
        let fault = || {
            let fault = Fault::argument(format!("no group holds {name:?}")).about(name);
            let fault = fault.did_you_mean_text(name, names());
            fault.help(format!("`.groups` has the names of its {}", plural(names().count(), "node")))
        };
        Ok(group.ok_or_else(fault)?)
    }

    /// The task that stands for each cluster.
    ///
    /// # Source
    /// Equations 6 and 7: the task with most cases; ties by the least centroid sum.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// g.cluster(3).representatives(#{ by: "size" }).len()     // => 3
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn representatives(clusters: &mut Clusters, options: Map) -> Answer<Array> {
        let mut params = RepresentativeParams::default();
        read("representatives", &options, |reader| representative_options(reader, &mut params))?;
        let tasks = clusters.source("representatives")?.representatives(&params.check()?)?;
        Ok(tasks.into_iter().map(Dynamic::from).collect())
    }

    /// The same with the defaults.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// g.cluster(2).representatives().len()        // => 2
    /// ```
    #[rhai_fn(name = "representatives", return_raw, pure)]
    pub fn default_representatives(clusters: &mut Clusters) -> Answer<Array> {
        let tasks = clusters.source("representatives")?.representatives(&RepresentativeParams::default().check()?)?;
        Ok(tasks.into_iter().map(Dynamic::from).collect())
    }
}
