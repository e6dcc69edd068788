//! Every layout that `open_tasks` knows.

use super::bids::Bids;
use super::brats::Brats;
use super::fets::Fets;
use super::folders::Folders;
use super::iseg::Iseg;
use super::manifest::Manifest;
use super::nnunet::NnUnet;
use super::wmh::Wmh;
use crate::dataset::layout::Layout;

/// Every layout that `open_tasks` knows; a new one is a file beside this one and a line here.
pub const LAYOUTS: &[&dyn Layout] = &[&Fets, &Brats, &Iseg, &Wmh, &NnUnet, &Bids, &Folders, &Manifest];
