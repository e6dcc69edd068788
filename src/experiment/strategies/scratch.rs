//! Only the target's few cases.

use crate::base::error::Result;
use crate::base::params::Checked;
use crate::dataset::task::Task;
use crate::experiment::protocol::{expect_sources, follow};
use crate::experiment::run::Run;
use crate::experiment::strategy::Strategy;
use crate::train::context::Context;
use crate::train::options::TrainParams;

/// Trains on the target's cases alone, from random weights.
pub struct Scratch;

impl Strategy for Scratch {
    fn name(&self) -> &'static str {
        "scratch"
    }

    fn summary(&self) -> &'static str {
        "trains on the target's few cases alone, from random weights"
    }

    fn run(&self, sources: &[Task], target: &Task, params: &Checked<TrainParams>, context: &Context) -> Result<Run> {
        expect_sources(self.name(), "no source", sources.is_empty(), sources.len())?;
        follow(self.name(), &[], target, params, context)
    }
}
