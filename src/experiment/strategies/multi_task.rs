//! All sources of a path at once, then the target.

use super::sequential::cases;
use crate::base::error::Result;
use crate::base::params::Checked;
use crate::dataset::task::Task;
use crate::experiment::protocol::{Leg, expect_sources, follow};
use crate::experiment::run::Run;
use crate::experiment::strategy::Strategy;
use crate::train::context::Context;
use crate::train::options::TrainParams;
use crate::train::trainer::Part;

/// Mix-patch multi-task learning: one encoder, a decoder and head for each source of a path, batches that mix their patches in
/// turn; then the target's step from the decoder of the path's last source. Cases and batches in all are those of [`super::sequential::Sequential`].
///
/// Source: METHOD's reading of the paper's reference 8, which does not say which decoder the target begins with.
pub struct MultiTask;

impl Strategy for MultiTask {
    fn name(&self) -> &'static str {
        "multi_task"
    }

    fn summary(&self) -> &'static str {
        "trains on all sources of a path at once, with one encoder, then fine-tunes on the target"
    }

    fn run(&self, sources: &[Task], target: &Task, params: &Checked<TrainParams>, context: &Context) -> Result<Run> {
        expect_sources(self.name(), "at least one source", !sources.is_empty(), sources.len())?;
        let part = |(number, task)| Part { task, cases: cases(params, number) };
        let legs = [Leg { parts: sources.iter().enumerate().map(part).collect() }];
        follow(self.name(), &legs, target, params, context)
    }
}
