//! Where drawn subjects are kept: as many as fit into some memory, the longest kept leave first.

use super::tissue::Tissue;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// All that was drawn of a subject.
pub struct Scan {
    /// What each voxel mostly is.
    pub tissues: Vec<Tissue>,
    /// The images, in the order of its kind's modalities.
    pub images: Vec<Vec<i16>>,
}

impl Scan {
    fn bytes(&self) -> usize {
        self.tissues.len() + self.images.iter().map(|image| 2 * image.len()).sum::<usize>()
    }
}

/// Keeps scans alive that may be asked for again.
pub struct Shelf {
    room: usize,
    held: Mutex<(usize, VecDeque<Arc<Scan>>)>,
}

impl Shelf {
    /// A shelf for so many bytes.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Shelf { room, held: Mutex::default() }
    }

    /// Keeps a scan. Without room for it the longest kept ones go; the newest always stays.
    pub fn keep(&self, scan: &Arc<Scan>) {
        // What is held stays whole whoever panics: each step leaves a sum and a list that agree.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (bytes, scans) = &mut *held;
        scans.push_back(scan.clone());
        *bytes += scan.bytes();
        while *bytes > self.room && scans.len() > 1 {
            *bytes -= scans.pop_front().map_or(0, |scan| scan.bytes());
        }
    }

    /// How many scans it keeps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).1.len()
    }

    /// Whether it keeps none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
