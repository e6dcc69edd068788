//! Files appear whole or not at all.

use crate::base::error::{Error, Kind, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes a file through `content`: into a new file beside it, which takes the name only when everything is on disk.
/// After an error nothing is left behind, and what had the name before still has it.
///
/// # Errors
/// When the folder does not exist or cannot be written, when the name is taken by a folder, or what `content` returns.
pub fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let part = finished(path, content)?;
    part.take(path)
}

/// Writes two files that belong together: both are on disk before the first takes its name, and if the second cannot take
/// its own, the first one's former file is put back.
///
/// # Errors
/// As [`write`].
pub fn write_pair(
    first: &Path,
    second: &Path,
    first_content: impl FnOnce(&mut dyn Write) -> Result<()>,
    second_content: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    let (first_part, second_part) = (finished(first, first_content)?, finished(second, second_content)?);
    let cannot = |e| unwritten(first, e);
    let (before, file) = begin(first)?;
    drop(file);
    // The empty stand-in gives way to what has the name now, if anything has.
    let kept = match fs::rename(first, &before.0) {
        Ok(()) => true,
        Err(e) if e.kind() == ErrorKind::NotFound => false,
        Err(e) => return Err(cannot(e)),
    };
    let done = first_part.take(first).and_then(|()| second_part.take(second));
    if done.is_err() {
        // The first error is the one to tell.
        let _ = if kept { fs::rename(&before.0, first) } else { fs::remove_file(first) };
    }
    done
}

/// All of the content, on disk beside `path`.
fn finished(path: &Path, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Part> {
    let (part, file) = begin(path)?;
    let cannot = |e| unwritten(path, e);
    let mut writer = BufWriter::with_capacity(1 << 18, file);
    content(&mut writer).map_err(|e| e.at(path))?;
    let file = writer.into_inner().map_err(|e| cannot(e.into_error()))?;
    file.sync_all().map_err(cannot)?;
    Ok(part)
}

/// As [`write`], for content that is already there.
///
/// # Errors
/// As [`write`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, |out| out.write_all(bytes).map_err(|e| unwritten(path, e)))
}

/// Whether a file of this name and of so many bytes could be written now: by writing one beside it, which is removed again.
///
/// # Errors
/// When the folder does not exist, cannot be written or has no room, or when the name is taken by a folder.
pub fn check(path: &Path, bytes: usize) -> Result<()> {
    let (_part, mut file) = begin(path)?;
    let zeros = vec![0; bytes.min(1 << 20)];
    let mut left = bytes;
    while left > 0 {
        let some = left.min(zeros.len());
        file.write_all(&zeros[..some]).map_err(|e| unwritten(path, e))?;
        left -= some;
    }
    Ok(())
}

/// Removes a file, and copies of it that a program which was killed has not finished. What cannot be removed stays.
pub fn remove(path: &Path) {
    let _ = fs::remove_file(path);
    let Some((folder, name)) = path.parent().zip(path.file_name()) else { return };
    let start = format!(".{}.part", name.to_string_lossy());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_prefix(&start))
            .is_some_and(|n| n.parse::<u16>().is_ok())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn unwritten(path: &Path, reason: std::io::Error) -> Error {
    let help = match reason.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room there, or write somewhere else"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "write somewhere else, where you may",
        _ => "look at the folder, or write somewhere else",
    };
    Error::file(path, "cannot write the file", reason).help(help)
}

/// A file that is removed when it is dropped.
struct Part(PathBuf);

impl Part {
    /// Gives it the name it was made for.
    fn take(self, path: &Path) -> Result<()> {
        fs::rename(&self.0, path).map_err(|e| unwritten(path, e))?;
        std::mem::forget(self);
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It may never have come to be; there is nobody to tell.
        let _ = fs::remove_file(&self.0);
    }
}

