//! The layouts, one file each, and their list.

pub mod brats;
pub mod dataset_json;
pub mod fets;
pub mod folders;
pub mod iseg;
pub mod list;
pub mod manifest;
pub mod nnunet;
pub mod wmh;
