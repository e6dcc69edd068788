//! A segmentation task: the images of one modality at one institution, with one binary objective.

use super::case::Case;
use crate::base::error::{Error, Result};
use crate::base::seed::Seed;
use rand::seq::SliceRandom;
use std::fmt;
use std::sync::Arc;

/// The three fields that name a task; written `01-T1ce-NCR`. An institution's name may hold `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskName {
    /// Where the images were made.
    pub institution: String,
    /// Canonical modality: `FLAIR`, `T1`, `T1ce`, `T2`, or the data's own word.
    pub modality: String,
    /// What is segmented.
    pub objective: String,
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.institution, self.modality, self.objective)
    }
}

/// A task and its cases, sorted by case id. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Task {
    name: Arc<TaskName>,
    cases: Arc<[Case]>,
}

impl Task {
    /// A task; its cases are sorted by id.
    #[must_use]
    pub fn new(name: TaskName, mut cases: Vec<Case>) -> Self {
        cases.sort_by(|a, b| a.id.cmp(&b.id));
        Task { name: Arc::new(name), cases: cases.into() }
    }

    /// The three fields.
    #[must_use]
    pub fn fields(&self) -> &TaskName {
        &self.name
    }

    /// The name as written: `01-T1ce-NCR`.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.to_string()
    }

    /// The cases in order.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The task itself, if it has at least `wanted` cases.
    ///
    /// # Errors
    /// Names the task, what was wanted and what it has.
    pub fn with_at_least(&self, wanted: usize) -> Result<&Self> {
        let got = self.cases.len();
        if got >= wanted {
            return Ok(self);
        }
        let error = match got {
            0 => Error::data(format!("the task {} has no cases", self.name())),
            _ => Error::data(format!("the task {} has {got} cases, wanted at least {wanted}", self.name())),
        };
        Err(error.help("take fewer, or open data that hold more"))
    }

    /// The task over its first `n` cases (all of them if there are fewer).
    #[must_use]
    pub fn take(&self, n: usize) -> Self {
        self.with_cases(self.cases[..n.min(self.cases.len())].to_vec())
    }

    /// The task without its first `n` cases.
    #[must_use]
    pub fn skip(&self, n: usize) -> Self {
        self.with_cases(self.cases[n.min(self.cases.len())..].to_vec())
    }

    /// The task over the cases for which `keep` holds.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&Case) -> bool) -> Self {
        self.with_cases(self.cases.iter().filter(|case| keep(case)).cloned().collect())
    }

    /// The task with its cases in a random order that depends on the seed and the institution only,
    /// so that the modalities and objectives of one institution stay aligned.
    #[must_use]
    pub fn shuffle(&self, seed: Seed) -> Self {
        let mut cases = self.cases.to_vec();
        cases.sort_by(|a, b| a.id.cmp(&b.id));
        cases.shuffle(&mut seed.named("shuffle").named(&self.name.institution).rng());
        self.with_cases(cases)
    }

    fn with_cases(&self, cases: Vec<Case>) -> Self {
        Task { name: self.name.clone(), cases: cases.into() }
    }
}
