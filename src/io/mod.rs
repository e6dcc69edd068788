//! Files: volumes and labels as NIfTI, tables, results kept between runs, and writing that never leaves half a file.

pub mod analyze_write;
pub mod atomic;
pub mod content;
pub mod entry;
pub mod header;
pub mod header_fields;
pub mod key;
pub mod nifti;
pub mod nifti_write;
pub mod orientation_fields;
pub mod pair;
pub mod pickle;
pub mod room;
pub mod shelf;
pub mod store;
pub mod table;
pub mod table_file;
pub mod table_text;
pub mod torch_file;
pub mod unpickle;
pub mod voxel_type;
pub mod voxels;
pub mod zip;
