//! Arrays that may outgrow memory: the first ones stay, the others go to a scratch file.

use crate::base::error::{Error, Result};
use crate::base::pages::{Pod, cast_slice, cast_slice_mut};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Slots of the first block; each block after it has twice as many as the one before.
const FIRST: usize = 32;

/// Where arrays go: how many bytes of them may stay in memory, and the folder for the others.
#[derive(Debug, Clone)]
pub struct Scratch {
    /// Bytes that the arrays of one piece of work may take in memory.
    pub memory: usize,
    /// A folder on a disk with space.
    pub folder: PathBuf,
}

impl Scratch {
    /// Everything stays in memory.
    #[must_use]
    pub fn unlimited() -> Self {
        Scratch { memory: usize::MAX, folder: PathBuf::new() }
    }

    /// A shelf with so many slots.
    #[must_use]
    pub fn shelf<T: Pod>(&self, slots: usize) -> Shelf<T> {
        Shelf::with_slots(slots, self.memory, &self.folder)
    }
}

/// Arrays of numbers under running numbers. Every array is set once and does not change.
///
/// Memory holds arrays as long as all of them together take at most a budget; an array for which there is no room goes to
/// one scratch file, which has no name and so is gone when the program is, however it ends (on systems that cannot take
/// the name of an open file away, it is removed at the end).
pub struct Shelf<T> {
    budget: usize,
    folder: PathBuf,
    used: AtomicUsize,
    next: AtomicUsize,
    blocks: [OnceLock<Block<T>>; 48],
    scratch: OnceLock<ScratchFile>,
    making: Mutex<()>,
    /// The end of the scratch file.
    end: AtomicU64,
}

/// Places of arrays; a block never moves, so that slices of its arrays stay good while others are added.
type Block<T> = Box<[OnceLock<Place<T>>]>;

enum Place<T> {
    Memory(Vec<T>),
    File { offset: u64, length: usize },
}

impl<T: Pod> Shelf<T> {
    /// An empty shelf that keeps up to `budget` bytes in memory and the rest in a file in the folder `scratch`.
    #[must_use]
    pub fn new(budget: usize, scratch: &Path) -> Self {
        Shelf::with_slots(0, budget, scratch)
    }

    /// As [`Shelf::new`], with the numbers `0..slots` left for [`Shelf::set`]; [`Shelf::push`] goes on from there.
    #[must_use]
    pub fn with_slots(slots: usize, budget: usize, scratch: &Path) -> Self {
        Shelf {
            budget,
            folder: scratch.into(),
            used: AtomicUsize::new(0),
            next: AtomicUsize::new(slots),
            blocks: [const { OnceLock::new() }; 48],
            scratch: OnceLock::new(),
            making: Mutex::new(()),
            end: AtomicU64::new(0),
        }
    }

    /// Adds an array under the next number, which it gives back.
    ///
    /// # Errors
    /// When the scratch file cannot be made or written.
    pub fn push(&self, array: Vec<T>) -> Result<usize> {
        // The place is found before the number is taken, so that a failed push leaves no gap.
        let place = self.place(array)?;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.settle(id, place)?;
        Ok(id)
    }

    /// Puts an array into a slot that is still empty.
    ///
    /// # Errors
    /// As [`Shelf::push`]; also when there is no such slot or it is taken.
    pub fn set(&self, slot: usize, array: Vec<T>) -> Result<()> {
        let slots = self.next.load(Ordering::Relaxed);
        if slot >= slots {
            return Err(Error::internal(format!("wanted one of {slots} slots of a shelf, got {slot}")));
        }
        let place = self.place(array)?;
        self.settle(slot, place)
    }

    /// How many numbers are given out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.next.load(Ordering::Relaxed)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The length of an array; of an empty slot 0.
    #[must_use]
    pub fn len_of(&self, id: usize) -> usize {
        match self.at(id) {
            None => 0,
            Some(Place::Memory(array)) => array.len(),
            Some(Place::File { length, .. }) => *length,
        }
    }

    /// Whether all arrays are in memory.
    #[must_use]
    pub fn in_memory(&self) -> bool {
        self.end.load(Ordering::Relaxed) == 0
    }

    /// Bytes of the arrays in memory and in the scratch file.
    #[must_use]
    pub fn bytes(&self) -> (usize, u64) {
        (self.used.load(Ordering::Relaxed), self.end.load(Ordering::Relaxed))
    }

    /// A whole array, if it is in memory.
    #[must_use]
    pub fn slice(&self, id: usize) -> Option<&[T]> {
        match self.at(id)? {
            Place::Memory(array) => Some(array),
            Place::File { .. } => None,
        }
    }

