//! What measuring is given beside tasks and options.

use crate::base::progress::Monitor;
use crate::base::seed::Seed;
use crate::io::shelf::Scratch;
use crate::io::store::Store;

/// A seed, a place for results that are kept between runs, a place for arrays that outgrow memory, and someone to tell.
#[derive(Clone)]
pub struct Work {
    /// Draws cases, points and directions.
    pub seed: Seed,
    /// Results of earlier runs.
    pub store: Store,
    /// Arrays that outgrow memory.
    pub scratch: Scratch,
    /// Progress and cancellation.
    pub monitor: Monitor,
}

impl Work {
    /// Work that keeps nothing, stays in memory and is never stopped.
    #[must_use]
    pub fn quiet(seed: Seed) -> Self {
        Work { seed, store: Store::none(), scratch: Scratch::unlimited(), monitor: Monitor::silent() }
    }
}
