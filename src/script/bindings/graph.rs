//! `Graph`: source tasks and their edges, and how it is divided.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

pub use super::clusters::Clusters;
use crate::affinity::affinity::Affinity;
use crate::base::params::Params;
use crate::graph::algorithm::Algorithm;
use crate::graph::communities::{self, COMMUNITIES, CommunityParams};
use crate::graph::graph::Graph as Plain;
use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::number::{as_number, wrong};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, plural};
use crate::transfer::clusters::{self, Clusters as SourceClusters};
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

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Graph>("Graph");
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
    ]
}

fn graph_options(reader: &mut Reader, filter: &mut bool) {
    reader.flag("filter", filter, "drop edges whose ends share neither modality nor objective");
}

fn community_options(reader: &mut Reader, params: &mut CommunityParams) {
    reader.ranges(CommunityParams::RANGES);
    let words = |of: fn(&Algorithm) -> &'static str| {
        let mut words: Vec<&'static str> = Vec::new();
        for word in COMMUNITIES.iter().map(of) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    };
    reader.word("weight", &mut params.weight, &words(|algorithm| algorithm.weight), "what an edge counts");
    reader.word("method", &mut params.method, &words(|algorithm| algorithm.method), "how the nodes are divided");
    reader.number("ties", &mut params.ties, "values within this relative distance are tied");
}

fn divided(context: &NativeCallContext, graph: &Graph, k: Option<i64>, options: &Map) -> Answer<Clusters> {
    let environment = Environment::of(context);
    let nodes = graph.plain().len();
    let k = k.map(|k| usize::try_from(k).ok().filter(|k| (1..=nodes).contains(k)).ok_or(k));
    if let Some(Err(k)) = k
        && nodes > 0
    {
        let message = format!("argument `k` of cluster must be 1 to {nodes}, got {k}");
        let help = format!("the graph has {}; cluster() finds the best number of groups", plural(nodes, "node"));
        return Err(Fault::argument(message).help(help).raise());
    }
    let k = k.and_then(Result::ok);
    let mut params = CommunityParams::default();
    read("cluster", options, |reader| community_options(reader, &mut params))?;
    let (params, monitor) = (params.check()?, environment.monitor());
    Ok(match graph {
        Graph::Source(graph) => Clusters::Source(clusters::cluster(graph, k, &params, monitor)?),
        Graph::Plain(graph) => Clusters::Plain(Arc::new(communities::cluster(graph, k, &params, monitor)?)),
    })
}

fn all_levels(context: &NativeCallContext, graph: &Graph, options: &Map) -> Answer<Array> {
    let environment = Environment::of(context);
    let mut params = CommunityParams::default();
    read("levels", options, |reader| community_options(reader, &mut params))?;
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

/// The graph of edges given by hand; a wrong one is named by its place.
fn by_hand(edges: &Array) -> Result<Plain, Fault> {
    let kind = "[name, name, length]";
    let place = |at: usize| format!("edges[{at}]");
    let mut graph = Plain::from_edges::<String>([])?;
    for (at, edge) in edges.iter().enumerate() {
        let parts = edge.as_array_ref().ok();
        let parsed = parts.as_ref().and_then(|parts| match parts.as_slice() {
            [a, b, length] => Some((a.clone().into_string().ok()?, b.clone().into_string().ok()?, as_number(length)?)),
            _ => None,
        });
        let (a, b, length) = parsed.ok_or_else(|| wrong("graph_from_edges", &place(at), kind, edge))?;
        let added = graph.add(&a, &b, length);
        added.map_err(|error| Fault::from(error.during(format!("argument `{}` of graph_from_edges", place(at)))))?;
    }
    Ok(graph)
}

impl Show for Graph {
    fn line(&self) -> String {
        let graph = self.plain();
        format!("Graph  {}, {}", plural(graph.len(), "node"), plural(graph.edge_count(), "edge"))
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
    /// graph_from_edges([["a", "a", 1]])   // error: argument `edges[0]` of graph_from_edges: an edge from `a` to itself
    /// ```
    #[rhai_fn(return_raw)]
    pub fn graph_from_edges(edges: Array) -> Answer<Graph> {
        Ok(Graph::Plain(Arc::new(by_hand(&edges)?)))
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
        divided(&context, graph, Some(k), &options)
    }

    /// The same with the defaults.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1], ["x", "y", 1]]).cluster(2).groups.len()        // => 2
    /// graph_from_edges([["a", "b", 1]]).cluster(9)        // error: argument `k` of cluster must be 1 to 2, got 9
    /// ```
    #[rhai_fn(name = "cluster", return_raw, pure)]
    pub fn cluster_into(context: NativeCallContext, graph: &mut Graph, k: i64) -> Answer<Clusters> {
        divided(&context, graph, Some(k), &Map::new())
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
        all_levels(&context, graph, &options)
    }

    /// The same with the defaults.
    ///
    /// # Example
    /// ```
    /// graph_from_edges([["a", "b", 1], ["b", "c", 1]]).levels()[2].groups       // => [["a"], ["b"], ["c"]]
    /// ```
    #[rhai_fn(name = "levels", return_raw, pure)]
    pub fn default_levels(context: NativeCallContext, graph: &mut Graph) -> Answer<Array> {
        all_levels(&context, graph, &Map::new())
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
}
