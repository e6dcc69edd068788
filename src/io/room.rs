//! The files of a store: which are ours, how much they take, and which go when there is no more room.

use super::entry::VERSION;
use super::key::Key;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Space is given out by file systems in blocks of this many bytes.
const BLOCK: u64 = 4096;

/// Where no locks are known, an unfinished file that nobody wrote to for a day (in nanoseconds) is left over.
const DAY: u64 = 86_400_000_000_000;

/// The folder of unfinished files.
pub const PARTS: &str = "parts";

/// The file that says that the folder is a cache.
const TAG: &str = "CACHEDIR.TAG";

/// A file of the store.
struct Ours {
    path: PathBuf,
    /// What it takes on disk, without its share of the folder.
    bytes: u64,
    /// Nanoseconds since 1970 of its last change.
    changed: u64,
    /// Whether it is a finished entry.
    whole: bool,
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Content {
    /// Results kept.
    pub entries: u64,
    /// Bytes on disk, in blocks of 4 KiB, unfinished files included.
    pub bytes: u64,
}

/// Bytes on disk of a file that long.
#[must_use]
pub fn taken(length: u64) -> u64 {
    length.div_ceil(BLOCK).saturating_mul(BLOCK)
}

/// The folder of this version's entries.
#[must_use]
pub fn versioned(folder: &Path) -> PathBuf {
    folder.join(format!("v{VERSION}"))
}

/// Nanoseconds since 1970 of a file's last change; 0 where the system does not know.
pub fn changed(file: &fs::Metadata) -> u64 {
    let since = file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// A new unfinished file that only this call writes, and its path. It is locked: whoever gets the lock of an unfinished
/// file knows that its writer is gone, however it went.
///
/// # Errors
/// What the system says.
pub fn begin(parts: &Path, key: &Key) -> io::Result<(File, PathBuf)> {
    let name = key.hex();
    for number in 0..10_000 {
        let path = parts.join(format!("{name}.{number}.part"));
        let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(e) => return Err(e),
        };
        // Somebody who tidies up may have been quicker with the lock, and have removed the file.
        let _ = file.lock();
        if linked(&file) {
            return Ok((file, path));
        }
    }
    Err(io::Error::other("ten thousand unfinished files of one name"))
}

/// Whether the file still has a name.
#[cfg(unix)]
fn linked(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|found| found.nlink() > 0)
}

/// Whether the file still has a name.
#[cfg(not(unix))]
fn linked(_: &File) -> bool {
    true
}

/// The files of the store in `folder`, of all versions; others that lie there are nobody's business.
fn ours(folder: &Path) -> Vec<Ours> {
    let mut found = Vec::new();
    for (_, version) in versions(folder) {
        for (group, inside) in groups(&version) {
            let whole = group != PARTS;
            for (name, path) in children(&inside) {
                let digits = if whole { Some(name.as_str()) } else { name.strip_suffix(".part").and(name.get(..64)) };
                let named = digits.and_then(Key::from_hex).is_some() && (!whole || name.starts_with(&group));
                let Ok(about) = fs::symlink_metadata(&path) else { continue };
                if named && about.is_file() {
                    found.push(Ours { path, bytes: taken(about.len()), changed: changed(&about), whole });
                }
            }
        }
    }
    found
}

/// The folders of all versions.
fn versions(folder: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let number =
        |name: &str| name.strip_prefix('v').is_some_and(|n| n.parse::<u32>().is_ok_and(|v| v.to_string() == n));
    children(folder).into_iter().filter(move |(name, _)| number(name))
}

/// The folders of a version: entries by the first two digits of their names, and what is unfinished.
fn groups(version: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let ours = move |name: &str| name == PARTS || (name.len() == 2 && name.bytes().all(digit));
    children(version).into_iter().filter(move |(name, _)| ours(name))
}

/// Names and paths in a folder; none where it cannot be read.
fn children(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path()))).collect()
}

/// How much the store in `folder` holds.
#[must_use]
pub fn content(folder: &Path) -> Content {
    ours(folder).iter().fold(Content::default(), |sum, file| Content {
        entries: sum.entries + u64::from(file.whole),
        bytes: sum.bytes + file.bytes,
    })
}

/// Removes what dead processes left unfinished, and the entries that were used longest ago until at most `most` bytes
/// remain. Gives back how many do.
///
/// Two processes may do this at once: each counts a file that vanished as gone.
pub fn tidy(folder: &Path, now: u64, most: u64) -> u64 {
    let mut files = ours(folder);
    files.retain(|file| file.whole || !removed_if_abandoned(file, now));
    let mut total: u64 = files.iter().map(|file| file.bytes).sum();
    files.retain(|file| file.whole);
    files.sort_by(|a, b| (a.changed, &a.path).cmp(&(b.changed, &b.path)));
    for file in files {
        if total <= most {
            break;
        }
        if gone(&file.path) {
            total -= file.bytes;
        }
    }
    total
}

/// Removes an unfinished file to which nobody writes any more; whether it is not there any more.
fn removed_if_abandoned(file: &Ours, now: u64) -> bool {
    let open = match OpenOptions::new().write(true).open(&file.path) {
        Ok(open) => open,
        Err(e) => return e.kind() == io::ErrorKind::NotFound,
    };
    let abandoned = match open.try_lock() {
        Ok(()) => linked(&open),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => now.saturating_sub(file.changed) > DAY,
    };
    // The lock is held until the name is gone: a writer who waits for it begins anew.
    abandoned && gone(&file.path)
}

/// Removes a file; whether it is not there any more.
fn gone(path: &Path) -> bool {
    match fs::remove_file(path) {
        Ok(()) => true,
        Err(e) => e.kind() == io::ErrorKind::NotFound,
    }
}

/// Removes every file of the store and the folders this leaves empty; gives back what it held.
///
/// # Errors
/// The first file that cannot be removed.
pub fn clear(folder: &Path) -> Result<Content, (PathBuf, io::Error)> {
    let mut sum = Content::default();
    let mut kept = Ok(());
    for file in ours(folder) {
        match fs::remove_file(&file.path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => kept = kept.and(Err((file.path, e))),
            _ => sum = Content { entries: sum.entries + u64::from(file.whole), bytes: sum.bytes + file.bytes },
        }
    }
    for (_, version) in versions(folder) {
        // Only empty folders can be removed so; the others hold what is not ours.
        for (_, inside) in groups(&version) {
            let _ = fs::remove_dir(inside);
        }
        let _ = fs::remove_dir(version);
    }
    let _ = fs::remove_file(folder.join(TAG));
    kept.map(|()| sum)
}

/// The time by the clock of the file system, in nanoseconds since 1970: that of a file written just now. The file also
/// tells programs that make backups to leave the folder out.
///
/// # Errors
/// What the system says.
pub fn stamp(folder: &Path) -> io::Result<u64> {
    let mut file = File::create(folder.join(TAG))?;
    file.write_all(b"Signature: 8a477f597d28d172789f06886806bc55\n# results that seqtran can compute again\n")?;
    Ok(changed(&file.metadata()?))
}
