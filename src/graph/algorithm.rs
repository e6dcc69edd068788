//! What a community algorithm must say.

use super::graph::Graph;
use super::partition::Partition;
use crate::base::error::Result;
use crate::base::progress::Monitor;

/// When to stop dividing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At so many communities.
    Count(usize),
    /// When every node is alone.
    Singletons,
}

/// A way to divide a graph; one entry of `COMMUNITIES`.
pub struct Algorithm {
    /// The word for it in the option `weight`.
    pub name: &'static str,
    /// One sentence about it.
    pub about: &'static str,
    /// Divides: every level from the graph's connected components on, each with more communities than the one before.
    /// Values within the relative tolerance (second argument) of the best are tied.
    pub divide: fn(&Graph, f64, Until, &Monitor) -> Result<Vec<Partition>>,
}
