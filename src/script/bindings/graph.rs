//! `Graph` and `Clusters`: source tasks, their edges, and the groups they fall into.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::affinity::affinity::Affinity;
use crate::base::choice::Choice;
use crate::base::params::Params;
use crate::graph::communities::{self, CommunityParams};
use crate::graph::graph::Graph as Plain;
use crate::graph::partition::Partition;
use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::number::{as_number, count};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, elided, number, plural};
use crate::transfer::clusters::{self, Clusters as SourceClusters};
use crate::transfer::representative::RepresentativeParams;
use crate::transfer::source_graph::{SourceGraph, source_graph as graph_of};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use std::sync::Arc;

/// A graph of source tasks, or of any names.
#[derive(Clone)]
pub enum Graph {
    /// Of an affinity's sources; only this one has paths.
    Source(SourceGraph),
    /// Of edges given by hand.
    Plain(Arc<Plain>),
}

impl Graph {
    /// Nodes and edges.
    #[must_use]
    pub fn plain(&self) -> &Plain {
        match self {
            Graph::Source(graph) => graph.graph(),
            Graph::Plain(graph) => graph,
        }
    }

    /// The graph of an affinity's sources.
    ///
    /// # Errors
    /// When it is a graph of edges given by hand.
    pub fn source(&self, function: &str) -> Result<&SourceGraph, Fault> {
        match self {
            Graph::Source(graph) => Ok(graph),
            Graph::Plain(_) => Err(Fault::argument(format!("{function} needs the graph of an affinity's sources"))
                .help("make it with source_graph(affinity)")),
        }
    }
}

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
    engine.register_type_with_name::<Graph>("Graph");
    engine.register_type_with_name::<Clusters>("Clusters");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    let community = || list(|reader| community_options(reader, &mut CommunityParams::default()));
    vec![
        ("source_graph", list(|reader| graph_options(reader, &mut true))),
        ("cluster", community()),
        ("levels", community()),
        ("representatives", list(|reader| representative_options(reader, &mut RepresentativeParams::default()))),
    ]
}

fn graph_options(reader: &mut Reader, filter: &mut bool) {
    reader.flag("filter", filter, "drop edges whose ends share neither modality nor objective");
}

fn community_options(reader: &mut Reader, params: &mut CommunityParams) {
    reader.text("weight", &mut params.weight, "\"newman\", \"unweighted\" or \"length\"");
    reader.text("method", &mut params.method, "\"girvan_newman\", \"louvain\" or \"spectral\"");
    reader.number("ties", &mut params.ties, "values within this relative distance are tied");
}

fn representative_options(reader: &mut Reader, params: &mut RepresentativeParams) {
    reader.choice("by", &mut params.by, Choice::CHOICES, "most cases, or least centroid sum");
    reader.whole("min_cases", &mut params.min_cases, "a representative has at least so many cases");
}

fn divided(context: &NativeCallContext, graph: &Graph, k: Option<usize>, options: &Map) -> Answer<Clusters> {
    let environment = Environment::of(context);
    let mut params = CommunityParams::default();
    read("cluster", options, |reader| community_options(reader, &mut params))?;
    let (params, monitor) = (params.check()?, environment.monitor());
    Ok(match graph {
        Graph::Source(graph) => Clusters::Source(clusters::cluster(graph, k, &params, monitor)?),
        Graph::Plain(graph) => Clusters::Plain(Arc::new(communities::cluster(graph, k, &params, monitor)?)),
    })
}

fn group_arrays(partition: &Partition) -> Array {
    let names = |group: &Vec<String>| group.iter().map(|name| Dynamic::from(name.clone())).collect::<Array>();
    partition.groups.iter().map(|group| Dynamic::from(names(group))).collect()
}

impl Show for Graph {
    fn line(&self) -> String {
        let graph = self.plain();
        format!("Graph  {}, {}", plural(graph.len(), "node"), plural(graph.edge_count(), "edge"))
    }
}

impl Show for Clusters {
    fn line(&self) -> String {
        let partition = self.partition();
        format!("Clusters  {}   modularity {}", plural(partition.groups.len(), "group"), number(partition.modularity))
    }

