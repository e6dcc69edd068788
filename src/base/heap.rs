//! The program's allocator: long blocks lie in large pages, and are kept for the next taker while work lasts.
//!
//! The first touch of each 4 KiB of new memory is a trap into the operating system, which hands it out as zeros. A training step
//! takes and gives back the same long blocks over and over: with them kept, and in pages of 2 MiB where the system has those, it
//! spends a fifth less processor time (`tests/bench/ratios.sh` measures whole steps). What is kept and what is in use are together
//! never more than what was in use at the most, or 32 MiB more than what is in use: so much it costs at the peak. When the work ends,
//! all but that goes back.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Blocks of fewer bytes are left to the system's allocator.
const LONG: usize = 1 << 20;

/// Bytes of a large page, which blocks of as many or more ask for.
const LARGE_PAGE: usize = 2 << 20;

/// Alignment that every page has.
const PAGE: usize = 4096;

/// Bytes that are kept in any case.
const IDLE: usize = 32 << 20;

/// The allocator.
struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

static SHELF: Mutex<Shelf> = Mutex::new(Shelf::new());

/// Work in whose time long blocks that are given back are kept for the next taker.
#[derive(Debug)]
#[must_use = "blocks are kept as long as this lives"]
pub struct Reuse(());

impl Reuse {
    /// Begins it.
    pub fn begin() -> Self {
        let mut shelf = shelf();
        if shelf.works == 0 {
            shelf.most = shelf.used;
        }
        shelf.works += 1;
        Reuse(())
    }
}

impl Drop for Reuse {
    fn drop(&mut self) {
        let mut shelf = shelf();
        shelf.works -= 1;
        shelf.clear();
    }
}

/// Long blocks in use, and those that wait for a taker.
struct Shelf {
    /// Waiting blocks, given back longest ago first. A list of them is never long enough to be a long block itself.
    blocks: Vec<Block>,
    /// Bytes that wait.
    kept: usize,
    /// Bytes in use.
    used: usize,
    /// The most that were in use since work began.
    most: usize,
    /// How many [`Reuse`] there are.
    works: usize,
}

/// A block of pages that nobody uses.
struct Block {
    address: usize,
    size: usize,
}

impl Shelf {
    const fn new() -> Self {
        Shelf { blocks: Vec::new(), kept: 0, used: 0, most: 0, works: 0 }
    }

    /// Counts a block as used and hands one of this very size out, if one waits; the warmest.
    fn take(&mut self, size: usize) -> Option<Block> {
        self.used += size;
        self.most = self.most.max(self.used);
        let at = self.blocks.iter().rposition(|block| block.size == size);
        let found = at.map(|at| self.blocks.remove(at));
        self.kept -= found.as_ref().map_or(0, |block| block.size);
        self.clear();
        found
    }

    /// Takes a block back.
    fn give(&mut self, block: Block) {
        self.used -= block.size;
        self.kept += block.size;
        self.blocks.push(block);
        self.clear();
    }

    /// Returns to the system what waits beyond the limit.
    fn clear(&mut self) {
        let idle = self.used + IDLE;
        self.clear_to(if self.works > 0 { self.most.max(idle) } else { idle });
    }

    /// Returns to the system what waits beyond so many bytes, those in use counted.
    fn clear_to(&mut self, most: usize) {
        let mut count = 0;
        while self.used + self.kept > most && count < self.blocks.len() {
            self.kept -= self.blocks[count].size;
            count += 1;
        }
        for Block { address, size } in self.blocks.drain(..count) {
            // SAFETY: the block came from `pages::map` with this size, and nobody uses it.
            unsafe { pages::unmap(address as *mut u8, size) };
        }
    }
}

fn shelf() -> MutexGuard<'static, Shelf> {
    SHELF.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes of the block for a layout, if it is a long one: up to an eighth more than asked for, so that blocks of nearly one size
/// serve each other.
fn rounded(layout: Layout) -> Option<usize> {
    if layout.size() < LONG || layout.align() > PAGE {
        return None;
    }
    let step = (1 << layout.size().ilog2()) / 8;
    layout.size().checked_next_multiple_of(step.min(LARGE_PAGE))
}

