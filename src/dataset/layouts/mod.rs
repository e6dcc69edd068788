//! The layouts, one file each, and their list.

pub mod bids;
pub mod bids_labels;
pub mod bids_name;
pub mod bids_write;
pub mod brats;
pub mod dataset_json;
pub mod fets;
pub mod folders;
pub mod iseg;
pub mod list;
pub mod manifest;
pub mod nnunet;
pub mod nnunet_write;
pub mod tsv;
pub mod wmh;
