//! The command line.

pub mod arguments;
pub mod page;
pub mod program;
