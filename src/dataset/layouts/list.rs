//! Every layout that `open_tasks` knows.

use super::folders::Folders;
use super::manifest::Manifest;
use super::nnunet::NnUnet;
use crate::dataset::layout::Layout;

/// Every layout that `open_tasks` knows; a new one is a file beside this one and a line here.
pub const LAYOUTS: &[&dyn Layout] = &[&Folders, &Manifest, &NnUnet];
