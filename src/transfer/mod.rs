//! From an affinity to a transfer path: the source graph, its clusters, their representatives, the cheapest paths.

pub mod budget;
pub mod clusters;
pub mod path;
pub mod plan;
pub mod representative;
pub mod search;
pub mod source_graph;
pub mod stability;
pub mod what_if;
