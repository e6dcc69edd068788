//! From an affinity to a transfer path: the source graph, its clusters, their representatives, the cheapest paths.

pub mod clusters;
pub mod path;
pub mod representative;
pub mod search;
pub mod source_graph;
