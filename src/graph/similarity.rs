//! Which lengths make similarities.

use super::graph::Graph;
use crate::base::error::{Error, Result};

/// Checks that 1/(1 + length) is positive on every edge, where edges are weighted.
///
/// # Errors
/// Names an edge where it is not.
pub fn check_similarities(graph: &Graph, weighted: bool) -> Result<()> {
    match graph.edges().find(|edge| weighted && edge.2 <= -1.0) {
        None => Ok(()),
        Some((u, v, length)) => Err(Error::data(format!(
            "weight \"newman\" needs every T > -1, got {length} between `{}` and `{}`",
            graph.name(u),
            graph.name(v)
        ))
        .help("use the reading \"dissimilarity\" or \"minmax\", or weight \"unweighted\"")),
    }
}
