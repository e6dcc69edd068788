//! The strategies, one file each, and their list.

pub mod direct;
pub mod list;
pub mod scratch;
pub mod sequential;
