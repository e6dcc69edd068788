//! A slice that several threads write in parts that do not overlap.

/// The start of a slice, to be handed to tasks that each write their own part.
#[derive(Clone, Copy)]
pub(crate) struct Shared {
    start: *mut f32,
    length: usize,
}

// SAFETY: a pointer alone is harmless; who writes through it promises that the parts are disjoint.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// Of a slice that outlives the tasks.
    pub(crate) fn new(slice: &mut [f32]) -> Self {
        Shared { start: slice.as_mut_ptr(), length: slice.len() }
    }

    /// The address of value `at`.
    ///
    /// # Safety
    /// `at` is inside the slice, and no other task touches what is written there.
    pub(crate) unsafe fn at(self, at: usize) -> *mut f32 {
        debug_assert!(at <= self.length);
        // SAFETY: inside the allocation by the caller's promise.
        unsafe { self.start.add(at) }
    }
}
