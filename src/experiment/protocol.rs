//! The protocol all strategies share: train on a first task, then step by step further, the target last; judge before
//! and after the target step on the same held-out cases.

use super::courses::courses;
use super::run::Run;
use super::split::Split;
use crate::base::error::{Error, Kind, Result};
use crate::base::params::Checked;
use crate::dataset::task::Task;
use crate::train::abandon::settle;
use crate::train::context::Context;
use crate::train::model::Model;
use crate::train::options::{Course, TrainParams};
use crate::train::predict::PredictParams;
use crate::train::scores::{Empty, Scores};
use crate::train::trainer::{LATER_CASES, Order, Part, begin, further};
use std::collections::BTreeSet;

/// A training on the way to the target.
pub struct Leg<'a> {
    /// On what: several tasks share one encoder.
    pub parts: Vec<Part<'a>>,
}

impl<'a> Leg<'a> {
    /// A training on one task's first `cases`; all if there are fewer.
    #[must_use]
    pub fn on(task: &'a Task, cases: usize) -> Self {
        Leg { parts: vec![Part { task, cases }] }
    }
}

/// Trains along the legs and on the target, and judges.
///
/// # Errors
/// As [`super::strategy::Strategy::run`].
pub fn follow(
    strategy: &str,
    legs: &[Leg],
    target: &Task,
    params: &Checked<TrainParams>,
    context: &Context,
) -> Result<Run> {
    settle(context.monitor)?;
    let started = (context.clock)();
    let split = Split::of(target, params)?;
    let mut sources = legs.iter().flat_map(|leg| &leg.parts);
    if let Some(part) = sources.find(|part| part.task.fields() == target.fields()) {
        return Err(Error::argument(format!("{strategy}: the target {} is also a source", part.task.name()))
            .help("take sources of other institutions: tasks.except_institution(..)"));
    }
    let last = Leg::on(&split.train, params.cases.unwrap_or(LATER_CASES));
    let tasks: Vec<usize> = legs.iter().chain([&last]).map(|leg| leg.parts.len()).collect();
    let courses = courses(&tasks, params)?;
    let steps = |course: &Course| course.epochs * course.steps;
    let mut left: usize = courses.iter().map(steps).sum();
    let mut seconds = params.max_minutes.map(|minutes| 60.0 * minutes);
    let mut model: Option<Model> = None;
    let mut zero_shot = None;
    for (number, (leg, course)) in legs.iter().chain([&last]).zip(courses).enumerate() {
        if number == legs.len() {
            zero_shot = model.as_ref().map(|m| judge(m, &split.test, params.judging, context)).transpose()?;
        }
        let own = steps(&course);
        let order = Order {
            parts: leg.parts.clone(),
            course,
            // What is left of the time goes to the trainings that are left, by their steps.
            seconds: seconds.map(|most| (most * own as f64 / left.max(1) as f64).max(1e-3)),
        };
        let before = (context.clock)();
        model = Some(match &model {
            None => begin(&order, params, context)?,
            Some(model) => further(model, &order, params, context)?,
        });
        left -= own.min(left);
        seconds = seconds.map(|most| most - ((context.clock)() - before));
    }
    let model = model.ok_or_else(|| Error::internal(format!("{strategy} has trained nothing")))?;
    let scores = judge(&model, &split.test, params.judging, context)?;
    // What was done before took its time then.
    let before: f64 = model.lineage().iter().filter(|training| training.stored).map(|training| training.seconds).sum();
    Ok(Run {
        strategy: strategy.to_owned(),
        target: target.name(),
        model,
        scores,
        zero_shot,
        leaks: leaks(legs.iter().chain([&last]), &split.test),
        contents: [contents(&split.train), contents(&split.test)],
        seconds: (context.clock)() - started + before,
    })
}

/// Scores a network; when the user stops that, the network is kept.
fn judge(model: &Model, test: &Task, how: PredictParams, context: &Context) -> Result<Scores> {
    model.evaluate_by(test, Empty::Nan, how, context).inspect_err(|error| {
        if error.kind() == Kind::Cancelled {
            (context.keep)(model.clone());
        }
    })
}

/// Which trainings were on subjects that the network is judged on, as sentences without an end.
fn leaks<'a>(legs: impl Iterator<Item = &'a Leg<'a>>, test: &Task) -> Vec<String> {
    let judged: BTreeSet<&str> = test.cases().iter().map(|case| case.subject.as_str()).collect();
    let home = |task: &Task| task.fields().institution == test.fields().institution;
    let mut leaks = Vec::new();
    for part in legs.flat_map(|leg| &leg.parts).filter(|part| home(part.task)) {
        let both: Vec<&str> = part
            .own()
            .iter()
            .filter(|case| judged.contains(case.subject.as_str()))
            .map(|case| case.id.as_str())
            .collect();
        if let [first, ..] = both[..] {
            let others = if both.len() > 1 { format!(" and {} more", both.len() - 1) } else { String::new() };
            leaks.push(format!("training on {} saw subjects that are judged: {first}{others}", part.task.name()));
        }
    }
    leaks
}

/// What tells the images and labels of a task's cases from others.
fn contents(task: &Task) -> Vec<String> {
    task.cases().iter().map(|case| format!("{} {}", case.source.image_key(), case.source.mask_key())).collect()
}

/// The wrong number of sources for a strategy.
///
/// # Errors
/// Always, unless `got` is fine.
pub fn expect_sources(strategy: &str, wanted: &str, fine: bool, got: usize) -> Result<()> {
    crate::ensure!(fine, "{strategy} takes {wanted}, got {got}");
    Ok(())
}