/// A block, and whether it may hold what its last user left there.
fn block(size: usize) -> (*mut u8, bool) {
    if let Some(block) = shelf().take(size) {
        return (block.address as *mut u8, true);
    }
    let mut new = pages::map(size);
    if new.is_null() {
        // Perhaps with what waits.
        shelf().clear_to(0);
        new = pages::map(size);
    }
    if new.is_null() {
        shelf().used -= size;
    }
    (new, false)
}

// SAFETY: blocks come from the system's allocator or are whole pages that nobody else has; which of both is told by the layout
// alone, and so is the size of the pages.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match rounded(layout) {
            Some(size) => block(size).0,
            // SAFETY: the caller's promise.
            None => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let Some(size) = rounded(layout) else {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc_zeroed(layout) };
        };
        let (start, used) = block(size);
        if used {
            // SAFETY: the block has at least as many bytes.
            unsafe { start.write_bytes(0, layout.size()) };
        }
        start
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        match rounded(layout) {
            Some(size) => shelf().give(Block { address: start as usize, size }),
            // SAFETY: the caller's promise.
            None => unsafe { System.dealloc(start, layout) },
        }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the size does not overflow.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (rounded(layout), rounded(wanted)) {
            // SAFETY: the caller's promise.
            (None, None) => unsafe { System.realloc(start, layout, size) },
            (Some(old), Some(new)) if old == new => start,
            (Some(old), Some(new)) => {
                // SAFETY: a block of `old` bytes that the caller gives up.
                let moved = unsafe { pages::remap(start, old, new) };
                if !moved.is_null() {
                    let mut shelf = shelf();
                    shelf.used = shelf.used - old + new;
                    shelf.most = shelf.most.max(shelf.used);
                    shelf.clear();
                }
                moved
            }
            _ => {
                // SAFETY: a new block, as long as the shorter of both at least, and the old one, which the caller gives up.
                unsafe {
                    let moved = self.alloc(wanted);
                    if !moved.is_null() {
                        moved.copy_from_nonoverlapping(start, size.min(layout.size()));
                        self.dealloc(start, layout);
                    }
                    moved
                }
            }
        }
    }
}

/// Pages of the operating system; null where it has none left.
#[cfg(target_os = "linux")]
mod pages {
    use super::LARGE_PAGE;
    use rustix::mm::{Advice, MapFlags, MremapFlags, ProtFlags, madvise, mmap_anonymous, mremap, munmap};
    use std::ptr::null_mut;

    /// New pages, all zero.
    pub(super) fn map(size: usize) -> *mut u8 {
        // SAFETY: a new mapping touches no other.
        let start = unsafe { mmap_anonymous(null_mut(), size, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE) };
        let Ok(start) = start else { return null_mut() };
        if size >= LARGE_PAGE {
            // SAFETY: the advice changes no contents; a system without large pages refuses it.
            let _ = unsafe { madvise(start, size, Advice::LinuxHugepage) };
        }
        start.cast()
    }

    /// Gives them back.
    pub(super) unsafe fn unmap(start: *mut u8, size: usize) {
        // SAFETY: the caller's own pages. A refusal leaves them mapped, which harms nobody.
        let _ = unsafe { munmap(start.cast(), size) };
    }

    /// As many others, with the contents of these.
    pub(super) unsafe fn remap(start: *mut u8, old: usize, new: usize) -> *mut u8 {
        // SAFETY: the caller's own pages.
        unsafe { mremap(start.cast(), old, new, MremapFlags::MAYMOVE) }.map_or(null_mut(), <*mut _>::cast)
    }
}

/// The system's allocator in the place of pages.
#[cfg(not(target_os = "linux"))]
mod pages {
    use super::PAGE;
    use std::alloc::{GlobalAlloc as _, Layout, System};

    fn layout(size: usize) -> Layout {
        // SAFETY: a power of two, and a size that was that of a layout, rounded up by an eighth at most.
        unsafe { Layout::from_size_align_unchecked(size, PAGE) }
    }

    pub(super) fn map(size: usize) -> *mut u8 {
        // SAFETY: not empty.
        unsafe { System.alloc_zeroed(layout(size)) }
    }

    pub(super) unsafe fn unmap(start: *mut u8, size: usize) {
        // SAFETY: from `map`.
        unsafe { System.dealloc(start, layout(size)) }
    }

