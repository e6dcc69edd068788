//! What a person may say about the data they open.

use crate::base::error::Result;
use crate::base::params::Params;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a person may say about the data they open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OpenParams {
    /// The layout's name; detected if it is not given.
    pub layout: Option<String>,
    /// Label values of each objective; the layout's own if there are none.
    pub objectives: BTreeMap<String, Vec<u16>>,
    /// Label values that scores leave out; the layout's own if not given.
    pub ignore: Option<Vec<u16>>,
    /// Names of cases and subjects to leave out.
    pub exclude: Vec<String>,
    /// A text file of more such names, one a line; what follows a `#` is a remark.
    pub exclude_file: Option<PathBuf>,
    /// The institution's name, for layouts of one institution; the folder's name if not given.
    pub institution: Option<String>,
    /// Which of several variants of a layout: the year of a BraTS release, the number of a FeTS partitioning, the pipeline
    /// of BIDS labels.
    pub release: Option<String>,
}

impl OpenParams {
    /// Refuses the option `institution`, for layouts whose folders name several.
    ///
    /// # Errors
    /// When the option was given.
    pub fn no_institution(&self, layout: &str) -> Result<()> {
        crate::ensure!(
            self.institution.is_none(),
            "option `institution` is for data of one institution, but the layout {layout} names its own"
        );
        Ok(())
    }

    /// Refuses the option `release`, for layouts that have one.
    ///
    /// # Errors
    /// When the option was given.
    pub fn no_release(&self, layout: &str) -> Result<()> {
        crate::ensure!(
            self.release.is_none(),
            "the layout {layout} has no option `release`: all its releases are alike"
        );
        Ok(())
    }
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
            let both = self.ignore.iter().flatten().find(|value| values.contains(value));
            crate::ensure!(
                both.is_none(),
                "the label value {} is ignored and belongs to the objective `{name}`; wanted one or the other",
                both.copied().unwrap_or_default()
            );
        }
        let background = self.ignore.iter().flatten().any(|&value| value == 0);
        crate::ensure!(!background, "option `ignore` holds the label value 0, which is background");
        let named = self.institution.as_ref().is_none_or(|name| !name.trim().is_empty());
        crate::ensure!(named, "option `institution` must be a name, got an empty text");
        Ok(())
    }
}
