//! Progress and cancellation, handed down as an argument: long work says how far it is and asks whether to go on.

use super::error::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// A flag that is raised once to stop the work that holds a copy of it.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    raised: AtomicBool,
    /// Works that nobody waits for any more and that have not ended.
    left: AtomicI64,
}

/// Work on a thread of its own, which may be left alone: either end tells the flag.
#[derive(Debug, Clone)]
pub struct Work {
    flag: Arc<Flag>,
    /// Whether it was left alone, or has ended.
    over: Arc<AtomicBool>,
}

impl Work {
    /// Nobody waits for it any more.
    pub fn leave(&self) {
        if !self.over.swap(true, Ordering::SeqCst) {
            self.flag.left.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// It has ended.
    pub fn end(&self) {
        if self.over.swap(true, Ordering::SeqCst) {
            self.flag.left.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl Cancel {
    /// A flag that is down.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to stop.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::Relaxed);
    }

    /// Lowers the flag before the next piece of work.
    pub fn lower(&self) {
        self.0.raised.store(false, Ordering::Relaxed);
    }

    /// Whether the work should stop.
    #[must_use]
    pub fn raised(&self) -> bool {
        self.0.raised.load(Ordering::Relaxed)
    }

    /// Work on a thread of its own, about to begin.
    #[must_use]
    pub fn work(&self) -> Work {
        Work { flag: self.0.clone(), over: Arc::default() }
    }

    /// How many works were left alone and have not ended.
    #[must_use]
    pub fn left_alone(&self) -> i64 {
        self.0.left.load(Ordering::SeqCst)
    }

    /// An error of kind `cancelled` when the flag is up.
    ///
    /// # Errors
    /// Only that one.
    pub fn check(&self) -> Result<()> {
        if self.raised() { Err(Error::cancelled()) } else { Ok(()) }
    }
}

/// Where progress is shown; the shell draws bars, a script that is piped draws nothing.
pub trait Display: Send + Sync {
    /// A stage of `total` steps begins; its number is given back to the other calls.
    fn begin(&self, id: u64, label: &str, total: u64);
    /// So many of its steps are done, with a short remark (may be empty).
    fn update(&self, id: u64, done: u64, remark: &str);
    /// The stage is over, finished or not.
    fn end(&self, id: u64);
}

struct Silent;

impl Display for Silent {
    fn begin(&self, _: u64, _: &str, _: u64) {}
    fn update(&self, _: u64, _: u64, _: &str) {}
    fn end(&self, _: u64) {}
}

/// What long work is given: a place to show progress, and the flag that stops it.
#[derive(Clone)]
pub struct Monitor {
    display: Arc<dyn Display>,
    cancel: Cancel,
    next: Arc<AtomicU64>,
}

impl Monitor {
    /// Progress to `display`, stopped by `cancel`.
    pub fn new(display: Arc<dyn Display>, cancel: Cancel) -> Self {
        Monitor { display, cancel, next: Arc::new(AtomicU64::new(0)) }
    }

    /// Shows nothing and is never stopped: for tests and for short work.
    #[must_use]
    pub fn silent() -> Self {
        Monitor::new(Arc::new(Silent), Cancel::new())
    }

    /// The flag.
    #[must_use]
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Begins a stage of `total` steps; it ends when the value is dropped.
    #[must_use]
    pub fn stage(&self, label: &str, total: usize) -> Stage {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.display.begin(id, label, total as u64);
        Stage { monitor: self.clone(), id, done: AtomicU64::new(0) }
    }
}

/// One stage of long work; may be advanced from many threads.
pub struct Stage {
    monitor: Monitor,
    id: u64,
    done: AtomicU64,
}

impl Stage {
    /// `steps` more are done.
    ///
    /// # Errors
    /// Of kind `cancelled` when the user asked to stop.
    pub fn advance(&self, steps: usize) -> Result<()> {
        self.remark(steps, "")
    }

    /// `steps` more are done, with a short remark such as `loss 0.41`.
    ///
    /// # Errors
    /// As [`Stage::advance`].
    pub fn remark(&self, steps: usize, remark: &str) -> Result<()> {
        let done = self.done.fetch_add(steps as u64, Ordering::Relaxed) + steps as u64;
        self.monitor.display.update(self.id, done, remark);
        self.monitor.cancel.check()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.monitor.display.end(self.id);
    }
}