    pub(super) unsafe fn remap(start: *mut u8, old: usize, new: usize) -> *mut u8 {
        // SAFETY: from `map`.
        unsafe { System.realloc(start, layout(old), new) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn long_blocks_are_rounded_and_short_ones_are_not_ours() {
        let size = |size, align| rounded(Layout::from_size_align(size, align).unwrap());
        assert_eq!((size(LONG - 1, 8), size(LONG, 8), size(LONG + 1, 8)), (None, Some(LONG), Some(LONG + LONG / 8)));
        assert_eq!(size(LONG, 2 * PAGE), None);
        assert_eq!((size(33 << 20, 8), size((33 << 20) + 1, 8)), (Some(34 << 20), Some(34 << 20)));
        for bytes in [LONG, LONG + 5, 3 * LONG + 1, 100 * LONG + 7, isize::MAX as usize - PAGE] {
            let got = size(bytes, 1).unwrap();
            assert!(got >= bytes && got - bytes <= bytes / 8 && got % PAGE == 0, "{bytes}: {got}");
        }
    }

    /// A shelf with blocks of pages of its own.
    fn taken(shelf: &mut Shelf, size: usize) -> Block {
        shelf.take(size).unwrap_or_else(|| Block { address: pages::map(size) as usize, size })
    }

    #[test]
    fn what_is_kept_and_used_is_never_more_than_was_used_at_the_most() {
        let mut shelf = Shelf { works: 1, ..Shelf::new() };
        let (a, b) = (taken(&mut shelf, IDLE), taken(&mut shelf, 4 * IDLE));
        let addresses = [a.address, b.address];
        shelf.give(a);
        shelf.give(b);
        assert_eq!((shelf.used, shelf.kept, shelf.most), (0, 5 * IDLE, 5 * IDLE));
        // The same sizes are the same blocks.
        let (b, a) = (taken(&mut shelf, 4 * IDLE), taken(&mut shelf, IDLE));
        assert_eq!([a.address, b.address], addresses);
        shelf.give(b);
        // Another size does not fit: what waits makes room.
        let c = taken(&mut shelf, 2 * IDLE);
        assert_eq!((shelf.used, shelf.kept, shelf.most), (3 * IDLE, 0, 5 * IDLE));
        shelf.give(c);
        shelf.give(a);
        assert_eq!((shelf.used, shelf.kept, shelf.blocks.len()), (0, 3 * IDLE, 2));
        // When the work ends, little is kept: what was given back last.
        shelf.works = 0;
        shelf.clear();
        assert_eq!((shelf.used, shelf.kept), (0, IDLE));
        let a = taken(&mut shelf, IDLE);
        assert_eq!((a.address, shelf.used, shelf.kept), (addresses[0], IDLE, 0));
        // SAFETY: pages of this test.
        unsafe { pages::unmap(a.address as *mut u8, a.size) };
    }

    #[test]
    fn vectors_keep_their_values_over_all_sizes() {
        let _work = Reuse::begin();
        for round in 0..3_u32 {
            let mut grown: Vec<u32> = Vec::new();
            // From short to long, and on to longer ones.
            for n in 0..3_000_000 {
                grown.push(n ^ round);
            }
            assert!(grown.iter().zip(0..).all(|(v, n)| *v == n ^ round));
            grown.truncate(400_000);
            grown.shrink_to_fit();
            assert!(grown.iter().zip(0..).all(|(v, n)| *v == n ^ round));
            grown.truncate(1000);
            grown.shrink_to_fit();
            assert!(grown.iter().zip(0..).all(|(v, n)| *v == n ^ round));
            // Zeros are zeros also where a block had another user.
            drop(vec![u32::MAX; 1_000_000]);
            assert!(vec![0_u32; 1_000_000].iter().all(|v| *v == 0));
        }
    }

    #[test]
    fn threads_take_and_give_side_by_side() {
        let _work = Reuse::begin();
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                scope.spawn(move || {
                    for round in 0..50 {
                        let mine = vec![thread * 1000 + round; 200_000 + 40_000 * (round as usize % 5)];
                        assert!(mine.iter().all(|v| *v == thread * 1000 + round));
                    }
                });
            }
        });
    }
}
