//! One chart a file: a plain data struct that knows how it is drawn.

pub mod bars;
pub mod curve;
pub mod graph;
pub mod heatmap;
pub mod rows;
pub mod slice;