    fn block(&self, width: usize) -> String {
        let groups = &self.partition().groups;
        let line = |(n, group): (usize, &Vec<String>)| format!("  {n}  {}", elided(group, width.saturating_sub(6)));
        let mut lines: Vec<String> = groups.iter().take(16).enumerate().map(line).collect();
        if groups.len() > 16 {
            lines.push(format!("  ... {} more groups", groups.len() - 16));
        }
        format!("{}\n{}", self.line(), lines.join("\n"))
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The graph of an affinity's sources: T is the length of an edge.
    ///
    /// # Source
    /// Section 2.2 of the paper. Deviates: the filter of the released scripts never fires; here it does.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let a = affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 });
    /// source_graph(a, #{ filter: false }).edges.len()     // => 153
    /// ```
    #[rhai_fn(return_raw)]
    pub fn source_graph(affinity: Affinity, options: Map) -> Answer<Graph> {
        let mut filter = true;
        read("source_graph", &options, |reader| graph_options(reader, &mut filter))?;
        Ok(Graph::Source(graph_of(&affinity, filter)?))
    }

    /// The same without edges between tasks that share neither modality nor objective.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let a = affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 });
    /// source_graph(a).nodes.len()     // => 18
    /// ```
    #[rhai_fn(name = "source_graph", return_raw)]
    pub fn filtered_source_graph(affinity: Affinity) -> Answer<Graph> {
        Ok(Graph::Source(graph_of(&affinity, true)?))
    }

    /// A graph of edges given by hand.
    ///
    /// # Arguments
    /// - `edges`: an array of `[name, name, length]`
    ///
    /// # Example
    /// ```
    /// let g = graph_from_edges([["a", "b", 1], ["b", "c", 1.0], ["a", "c", 2]]);
    /// g.nodes                             // => ["a", "b", "c"]
    /// graph_from_edges([["a", "b"]])      // error: argument `edges[0]` of graph_from_edges must be [name, name, length]
    /// ```
    #[rhai_fn(return_raw)]
    pub fn graph_from_edges(edges: Array) -> Answer<Graph> {
        let edge = |(at, edge): (usize, &Dynamic)| {
            let wrong = || {
                let message = format!("argument `edges[{at}]` of graph_from_edges must be [name, name, length]");
                Fault::argument(message)
            };
            let parts = edge.as_array_ref().map_err(|_| wrong())?;
            let [a, b, length] = parts.as_slice() else { return Err(wrong()) };
            let name = |value: &Dynamic| value.clone().into_string().map_err(|_| wrong());
            Ok((name(a)?, name(b)?, as_number(length).ok_or_else(wrong)?))
        };
        let edges: Vec<(String, String, f64)> = edges.iter().enumerate().map(edge).collect::<Result<_, Fault>>()?;
        Ok(Graph::Plain(Arc::new(Plain::from_edges(edges)?)))
    }

    /// The names of the nodes.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1]]).nodes     // => ["a", "b"]
    /// ```
    #[rhai_fn(get = "nodes", pure)]
    pub fn nodes(graph: &mut Graph) -> Array {
        graph.plain().names().map(|name| Dynamic::from(name.to_string())).collect()
    }

    /// The edges as `[name, name, length]`.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1]]).edges     // => [["a", "b", 1.0]]
    /// ```
    #[rhai_fn(get = "edges", pure)]
    pub fn edges(graph: &mut Graph) -> Array {
        let graph = graph.plain();
        let name = |place| Dynamic::from(graph.name(place).to_string());
        let edge = |(u, v, length)| Dynamic::from(vec![name(u), name(v), Dynamic::from(length)] as Array);
        graph.edges().map(edge).collect()
    }

    /// Divides the nodes into `k` communities.
    ///
    /// # Arguments
    /// - `k`: how many
    ///
    /// # Source
    /// Girvan and Newman remove edges; `newman` divides the betweenness by the similarity 1/(1 + T). Deviates: the paper's
    /// unweighted form never looks at the affinity. `louvain` and `spectral` are there to check it against.
    ///
    /// # Example
    /// ```
    /// let edges = [["a", "b", 1], ["b", "c", 1], ["a", "c", 1], ["c", "x", 1], ["x", "y", 1], ["y", "z", 1], ["x", "z", 1]];
    /// graph_from_edges(edges).cluster(2).groups       // => [["a", "b", "c"], ["x", "y", "z"]]
    /// graph_from_edges(edges).cluster(2, #{ method: "louvain" }).groups[1]     // => ["x", "y", "z"]
    /// graph_from_edges(edges).cluster(2, #{ wieght: "newman" })       // error: unknown option `wieght` for cluster
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn cluster(context: NativeCallContext, graph: &mut Graph, k: i64, options: Map) -> Answer<Clusters> {
        divided(&context, graph, Some(count("cluster", "k", k)?), &options)
    }

    /// The same with the defaults.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1], ["x", "y", 1]]).cluster(2).groups.len()        // => 2
    /// graph_from_edges([["a", "b", 1]]).cluster(9)        // error: the number of communities must be in 1..=2
    /// ```
    #[rhai_fn(name = "cluster", return_raw, pure)]
    pub fn cluster_into(context: NativeCallContext, graph: &mut Graph, k: i64) -> Answer<Clusters> {
        divided(&context, graph, Some(count("cluster", "k", k)?), &Map::new())
    }

    /// Divides the nodes at the level of best modularity.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1], ["x", "y", 1]]).cluster().groups       // => [["a", "b"], ["x", "y"]]
    /// ```
    #[rhai_fn(name = "cluster", return_raw, pure)]
    pub fn cluster_best(context: NativeCallContext, graph: &mut Graph) -> Answer<Clusters> {
        divided(&context, graph, None, &Map::new())
    }

    /// Every level of the division, from the whole graph to single nodes: an array of `Clusters`.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1], ["b", "c", 1]]).levels(#{}).len()      // => 3
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn levels(context: NativeCallContext, graph: &mut Graph, options: Map) -> Answer<Array> {
        let environment = Environment::of(&context);
        let mut params = CommunityParams::default();
        read("levels", &options, |reader| community_options(reader, &mut params))?;
        let params = params.check()?;
        let levels = communities::levels(graph.plain(), &params, environment.monitor())?;
        let mut all = Array::new();
        for level in levels {
            all.push(Dynamic::from(match graph {
                Graph::Source(graph) => Clusters::Source(SourceClusters::found(graph, level, &params)?),
                Graph::Plain(_) => Clusters::Plain(Arc::new(level)),
            }));
        }
        Ok(all)
    }

    /// The graph in Graphviz's language.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1]]).to_dot().contains("--")       // => true
    /// ```
    #[rhai_fn(pure)]
    pub fn to_dot(graph: &mut Graph) -> String {
        graph.plain().to_dot()
    }

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
        Ok(group.ok_or_else(|| Fault::argument(format!("no group holds {name:?}")))?)
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
