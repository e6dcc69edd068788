//! The layouts, one file each, and their list.
