//! The command line.

pub mod arguments;
pub mod cache;
pub mod data;
pub mod page;
pub mod program;
