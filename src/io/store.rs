//! Results kept between runs: a folder of entries named by what they were computed from.
//!
//! An entry is written beside the others and takes its name when it is whole, so another process, or the same after
//! `kill -9`, sees all of it or nothing; a checksum finds what a power cut or a bad disk leaves behind. Losing an entry
//! only costs the time to compute it again: nothing here ever fails the work.

use super::entry::{HEADER, Sort, content_length, header, is_content};
use super::room::{self, Content, PARTS, taken, versioned};
use crate::base::error::{Error, Result};
use crate::base::pages::{cast_slice, cast_slice_mut};
use crate::base::size;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

pub use super::key::{Key, KeyBuilder};

/// A used entry is marked as used when its mark is older than this: an hour, in nanoseconds.
const HOUR: u64 = 3_600_000_000_000;

/// A process looks at the whole folder when it has written this part of the cap since it last did, and then leaves four
/// such parts free: two for two processes that fill them at the same time, two for what is being written just then.
const PART: u64 = 32;

/// A folder of results, or none. Copies are the same store; it may be used from many threads and processes at once.
#[derive(Clone, Default)]
pub struct Store(Option<Arc<Inner>>);

struct Inner {
    folder: PathBuf,
    cap: u64,
    /// The time by the file system's clock, as far as it is known.
    now: OnceLock<AtomicU64>,
    /// Bytes written since the folder was last looked at; none before the first time.
    written: Mutex<Option<u64>>,
    lost: Mutex<Lost>,
}

/// Results that could not be kept.
#[derive(Default)]
struct Lost {
    count: u64,
    reason: Option<String>,
    told: bool,
}

impl Store {
    /// A store that keeps nothing.
    #[must_use]
    pub fn none() -> Self {
        Store(None)
    }

    /// The store in a folder, which is made if need be, of at most `cap` bytes on disk.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: &Path, cap: u64) -> Result<Self> {
        let store = Store::within(folder, cap);
        match store.0.as_ref().map(|inner| inner.make(PARTS)) {
            Some(Err(e)) => Err(Error::file(folder, "cannot make the folder of the cache", e)
                .help("choose another folder, or none: the cache only saves time")),
            _ => Ok(store),
        }
    }

    /// As [`Store::open`], but the folder is made with the first entry; if it cannot, nothing is kept.
    #[must_use]
    pub fn within(folder: &Path, cap: u64) -> Self {
        let (now, written, lost) = (OnceLock::new(), Mutex::new(None), Mutex::default());
        Store(Some(Arc::new(Inner { folder: folder.into(), cap, now, written, lost })))
    }

    /// The bytes under a name. What is not whole and right is removed and treated as absent.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        self.read(key, Sort::Bytes, |length| Some(vec![0; length]), |bytes| bytes)
    }

    /// Keeps bytes under a name, if it can.
    pub fn put(&self, key: &Key, bytes: &[u8]) {
        self.write(key, Sort::Bytes, bytes);
    }

    /// Removes what is under a name, if anything is.
    pub fn forget(&self, key: &Key) {
        if let Some(inner) = self.0.as_deref() {
            inner.remove(key);
        }
    }

    /// The numbers under a name, as [`Store::get`].
    #[must_use]
    pub fn get_f64s(&self, key: &Key) -> Option<Vec<f64>> {
        let mut numbers = self.read(key, Sort::Reals, zeros, |numbers| cast_slice_mut(numbers))?;
        from_little(&mut numbers);
        Some(numbers)
    }

    /// Keeps numbers under a name, if it can.
    pub fn put_f64s(&self, key: &Key, numbers: &[f64]) {
        if cfg!(target_endian = "big") {
            let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            self.write(key, Sort::Reals, &bytes);
        } else {
            self.write(key, Sort::Reals, cast_slice(numbers));
        }
    }

    /// Some of the numbers under a name. Only the header and the length are checked, not the whole content, so this costs
    /// no more than what it reads: for entries that [`Store::get_f64s`] has found right before.
    #[must_use]
    pub fn get_f64s_part(&self, key: &Key, range: Range<usize>) -> Option<Vec<f64>> {
        let inner = self.0.as_deref()?;
        let mut entry = inner.found(key, Sort::Reals)?;
        if range.start > range.end || range.end > entry.length / 8 {
            return None;
        }
        let mut numbers = vec![0.0; range.len()];
        entry.file.seek(SeekFrom::Start((HEADER + 8 * range.start) as u64)).ok()?;
        entry.file.read_exact(cast_slice_mut(&mut numbers)).ok()?;
        from_little(&mut numbers);
        Some(numbers)
    }

    /// How many numbers there are under a name; header and length are checked.
    #[must_use]
    pub fn len_of_f64s(&self, key: &Key) -> Option<usize> {
        let entry = self.0.as_deref()?.found(key, Sort::Reals)?;
        Some(entry.length / 8)
    }

    /// Why results were lost, the first time it happened: a full disk, a folder that cannot be written. None while all
    /// is well.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.0.as_deref().and_then(|inner| inner.lost().reason.clone())
    }

    /// How many results could not be kept.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.0.as_deref().map_or(0, |inner| inner.lost().count)
    }

    /// Its folder, if it has one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.0.as_deref().map(|inner| inner.folder.as_path())
    }

    /// The bytes it may take on disk.
    #[must_use]
    pub fn cap(&self) -> u64 {
        self.0.as_deref().map_or(0, |inner| inner.cap)
    }

    /// How much it holds; looks at every entry's size.
    #[must_use]
    pub fn content(&self) -> Content {
        self.folder().map_or_else(Content::default, room::content)
    }

    /// Why results were lost, if that has not been said yet: for whoever says it to a person, once.
    #[must_use]
    pub fn untold_trouble(&self) -> Option<String> {
        let mut lost = self.0.as_deref()?.lost();
        let reason = lost.reason.clone().filter(|_| !lost.told)?;
        lost.told = true;
        Some(reason)
    }

    /// Removes all entries, of every version, and nothing else. Gives back what there was.
    ///
    /// # Errors
    /// When an entry cannot be removed.
    pub fn clear(&self) -> Result<Content> {
        let removed = self.folder().map_or(Ok(Content::default()), room::clear);
        removed.map_err(|(path, e)| Error::file(path, "cannot remove the entry of the cache", e))
    }

    /// Reads a whole entry into an array made for so many bytes.
    fn read<T>(
        &self,
        key: &Key,
        sort: Sort,
        array: impl FnOnce(usize) -> Option<Vec<T>>,
        bytes: impl FnOnce(&mut [T]) -> &mut [u8],
    ) -> Option<Vec<T>> {
        let inner = self.0.as_deref()?;
        let mut entry = inner.found(key, sort)?;
        let mut content = array(entry.length)?;
        let into = bytes(&mut content);
        entry.file.read_exact(into).ok()?;
        if !is_content(&entry.header, into) {
            drop(entry);
            inner.remove(key);
            return None;
        }
        Some(content)
    }

    fn write(&self, key: &Key, sort: Sort, content: &[u8]) {
        let Some(inner) = self.0.as_deref() else { return };
        let again = match inner.keep(key, sort, content) {
            // The folder may be new, or have been cleared a moment ago.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                inner.make(PARTS).and_then(|()| inner.keep(key, sort, content))
            }
            done => done,
        };
        if let Err(e) = again {
            let reason = Error::file(&inner.folder, "cannot keep results", e);
            let mut lost = inner.lost();
            lost.count += 1;
            lost.reason.get_or_insert_with(|| reason.to_string());
        }
    }
}

