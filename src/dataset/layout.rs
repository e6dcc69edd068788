//! What a dataset layout must say, and what a person may say about the data.

use super::tasks::Tasks;
use crate::base::error::Result;
use crate::base::params::Params;
use std::collections::BTreeMap;
use std::path::Path;

/// A way to arrange the images and labels of many cases on disk.
pub trait Layout: Sync {
    /// Its name in `open_tasks(dir, #{ layout: "..." })`.
    fn name(&self) -> &'static str;

    /// What it looks for, in a few words: `a .csv file`.
    fn looks_for(&self) -> &'static str;

    /// Whether `path` is laid out this way. No two layouts say so of one folder.
    fn detect(&self, path: &Path) -> bool;

    /// The tasks at `path`; images and labels are read later, when they are asked for.
    ///
    /// # Errors
    /// Names the file and row or folder, what was wanted and what was found.
    fn open(&self, path: &Path, params: &OpenParams) -> Result<Tasks>;
}

/// What a person may say about the data they open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OpenParams {
    /// The layout's name; detected if it is not given.
    pub layout: Option<String>,
    /// Label values of each objective, for layouts that do not fix them.
    pub objectives: BTreeMap<String, Vec<u16>>,
}

impl Params for OpenParams {
    fn validate(&self) -> Result<()> {
        for (name, values) in &self.objectives {
            crate::ensure!(!name.trim().is_empty(), "an objective has an empty name");
            crate::ensure!(
                !values.is_empty(),
                "the objective `{name}` has no label values; wanted at least one, such as [1]"
            );
            crate::ensure!(!values.contains(&0), "the objective `{name}` holds the label value 0, which is background");
        }
        Ok(())
    }
}
