//! One source, then the target.

use crate::base::error::Result;
use crate::base::params::Checked;
use crate::dataset::task::Task;
use crate::experiment::protocol::{Leg, expect_sources, follow};
use crate::experiment::run::Run;
use crate::experiment::strategy::Strategy;
use crate::train::context::Context;
use crate::train::options::TrainParams;
use crate::train::trainer::{LATER_CASES, SOURCE_CASES};

/// Pre-trains on one source with 63 cases, as many labels as a path of two sources uses, then fine-tunes on the target.
pub struct Direct;

impl Strategy for Direct {
    fn name(&self) -> &'static str {
        "direct"
    }

    fn summary(&self) -> &'static str {
        "pre-trains on one source, then fine-tunes on the target"
    }

    fn run(&self, sources: &[Task], target: &Task, params: &Checked<TrainParams>, context: &Context) -> Result<Run> {
        expect_sources(self.name(), "one source", sources.len() == 1, sources.len())?;
        let cases = params.source_cases.unwrap_or(SOURCE_CASES + LATER_CASES);
        follow(self.name(), &[Leg::on(&sources[0], cases)], target, params, context)
    }
}