/// Zeros for so many bytes.
fn zeros(bytes: usize) -> Option<Vec<f64>> {
    bytes.is_multiple_of(8).then(|| vec![0.0; bytes / 8])
}

/// Numbers as this machine has them, from numbers as files do.
fn from_little(numbers: &mut [f64]) {
    if cfg!(target_endian = "big") {
        for number in numbers {
            *number = f64::from_bits(number.to_bits().swap_bytes());
        }
    }
}

/// An entry whose header is right; the file stands at its content.
struct Found {
    file: File,
    header: [u8; HEADER],
    length: usize,
}

impl Inner {
    fn path(&self, key: &Key) -> PathBuf {
        let name = key.hex();
        versioned(&self.folder).join(&name[..2]).join(name)
    }

    fn make(&self, name: &str) -> io::Result<()> {
        fs::create_dir_all(versioned(&self.folder).join(name))
    }

    fn lost(&self) -> MutexGuard<'_, Lost> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> &AtomicU64 {
        self.now.get_or_init(|| AtomicU64::new(room::stamp(&self.folder).unwrap_or(0)))
    }

    /// The entry of a name, marked as used.
    fn found(&self, key: &Key, sort: Sort) -> Option<Found> {
        let mut file = File::open(self.path(key)).ok()?;
        let about = file.metadata().ok().filter(fs::Metadata::is_file)?;
        let mut header = [0; HEADER];
        let read = file.read_exact(&mut header);
        if read.as_ref().is_err_and(|e| e.kind() != io::ErrorKind::UnexpectedEof) {
            return None;
        }
        let length = read.ok().and_then(|()| content_length(&header, key, sort, about.len()));
        let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else {
            drop(file);
            self.remove(key);
            return None;
        };
        let now = self.now().load(Ordering::Relaxed);
        if room::changed(&about).saturating_add(HOUR) < now {
            // Whoever may not mark another's entry may still read it.
            let _ = file.set_modified(UNIX_EPOCH + Duration::from_nanos(now));
        }
        Some(Found { file, header, length })
    }

    fn remove(&self, key: &Key) {
        // Another process may have been quicker; what it may have put there instead is computed again.
        let _ = fs::remove_file(self.path(key));
    }

    /// Writes an entry.
    fn keep(&self, key: &Key, sort: Sort, content: &[u8]) -> io::Result<()> {
        let length = (HEADER + content.len()) as u64;
        if taken(length) > self.cap {
            return Err(io::Error::other(format!(
                "a result of {} does not fit into {}",
                size::spoken(length),
                size::spoken(self.cap)
            )));
        }
        let (mut file, path) = room::begin(&versioned(&self.folder).join(PARTS), key)?;
        let mut filled = || {
            // The length is there before anyone counts, so that processes see what others are about to write.
            file.set_len(length)?;
            self.make_room(taken(length));
            file.write_all(&header(key, sort, content))?;
            file.write_all(content)?;
            self.now().fetch_max(room::changed(&file.metadata()?), Ordering::Relaxed);
            fs::rename(&path, self.path(key)).or_else(|_| {
                // The first entry with these two digits.
                self.make(&key.hex()[..2])?;
                fs::rename(&path, self.path(key))
            })
        };
        let done = filled();
        if done.is_err() {
            let _ = fs::remove_file(&path);
        }
        done
    }

    /// Sees to it that a new entry has room.
    fn make_room(&self, bytes: u64) {
        let part = self.cap / PART;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        *written = match *written {
            Some(before) if before + bytes <= part => Some(before + bytes),
            _ => {
                room::tidy(&self.folder, self.now().load(Ordering::Relaxed), self.cap - 4 * part);
                Some(0)
            }
        };
    }
}
