//! The layouts, one file each, and their list.

pub mod dataset_json;
pub mod folders;
pub mod list;
pub mod manifest;
pub mod nnunet;
