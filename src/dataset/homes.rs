//! Where in a folder the cases lie: at its top, or some levels below.

use super::listing::{Listing, folder_name};
use super::note::{Note, Topic};
use std::path::{Path, PathBuf};

/// A level of more folders than these is one of cases or other data, and none of them is looked into.
const MOST: usize = 24;

/// A folder that holds cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    /// Where it is.
    pub path: PathBuf,
    /// What lies in it.
    pub listing: Listing,
}

impl Home {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        folder_name(&self.path)
    }
}

/// The folders for which `holds` says that cases lie in them: `path` itself or, where a folder does not hold cases, the
/// folders in it, at most `depth` levels below `path`. Folders that cannot be read, and folders beside those found that
/// hold nothing, are notes.
pub fn homes(path: &Path, depth: usize, holds: &dyn Fn(&Listing) -> bool, notes: &mut Vec<Note>) -> Vec<Home> {
    let listing = match Listing::of(path) {
        Ok(listing) => listing,
        Err(error) => {
            notes.push(Note::new(Topic::Unused, path, format!("this folder is left out: {}", error.message())));
            return Vec::new();
        }
    };
    if holds(&listing) {
        return vec![Home { path: path.into(), listing }];
    }
    if depth == 0 || listing.folders.len() > MOST {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut empty = Vec::new();
    for folder in &listing.folders {
        let below = homes(&folder.path, depth - 1, holds, notes);
        if below.is_empty() && !notes.iter().any(|note| note.place.starts_with(&folder.path)) {
            empty.push(Note::new(Topic::Unused, &folder.path, "no cases lie in this folder"));
        }
        found.extend(below);
    }
    if !found.is_empty() {
        notes.extend(empty);
    }
    found
}

/// The same for detection, which asks for nothing else.
#[must_use]
pub fn found(path: &Path, depth: usize, holds: &dyn Fn(&Listing) -> bool) -> Vec<Home> {
    homes(path, depth, holds, &mut Vec::new())
}
