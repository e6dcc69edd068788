//! Which lengths make similarities.

use super::graph::Graph;
use crate::base::error::{Error, Result};

/// Greater lengths are refused: sums and products of such are infinite.
const LONGEST: f64 = 1e100;

/// Checks that no length is too great to calculate with.
///
/// # Errors
/// Names an edge that is too long.
pub fn check_size(graph: &Graph) -> Result<()> {
    match graph.edges().find(|edge| edge.2 > LONGEST) {
        None => Ok(()),
        Some((u, v, length)) => Err(Error::data(format!(
            "every T must be {LONGEST:e} or less, got {length:e} between `{}` and `{}`",
            graph.name(u),
            graph.name(v)
        ))
        .help("use weight \"unweighted\", or leave the edge out")),
    }
}

/// Checks that 1/(1 + length) is positive on every edge, where edges are weighted.
///
/// # Errors
/// Names an edge where it is not.
pub fn check_similarities(graph: &Graph, weighted: bool) -> Result<()> {
    if weighted {
        check_size(graph)?;
    }
    match graph.edges().find(|edge| weighted && edge.2 <= -1.0) {
        None => Ok(()),
        Some((u, v, length)) => Err(Error::data(format!(
            "edges count 1/(1 + T), which needs every T > -1, got {length} between `{}` and `{}`",
            graph.name(u),
            graph.name(v)
        ))
        .help("use the reading \"dissimilarity\" or \"minmax\", or weight \"unweighted\"")),
    }
}
