//! Images in two files: the header in `.hdr`, the voxels in `.img`, either of them packed or not.

use crate::base::error::{Error, Kind, Result};
use std::path::{Path, PathBuf};

/// The name without its `.hdr` or `.img` (and `.gz`), and which of both it is.
fn split(path: &Path) -> Option<(String, bool)> {
    let name = path.file_name()?.to_str()?;
    let lower = name.to_ascii_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    let header = plain.ends_with(".hdr");
    (header || plain.ends_with(".img")).then(|| (name[..plain.len() - 4].to_string(), header))
}

/// Whether the name says that the file is the header of a pair.
#[must_use]
pub fn is_header(path: &Path) -> bool {
    split(path).is_some_and(|(_, header)| header)
}

/// The file that holds the header of an image: the file itself, or the `.hdr` beside an `.img`.
///
/// # Errors
/// When there is an `.img` but no `.hdr`.
pub fn header_of(path: &Path) -> Result<PathBuf> {
    match split(path) {
        Some((stem, false)) if path.is_file() => other(path, &stem, "hdr"),
        _ => Ok(path.into()),
    }
}

/// The file that holds the voxels of the header `path`, for headers without voxels.
///
/// # Errors
/// When there is none.
pub fn image_of(path: &Path) -> Result<PathBuf> {
    match split(path) {
        Some((stem, true)) => other(path, &stem, "img"),
        _ => Err(Error::format(path, "its header says that the voxels are in an .img file of their own")
            .help("rename the file to .hdr and put its .img beside it")),
    }
}

fn other(path: &Path, stem: &str, wanted: &str) -> Result<PathBuf> {
    let upper = wanted.to_uppercase();
    let plain = [format!("{stem}.{wanted}"), format!("{stem}.{upper}")];
    let packed = [format!("{stem}.{wanted}.gz"), format!("{stem}.{upper}.GZ")];
    // Halves that were written together are packed alike.
    let alike = path.extension().is_some_and(|last| last.eq_ignore_ascii_case("gz"));
    let names: Vec<String> = if alike { [packed, plain] } else { [plain, packed] }.concat();
    let found = names.iter().map(|name| path.with_file_name(name)).find(|other| other.is_file());
    found.ok_or_else(|| {
        let half = if wanted == "img" { "the voxels (.img)" } else { "the header (.hdr)" };
        Error::new(
            Kind::File,
            format!("{half} of this pair of files is not there: wanted {} or {}", names[0], names[2]),
        )
        .at(path)
        .help("put both files into the same folder")
    })
}
