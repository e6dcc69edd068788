//! `seqtran` plans sequential transfer learning for medical image segmentation, and trains along the plan.
//!
//! The floors of the house, lowest first. A file names only floors below its own; `tests/tidy.rs` enforces it.

pub mod base;

pub mod graph;
pub mod net;
pub mod numeric;
pub mod plot;

pub mod image;

pub mod io;

pub mod dataset;

pub mod affinity;

pub mod transfer;

pub mod train;

pub mod experiment;

pub mod script;

pub mod shell;

pub mod cli;
