//! Along a path of sources to the target.

use crate::base::error::Result;
use crate::base::params::Checked;
use crate::dataset::task::Task;
use crate::experiment::protocol::{Leg, expect_sources, follow};
use crate::experiment::run::Run;
use crate::experiment::strategy::Strategy;
use crate::train::context::Context;
use crate::train::options::TrainParams;
use crate::train::trainer::{LATER_CASES, SOURCE_CASES};

/// Training cases of the path's `number`-th source.
pub(super) fn cases(params: &TrainParams, number: usize) -> usize {
    match number {
        0 => params.source_cases.unwrap_or(SOURCE_CASES),
        _ => params.cases.unwrap_or(LATER_CASES),
    }
}

/// Pre-trains on the first source of a path with 60 cases, fine-tunes on each further one with 3 cases, then on the target.
pub struct Sequential;

impl Strategy for Sequential {
    fn name(&self) -> &'static str {
        "sequential"
    }

    fn summary(&self) -> &'static str {
        "pre-trains on a path's first source, fine-tunes along the path, then on the target"
    }

    fn run(&self, sources: &[Task], target: &Task, params: &Checked<TrainParams>, context: &Context) -> Result<Run> {
        expect_sources(self.name(), "at least one source", !sources.is_empty(), sources.len())?;
        let legs: Vec<Leg> =
            sources.iter().enumerate().map(|(number, task)| Leg::on(task, cases(params, number))).collect();
        follow(self.name(), &legs, target, params, context)
    }
}
