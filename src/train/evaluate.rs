//! Judging a network on held-out cases.

use super::context::Context;
use super::model::Model;
use super::predict::PredictParams;
use super::scores::{CaseScore, Empty, Scores};
use crate::base::error::{Kind, Result};
use crate::base::heap::Reuse;
use crate::dataset::task::Task;

impl Model {
    /// Scores the network on all cases of a task; voxels that a case ignores count neither for nor against it.
    ///
    /// # Errors
    /// The task has no cases, a file is wrong, or the user stopped.
    pub fn evaluate(&self, task: &Task, empty: Empty, context: &Context) -> Result<Scores> {
        self.evaluate_by(task, empty, PredictParams::default(), context)
    }

    /// The same, asked in a certain way.
    ///
    /// # Errors
    /// As [`Model::evaluate`].
    pub fn evaluate_by(&self, task: &Task, empty: Empty, how: PredictParams, context: &Context) -> Result<Scores> {
        let name = task.name();
        crate::ensure!(!task.cases().is_empty(), Kind::Data, "task {name} has no cases to evaluate on");
        let _work = Reuse::begin();
        let stage = context.monitor.stage(&format!("evaluate {name}"), task.cases().len());
        let mut cases = Vec::with_capacity(task.cases().len());
        for case in task.cases() {
            let in_case = |error: crate::base::error::Error| error.during(format!("task {name}, case {}", case.id));
            let image = case.source.image().map_err(in_case)?;
            let mut truth = case.source.mask().map_err(in_case)?;
            let mut predicted = self.predict_by(&image, how, context.monitor.cancel())?;
            if let Some(ignored) = case.source.ignored().map_err(in_case)? {
                (truth, predicted) = (truth.without(&ignored), predicted.without(&ignored));
            }
            cases.push(CaseScore::of(&case.id, &truth, &predicted, empty).map_err(in_case)?);
            stage.advance(1)?;
        }
        Ok(Scores { cases, empty })
    }
}
