//! The command line.

pub mod arguments;
pub mod data;
pub mod page;
pub mod program;
