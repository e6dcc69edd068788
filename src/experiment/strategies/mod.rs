//! The strategies, one file each, and their list.

pub mod direct;
pub mod list;
pub mod multi_task;
pub mod scratch;
pub mod sequential;
