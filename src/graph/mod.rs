//! Weighted graphs with named nodes, edge betweenness and communities.

pub mod agreement;
pub mod algorithm;
pub mod betweenness;
pub mod communities;
pub mod eigen;
pub mod girvan_newman;
pub mod graph;
pub mod louvain;
pub mod modularity;
pub mod net;
pub mod ordered;
pub mod partition;
pub mod repair;
pub mod rings;
pub mod row;
pub mod ruler;
pub mod sets;
pub mod shares;
pub mod similarity;
pub mod spectral;
pub mod still;
