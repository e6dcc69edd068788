//! What lies in a folder, in the order of names.

use super::note::{Note, Topic};
use crate::base::error::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a folder holds; hidden entries (`.DS_Store`, `._x`) are passed over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// Folders, by name.
    pub folders: Vec<Entry>,
    /// Files, by name.
    pub files: Vec<Entry>,
}

/// A folder or file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

impl Listing {
    /// Lists a folder; links are followed.
    ///
    /// # Errors
    /// When it is missing, no folder, or cannot be read.
    pub fn of(folder: &Path) -> Result<Self> {
        let cannot = |e| Error::file(folder, "cannot read the folder", e);
        let mut listing = Listing::default();
        for entry in std::fs::read_dir(folder).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
            if name.starts_with('.') {
                continue;
            }
            // The directory knows what is no link, without a look at the file.
            let folder =
                entry.file_type().is_ok_and(|kind| if kind.is_symlink() { path.is_dir() } else { kind.is_dir() });
            let entries = if folder { &mut listing.folders } else { &mut listing.files };
            entries.push(Entry { name, path });
        }
        listing.folders.sort();
        listing.files.sort();
        Ok(listing)
    }

    /// The same, empty if the folder cannot be listed: for detection, which may be asked of anything.
    #[must_use]
    pub fn or_empty(folder: &Path) -> Self {
        Listing::of(folder).unwrap_or_default()
    }

    /// The images among the files, each with its name without extension. Of a pair only the header is one.
    pub fn images(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.files.iter().filter_map(|file| Some((image_stem(&file.name)?, file.path.as_path())))
    }

    /// The image of this stem, if it is there.
    #[must_use]
    pub fn image(&self, stem: &str) -> Option<&Path> {
        self.images().find(|(name, _)| *name == stem).map(|(_, path)| path)
    }

    /// The images by their stems. Of one that is there twice (an unpacked copy beside the packed one) `.nii.gz` is taken,
    /// else `.nii`; the other is a note.
    pub fn by_stem(&self, notes: &mut Vec<Note>) -> BTreeMap<&str, &Path> {
        let rank = |file: &Path| {
            let name = file.to_string_lossy().to_ascii_lowercase();
            [".nii.gz", ".nii", ".hdr"].iter().position(|end| name.ends_with(end)).unwrap_or(3)
        };
        let mut images: BTreeMap<&str, &Path> = BTreeMap::new();
        for (stem, file) in self.images() {
            let Some(first) = images.get(stem).copied() else {
                images.insert(stem, file);
                continue;
            };
            let (taken, left) = if rank(file) < rank(first) { (file, first) } else { (first, file) };
            let name = taken.file_name().unwrap_or_default().to_string_lossy();
            notes.push(Note::new(Topic::Unused, left, format!("read is {name} beside it")));
            images.insert(stem, taken);
        }
        images
    }

    /// The folder of this name, whatever its case.
    #[must_use]
    pub fn folder(&self, name: &str) -> Option<&Entry> {
        self.folders.iter().find(|folder| folder.name.eq_ignore_ascii_case(name))
    }

    /// The file of this name, whatever its case.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&Entry> {
        self.files.iter().find(|file| file.name.eq_ignore_ascii_case(name))
    }
}

/// The name of an image without `.nii`, `.nii.gz`, `.hdr` or `.hdr.gz`; none for other files.
#[must_use]
pub fn image_stem(name: &str) -> Option<&str> {
    let lower = name.to_ascii_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    let stem = plain.strip_suffix(".nii").or_else(|| plain.strip_suffix(".hdr"))?;
    name.get(..stem.len()).filter(|stem| !stem.is_empty())
}

/// The name of a folder, `.` and `..` resolved; of a link its own.
#[must_use]
pub fn folder_name(folder: &Path) -> String {
    if let Some(name) = folder.file_name() {
        return name.to_string_lossy().into_owned();
    }
    let full = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    full.file_name().map_or_else(|| "data".to_string(), |name| name.to_string_lossy().into_owned())
}

/// A name that can be a file's: letters that separate folders become `_`.
#[must_use]
pub fn file_name(name: &str) -> String {
    let safe: String = name.chars().map(|c| if c.is_control() || "/\\:".contains(c) { '_' } else { c }).collect();
    safe.strip_prefix('.').map_or_else(|| safe.clone(), |rest| format!("_{rest}"))
}

/// The first few of many names: `a, b, c and 4 more`.
#[must_use]
pub fn few<S: AsRef<str>>(names: &[S]) -> String {
    let first: Vec<&str> = names.iter().take(3).map(AsRef::as_ref).collect();
    match names.len() {
        n if n > 3 => format!("{} and {} more", first.join(", "), n - 3),
        _ => first.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_keep_their_dots_and_case() {
        assert_eq!(image_stem("BraTS-GLI-0.1_T1ce.NII.gz"), Some("BraTS-GLI-0.1_T1ce"));
        assert_eq!(image_stem("subject-1-T1.hdr"), Some("subject-1-T1"));
        assert_eq!(image_stem("subject-1-T1.img"), None);
        assert_eq!(image_stem("notes.txt"), None);
        assert_eq!(image_stem(".nii"), None);
        assert_eq!(few(&["a", "b", "c", "d"]), "a, b, c and 1 more");
    }
}