/// A new, empty file in the folder of `path`.
fn begin(path: &Path) -> Result<(Part, File)> {
    let Some(name) = path.file_name() else {
        return Err(Error::argument(format!("wanted the name of a file, got `{}`", path.display())));
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(Error::new(Kind::File, format!("the folder {} does not exist", folder.display()))
            .at(path)
            .help("make the folder first, or write somewhere else"));
    }
    if path.is_dir() {
        return Err(Error::new(Kind::File, "wanted a file to write, got a folder")
            .at(path)
            .help("add a file name after the folder"));
    }
    for number in 0..1000 {
        let mut part = std::ffi::OsString::from(".");
        part.push(name);
        part.push(format!(".part{number}"));
        let part = folder.join(part);
        match OpenOptions::new().write(true).create_new(true).open(&part) {
            Ok(file) => return Ok((Part(part), file)),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(unwritten(path, e)),
        }
    }
    Err(Error::new(Kind::File, "a thousand unfinished copies lie beside it").at(path).help("delete the .part files"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("seqtran-atomic-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_failed_write_leaves_what_was_there() {
        let folder = folder("failed");
        let path = folder.join("a.b.txt");
        write_bytes(&path, b"first").unwrap();
        let error = write(&path, |out| {
            out.write_all(b"half").unwrap();
            Err(Error::data("no more"))
        });
        assert_eq!(error.unwrap_err().path(), Some(path.as_path()));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        write_bytes(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_a_killed_program_left_goes_with_the_file() {
        let folder = folder("left");
        let names =
            ["a.state", ".a.state.part0", ".a.state.part12", ".a.state.party", ".b.state.part0", "a.state.part0"];
        names.iter().for_each(|name| fs::write(folder.join(name), "x").unwrap());
        remove(&folder.join("a.state"));
        let mut left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".a.state.party", ".b.state.part0", "a.state.part0"]);
        remove(&folder.join("not/there"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn of_a_pair_both_files_are_new_or_none() {
        let folder = folder("pair");
        let (first, second) = (folder.join("a.img"), folder.join("a.hdr"));
        let bytes = |content: &'static [u8]| {
            move |out: &mut dyn Write| out.write_all(content).map_err(|_| Error::data("cannot write"))
        };
        // A folder takes the name of the second file while it is being written.
        let blocked = |out: &mut dyn Write| {
            fs::create_dir_all(second.join("inside")).unwrap();
            out.write_all(b"second").map_err(|_| Error::data("cannot write"))
        };
        write_pair(&first, &second, bytes(b"first"), blocked).unwrap_err();
        assert!(!first.exists());
        fs::remove_dir_all(&second).unwrap();
        write_pair(&first, &second, bytes(b"first"), bytes(b"second")).unwrap();
        assert_eq!((fs::read(&first).unwrap(), fs::read(&second).unwrap()), (b"first".to_vec(), b"second".to_vec()));
        fs::remove_file(&second).unwrap();
        let blocked = |out: &mut dyn Write| {
            fs::create_dir_all(second.join("inside")).unwrap();
            out.write_all(b"2").map_err(|_| Error::data("cannot write"))
        };
        write_pair(&first, &second, bytes(b"1"), blocked).unwrap_err();
        assert_eq!(fs::read(&first).unwrap(), b"first");
        let failed = |_: &mut dyn Write| Err(Error::data("no more"));
        fs::remove_dir_all(&second).unwrap();
        write_pair(&first, &second, bytes(b"1"), failed).unwrap_err();
        assert_eq!(fs::read(&first).unwrap(), b"first");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_missing_folder_and_a_folder_in_the_way_are_named() {
        let folder = folder("missing");
        let error = write_bytes(&folder.join("not/there.csv"), b"").unwrap_err();
        assert!(error.message().contains("does not exist"), "{error}");
        assert!(write_bytes(&folder, b"").unwrap_err().message().contains("got a folder"));
        fs::remove_dir_all(folder).unwrap();
    }
}
