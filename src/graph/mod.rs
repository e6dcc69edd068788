//! Weighted graphs: betweenness, communities, modularity.
