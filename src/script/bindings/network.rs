//! Pictures of graphs: clusters as islands, representatives ringed, a path bold.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::graph::{Clusters, Graph};
use super::path::Path;
use crate::base::error::Error;
use crate::base::params::Params;
use crate::plot::charts::graph::{ClusterGraph, GraphEdge, GraphNode};
use crate::plot::figure::Figure;
use crate::script::fault::Answer;
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::transfer::representative::RepresentativeParams;
use rhai::plugin::*;
use rhai::{Engine, Map};
use std::collections::BTreeSet;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("plot(Graph)", list(|reader| graph_options(reader, &mut GraphOptions::default())))]
}

/// What may be drawn over a graph.
#[derive(Default)]
struct GraphOptions {
    path: Option<Path>,
    title: String,
}

fn graph_options(reader: &mut Reader, options: &mut GraphOptions) {
    if let Some(value) = reader.value("path", "none", "a Path to draw bold") {
        match value.clone().try_cast::<Path>() {
            Some(path) => options.path = Some(path),
            None => reader.wrong("path", "a Path", &value),
        }
    }
    reader.text("title", &mut options.title, "what stands above the figure");
}

/// The clusters as those of this graph, which may have other lengths than the one they were found in, but not other nodes.
fn same_nodes(graph: &Graph, clusters: &Clusters) -> Result<Clusters, Error> {
    if let (Graph::Source(graph), Clusters::Source(clusters)) = (graph, clusters) {
        return Ok(Clusters::Source(clusters.on(graph)?));
    }
    let mut grouped: Vec<&str> = clusters.partition().groups.iter().flatten().map(String::as_str).collect();
    let mut nodes: Vec<&str> = graph.plain().names().collect();
    grouped.sort_unstable();
    nodes.sort_unstable();
    let error = Error::data("clusters of another graph: the groups must hold every node of the graph once")
        .help("make them with `graph.cluster(k)` of the same graph");
    if grouped == nodes { Ok(clusters.clone()) } else { Err(error) }
}

fn drawn(graph: &Graph, clusters: Option<&Clusters>, options: GraphOptions) -> Answer<Figure> {
    let plain = graph.plain();
    let clusters = clusters.map(|clusters| same_nodes(graph, clusters)).transpose()?;
    let clusters = clusters.as_ref();
    let mut chosen = BTreeSet::new();
    if let Some(Clusters::Source(clusters)) = clusters {
        let params = RepresentativeParams::default().check()?;
        chosen.extend(clusters.representative_places(&params).into_iter().flatten());
    }
    let cases = |place: usize| match graph {
        Graph::Source(graph) => graph.affinity().tasks()[place].cases().len() as f64,
        Graph::Plain(_) => 1.0,
    };
    let mut nodes: Vec<GraphNode> = plain
        .names()
        .enumerate()
        .map(|(place, name)| GraphNode {
            name: name.to_string(),
            size: cases(place),
            cluster: clusters.and_then(|clusters| clusters.partition().of(name)),
            representative: chosen.contains(&place),
        })
        .collect();
    let mut edges: Vec<GraphEdge> = plain.edges().map(|(from, to, length)| GraphEdge { from, to, length }).collect();
    let (mut path, mut target) = (Vec::new(), None);
    if let Some(chosen) = &options.path {
        let chosen = chosen.inner();
        let place = nodes.len();
        let end = chosen.target();
        nodes.push(GraphNode {
            name: end.name(),
            size: end.cases().len() as f64,
            cluster: None,
            representative: false,
        });
        for name in &chosen.nodes[..chosen.nodes.len() - 1] {
            path.push(plain.find(name)?);
        }
        for term in chosen.terms.iter().filter(|term| term.to == end.name()) {
            edges.push(GraphEdge { from: plain.find(&term.from)?, to: place, length: term.terms.cost });
        }
        path.push(place);
        target = Some(place);
    }
    let mut dropped = Vec::new();
    if let Graph::Source(source) = graph {
        let pairs = (0..plain.len()).flat_map(|v| (0..v).map(move |u| (u, v)));
        dropped = pairs.filter(|&(u, v)| !source.joined(u, v)).collect();
    }
    let unit = if matches!(graph, Graph::Source(_)) { "cases" } else { "" };
    let figure = ClusterGraph { nodes, edges, dropped, path, target, unit: unit.into() }.figure()?;
    Ok(if options.title.is_empty() { figure } else { figure.title(options.title) })
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// A graph and its clusters: a colour each, sizes by cases, representatives ringed.
    ///
    /// The legend counts clusters as `groups` and `of` do, from 0.
    ///
    /// # Errors
    /// When the clusters are of a graph with other nodes.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let g = source_graph(affinity(tasks.except_institution("16"), tasks.only_institution("16"), #{ size: 12 }));
    /// plot(g, g.cluster(3)).save("graph.png")
    /// let other = graph_from_edges([["a", "b", 1], ["b", "c", 1]]);
    /// plot(g, other.cluster(2))       // error: clusters of another graph
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_clusters(graph: Graph, clusters: Clusters) -> Answer<Figure> {
        drawn(&graph, Some(&clusters), GraphOptions::default())
    }

    /// The same with a path in bold and its target.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// let c = g.cluster(3);
    /// plot(g, c, #{ path: best_path(g, c, target), title: "the path" }).save("path.svg")
    /// plot(g, c, #{ paht: 1 })        // error: unknown option `paht` for plot
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_path(graph: Graph, clusters: Clusters, options: Map) -> Answer<Figure> {
        let mut read_options = GraphOptions::default();
        read("plot", &options, |reader| graph_options(reader, &mut read_options))?;
        drawn(&graph, Some(&clusters), read_options)
    }

    /// A graph alone.
    ///
    /// # Example
    /// ```
    /// plot(graph_from_edges([["a", "b", 1], ["b", "c", 1], ["a", "c", 2]])).save("small.svg")
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_graph(graph: Graph) -> Answer<Figure> {
        drawn(&graph, None, GraphOptions::default())
    }
}
