//! The layouts, one file each, and their list.

pub mod list;
pub mod manifest;
