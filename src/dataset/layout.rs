//! What a dataset layout must say and do.

use super::cohort::Cohort;
use super::open_params::OpenParams;
use super::tasks::Tasks;
use crate::base::error::Result;
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use std::path::Path;

/// Whether a folder is laid out in some way, and what was seen that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detection {
    /// It is; what was seen: `partitioning_1.csv and 30 folders FeTS2022_*`.
    Fits(String),
    /// It is not; what was missed: `no dataset.json`.
    Not(String),
}

impl Detection {
    /// Whether it fits.
    #[must_use]
    pub fn fits(&self) -> bool {
        matches!(self, Detection::Fits(_))
    }

    /// What was seen or missed.
    #[must_use]
    pub fn because(&self) -> &str {
        match self {
            Detection::Fits(text) | Detection::Not(text) => text,
        }
    }
}

/// A way to arrange the images and labels of many cases on disk.
pub trait Layout: Sync {
    /// Its name in `open_tasks(dir, #{ layout: "..." })`.
    fn name(&self) -> &'static str;

    /// What it looks for, in a few words: `a .csv file`.
    fn looks_for(&self) -> &'static str;

    /// Whether `path` is laid out this way, from names alone. No two layouts say so of one folder.
    fn detect(&self, path: &Path) -> Detection;

    /// The images at `path` with their labels; none of them is read. What does not fit together but stops nothing
    /// (an image without a label) is a note.
    ///
    /// # Errors
    /// Names the file and row or folder, what was wanted and what was found.
    fn read(&self, path: &Path, params: &Checked<OpenParams>) -> Result<Cohort>;

    /// Writes tasks into the folder `path`, which is new or empty, so that [`Layout::read`] finds the same cases.
    ///
    /// # Errors
    /// When the tasks cannot be laid out this way (says why), or a file cannot be written.
    fn write(&self, tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()>;
}
