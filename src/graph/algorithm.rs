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
    /// Far enough to know the level of best modularity, which is one of those given.
    Best,
    /// When every node is alone.
    Singletons,
}

/// A way to divide a graph; one entry of `COMMUNITIES`.
pub struct Algorithm {
    /// The word for it in the option `method`.
    pub method: &'static str,
    /// What an edge counts: the word in the option `weight`.
    pub weight: &'static str,
    /// One sentence about it.
    pub about: &'static str,
    /// Whether each level splits one group of the level before.
    pub nested: bool,
    /// Divides: levels from the graph's connected components on, each with one community more than the one before. The last has
    /// as many communities as were asked for, or the components if those are more.
    /// Values within the relative tolerance (second argument) of the best are tied.
    pub divide: fn(&Graph, f64, Until, &Monitor) -> Result<Vec<Partition>>,
}
