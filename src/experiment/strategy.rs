//! What a strategy must say.

use super::run::Run;
use crate::base::error::Result;
use crate::base::params::Checked;
use crate::dataset::task::Task;
use crate::train::context::Context;
use crate::train::options::TrainParams;

/// A way to come to a network for a target.
pub trait Strategy: Sync {
    /// The name scripts and tables use.
    fn name(&self) -> &'static str;

    /// A sentence about it.
    fn summary(&self) -> &'static str;

    /// Carries it out from `sources` (as many as the strategy takes, in order) to the target.
    ///
    /// # Errors
    /// The wrong number of sources, a task that cannot be trained or tested on, or the user stopped.
    fn run(&self, sources: &[Task], target: &Task, params: &Checked<TrainParams>, context: &Context) -> Result<Run>;
}
