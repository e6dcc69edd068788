//! Files: volumes and labels as NIfTI, tables, and writing that never leaves half a file.

pub mod atomic;
pub mod nifti;
pub mod table;
pub mod table_file;
pub mod table_text;
