//! The layouts, one file each, and their list.

pub mod folders;
pub mod list;
pub mod manifest;
