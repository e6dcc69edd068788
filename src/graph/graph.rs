//! An undirected graph with named nodes and a length on each edge.
#![allow(clippy::module_inception)] // the noun of this file is the noun of its floor

use crate::base::error::{Error, Kind, Result};
use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::visit::EdgeRef;
use std::collections::BTreeMap;
use std::fmt::Write;

/// An undirected graph: named nodes in a given order, edges with a weight that is a *length* (lower is closer).
///
/// No loops, at most one edge between two nodes, finite weights.
#[derive(Debug, Clone)]
pub struct Graph {
    inner: UnGraph<String, f64>,
    places: BTreeMap<String, usize>,
}

impl Graph {
    /// A graph without edges.
    ///
    /// # Errors
    /// When a name occurs twice.
    pub fn new(nodes: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut graph = Graph { inner: UnGraph::default(), places: BTreeMap::new() };
        for name in nodes {
            crate::ensure!(!graph.places.contains_key(&name), Kind::Data, "node `{name}` occurs twice");
            graph.node(&name);
        }
        Ok(graph)
    }

    /// A graph from edges; nodes in the order of their first appearance.
    ///
    /// # Errors
    /// As [`Graph::connect`].
    pub fn from_edges<S: AsRef<str>>(edges: impl IntoIterator<Item = (S, S, f64)>) -> Result<Self> {
        let mut graph = Graph { inner: UnGraph::default(), places: BTreeMap::new() };
        for (u, v, weight) in edges {
            graph.add(u.as_ref(), v.as_ref(), weight)?;
        }
        Ok(graph)
    }

    /// Adds an edge between two nodes, by name; a new name is a new node.
    ///
    /// # Errors
    /// As [`Graph::connect`].
    pub fn add(&mut self, u: &str, v: &str, weight: f64) -> Result<()> {
        let (u, v) = (self.node(u), self.node(v));
        self.connect(u, v, weight)
    }

    fn node(&mut self, name: &str) -> usize {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        let place = self.inner.add_node(name.to_owned()).index();
        self.places.insert(name.to_owned(), place);
        place
    }

    /// Adds an edge between two nodes, by place.
    ///
    /// # Errors
    /// When it is a loop, when the two are connected already, or when the weight is not finite.
    pub fn connect(&mut self, u: usize, v: usize, weight: f64) -> Result<()> {
        let (a, b) = (NodeIndex::new(u), NodeIndex::new(v));
        let (from, to) = (&self.inner[a], &self.inner[b]);
        if u == v {
            return Err(Error::data(format!("an edge from `{from}` to itself")).help("an edge joins two nodes"));
        }
        crate::ensure!(
            weight.is_finite(),
            Kind::Data,
            "edge `{from}`, `{to}` has weight {weight}, wanted a finite one"
        );
        if self.inner.find_edge(a, b).is_some() {
            let error = Error::data(format!("edge `{from}`, `{to}` is given twice"));
            return Err(error.help("name two nodes once, in either order: edges have no direction"));
        }
        self.inner.add_edge(a, b, weight);
        Ok(())
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.node_count()
    }

    /// Whether it has no nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.inner.node_weights().map(String::as_str).collect::<Vec<_>>().into_iter()
    }

    /// The name of the node at `place`.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    pub fn name(&self, place: usize) -> &str {
        &self.inner[NodeIndex::new(place)]
    }

    /// The place of a node.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// Every edge once, as places and weight, in the order given.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = (usize, usize, f64)> + '_ {
        self.inner.edge_references().map(|edge| (edge.source().index(), edge.target().index(), *edge.weight()))
    }

    /// Number of edges.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.inner.edge_count()
    }

    /// The weight of the edge between two nodes, if there is one.
    #[must_use]
    pub fn weight(&self, u: usize, v: usize) -> Option<f64> {
        let edge = self.inner.find_edge(NodeIndex::new(u), NodeIndex::new(v))?;
        self.inner.edge_weight(edge).copied()
    }

    /// The graph in Graphviz's language, edges labelled with their weight.
    #[must_use]
    pub fn to_dot(&self) -> String {
        let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
        let mut text = String::from("graph {\n");
        let written = (|| {
            for name in self.names() {
                writeln!(text, "  {};", quoted(name))?;
            }
            for (u, v, weight) in self.edges() {
                writeln!(text, "  {} -- {} [label=\"{weight:.4}\"];", quoted(self.name(u)), quoted(self.name(v)))?;
            }
            writeln!(text, "}}")
        })();
        written.expect("writing to a string cannot fail");
        text
    }

    /// The place of a node that must be there.
    ///
    /// # Errors
    /// Names the node.
    pub fn find(&self, name: &str) -> Result<usize> {
        self.place(name).ok_or_else(|| {
            Error::argument(format!("no node `{name}` in the graph of {} nodes", self.len()))
                .help("`graph.nodes` lists the names")
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn edges_make_nodes_in_order() {
        let graph = Graph::from_edges([("b", "a", 1.0), ("a", "c", 2.0)]).unwrap();
        assert_eq!(graph.names().collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!((graph.weight(1, 0), graph.weight(0, 2)), (Some(1.0), None));
        assert!(graph.to_dot().contains("\"a\" -- \"c\" [label=\"2.0000\"];"));
    }

    #[test]
    fn loops_repeats_and_strange_weights_are_refused() {
        for (edges, word) in [
            (vec![("a", "a", 1.0)], "itself"),
            (vec![("a", "b", 1.0), ("b", "a", 1.0)], "twice"),
            (vec![("a", "b", f64::NAN)], "finite"),
        ] {
            let error = Graph::from_edges(edges).unwrap_err();
            assert!(error.message().contains(word), "{error}");
        }
    }
}
