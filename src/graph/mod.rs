//! Weighted graphs with named nodes, edge betweenness and communities.

pub mod algorithm;
pub mod betweenness;
pub mod communities;
pub mod girvan_newman;
pub mod graph;
pub mod modularity;
pub mod net;
pub mod partition;
pub mod repair;
pub mod rings;
pub mod row;
pub mod ruler;
pub mod shares;