    /// Reads some elements of an array in place of what `into` held.
    ///
    /// # Errors
    /// When the scratch file cannot be read; a number or a range that does not exist.
    pub fn read(&self, id: usize, range: Range<usize>, into: &mut Vec<T>) -> Result<()> {
        into.clear();
        let (place, length) = (self.at(id), self.len_of(id));
        let Some(place) = place.filter(|_| range.start <= range.end && range.end <= length) else {
            return Err(Error::internal(format!("wanted {range:?} of array {id} of a shelf, which has {length}")));
        };
        match place {
            Place::Memory(array) => into.extend_from_slice(&array[range]),
            Place::File { offset, .. } => {
                into.resize(range.len(), T::zeroed());
                let scratch = self.scratch.get().expect("an array is in the file only after the file was made");
                let start = offset + (range.start * size_of::<T>()) as u64;
                let read = scratch.read(cast_slice_mut(into), start);
                read.map_err(|e| Error::file(&self.folder, "cannot read back from the scratch file", e))?;
            }
        }
        Ok(())
    }

    /// Keeps an array in memory, or writes it to the file.
    fn place(&self, array: Vec<T>) -> Result<Place<T>> {
        let (bytes, length) = (size_of_val(&array[..]), array.len());
        let room = |used: usize| used.checked_add(bytes).filter(|&sum| sum <= self.budget);
        if self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_ok() {
            return Ok(Place::Memory(array));
        }
        let scratch = self.scratch()?;
        let offset = self.end.fetch_add(bytes as u64, Ordering::Relaxed);
        let written = scratch.write(cast_slice(&array), offset);
        written.map_err(|e| {
            Error::file(&self.folder, format!("cannot write {bytes} bytes to a scratch file"), e)
                .help("free some space there, or set TMPDIR to a folder with more")
        })?;
        Ok(Place::File { offset, length })
    }

    fn settle(&self, id: usize, place: Place<T>) -> Result<()> {
        let (block, at) = split(id);
        let slots = self.blocks[block].get_or_init(|| (0..FIRST << block).map(|_| OnceLock::new()).collect());
        slots[at].set(place).map_err(|_| Error::internal(format!("slot {id} of a shelf was set twice")))
    }

    fn at(&self, id: usize) -> Option<&Place<T>> {
        let (block, at) = split(id);
        self.blocks.get(block)?.get()?[at].get()
    }

    fn scratch(&self) -> Result<&ScratchFile> {
        let _one = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if self.scratch.get().is_none() {
            let made = ScratchFile::new(&self.folder).map_err(|e| {
                Error::file(&self.folder, "cannot make a scratch file", e)
                    .help("set TMPDIR to a folder that can be written and has space")
            })?;
            let _ = self.scratch.set(made);
        }
        Ok(self.scratch.get().expect("it was made just now"))
    }
}

/// The block of a number and the place in it.
fn split(id: usize) -> (usize, usize) {
    let block = (id / FIRST + 1).ilog2() as usize;
    (block, id - FIRST * ((1 << block) - 1))
}

/// A file for this process alone.
struct ScratchFile {
    file: File,
    /// Where its name could not be taken away.
    named: Option<PathBuf>,
    #[cfg(not(unix))]
    turn: Mutex<()>,
}

impl ScratchFile {
    fn new(folder: &Path) -> io::Result<Self> {
        for number in 0..10_000 {
            let path = folder.join(format!(".seqtran-scratch-{number}"));
            let file = match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
                Ok(file) => file,
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(e),
            };
            let named = fs::remove_file(&path).err().map(|_| path);
            return Ok(ScratchFile {
                file,
                named,
                #[cfg(not(unix))]
                turn: Mutex::new(()),
            });
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "ten thousand scratch files lie there"))
    }

    #[cfg(unix)]
    fn read(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, bytes, offset)
    }

    #[cfg(unix)]
    fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.file, bytes, offset)
    }

    #[cfg(not(unix))]
    fn read(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        (&self.file).seek(SeekFrom::Start(offset))?;
        (&self.file).read_exact(bytes)
    }

    #[cfg(not(unix))]
    fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        use std::io::{Seek, SeekFrom, Write};
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        (&self.file).seek(SeekFrom::Start(offset))?;
        (&self.file).write_all(bytes)
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        if let Some(path) = &self.named {
            // On systems that keep the name of an open file this fails, and the file stays in the temporary folder.
            let _ = fs::remove_file(path);
        }
    }
}
