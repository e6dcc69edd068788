//! What a transferability metric must say.

use super::sample::CheckedSample;

/// What a metric looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// The network's class probabilities.
    Probabilities,
    /// Its features.
    Features,
}

/// A transferability metric, or one variant of it; an entry of `METRICS`. Higher promises a better transfer.
pub struct Metric {
    /// The verb's name.
    pub name: &'static str,
    /// Which variant; empty where there is only one.
    pub variant: &'static str,
    /// One sentence about it.
    pub about: &'static str,
    /// What it looks at.
    pub needs: Needs,
    /// The metric of a sample.
    pub measure: fn(&CheckedSample) -> f64,
}
