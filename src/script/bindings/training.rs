//! What the verbs that train have in common: their options, and what they are given.

use crate::base::error::Error;
use crate::base::params::{Checked, Params};
use crate::dataset::task::Task;
use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::number::as_whole;
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::train::context::Context;
use crate::train::freeze::Freeze;
use crate::train::options::{Test, TrainParams};
use crate::train::planner::NetworkPlan;
use crate::train::predict::PredictParams;
use rhai::{Dynamic, Map, NativeCallContext};
use std::path::PathBuf;

/// The options of every verb that trains.
#[must_use]
pub fn training_options() -> Vec<OptionDoc> {
    list(|reader| options(reader, &mut TrainParams::default()))
}

fn options(reader: &mut Reader, params: &mut TrainParams) {
    reader.ranges(TrainParams::RANGES);
    const RECIPE: &str = "the recipe's";
    reader.text("recipe", &mut params.recipe, "\"quick\", \"paper\" or \"released\": see recipes()");
    reader.maybe_whole("epochs", &mut params.epochs, RECIPE, "epochs from random weights");
    reader.maybe_whole("later_epochs", &mut params.later_epochs, RECIPE, "epochs of a later step");
    reader.maybe_whole("steps", &mut params.steps, RECIPE, "batches an epoch");
    reader.maybe_whole(
        "budget",
        &mut params.budget,
        "as epochs and steps say",
        "batches of all trainings of a strategy, shared as their epochs are",
    );
    reader.maybe_whole("base", &mut params.base, RECIPE, "features of the first stage");
    reader.maybe_whole("stages", &mut params.stages, RECIPE, "resolutions of the network");
    reader.maybe_shape("patch", &mut params.patch, "the largest case's", "voxels of a patch, 4 to 1024");
    if let Some(value) = reader.value(
        "plan",
        "none",
        "a NetworkPlan in place of base, stages and patch: images are brought to its spacing",
    ) {
        match value.clone().try_cast::<NetworkPlan>() {
            Some(plan) => params.plan = Some(plan),
            None => reader.wrong("plan", "a NetworkPlan of plan_network(tasks)", &value),
        }
    }
    reader.maybe_whole("batch", &mut params.batch, "the plan's or recipe's", "patches a batch");
    if let Some(value) = reader.value(
        "freeze",
        RECIPE,
        "what later steps leave: \"encoder\" (true), \"none\" (false), \"all_but_heads\"",
    ) {
        let named = value.clone().into_string().ok().and_then(|name| Freeze::named(&name));
        let flag = value.as_bool().ok().map(|flag| if flag { Freeze::Encoder } else { Freeze::None });
        match named.or(flag) {
            Some(freeze) => params.freeze = Some(freeze),
            None => reader.wrong("freeze", "\"encoder\" (true), \"none\" (false) or \"all_but_heads\"", &value),
        }
    }
    reader.flag("keep_heads", &mut params.keep_heads, "whether later steps begin with the heads they find");
    reader.maybe_whole("cases", &mut params.cases, "3, of train 60", "training cases of the target and later steps");
    reader.maybe_whole(
        "source_cases",
        &mut params.source_cases,
        "60, of direct 63",
        "training cases of the first source",
    );
    if let Some(value) = reader.value("test", "the rest", "held-out cases: how many, or a Task") {
        match (value.clone().try_cast::<Task>(), as_whole(&value).and_then(|n| usize::try_from(n).ok())) {
            (Some(task), _) => params.test = Test::Task(task),
            (None, Some(n)) => params.test = Test::Count(n),
            (None, None) => reader.wrong("test", "a whole number or a Task", &value),
        }
    }
    reader.maybe_text("augment", &mut params.augment, RECIPE, "\"none\", \"mirror\", \"intensity\" or \"nnunet\"");
    reader.maybe_whole("seed", &mut params.seed, "that of seed(n)", "seed of weights and batches");
    reader.text("device", &mut params.device, "\"cpu\" or \"cuda:0\"; only a CPU gives the same bits on every machine");
    reader.maybe_number("max_minutes", &mut params.max_minutes, "none", "longest wall time of a whole run");
    reader.maybe_number(
        "foreground_weight",
        &mut params.foreground_weight,
        RECIPE,
        "the objective's weight in the loss",
    );
    reader.maybe_number("lr", &mut params.lr, RECIPE, "first learning rate from random weights");
    reader.maybe_number("later_lr", &mut params.later_lr, RECIPE, "first learning rate of a later step");
    reader.flag(
        "recompute",
        &mut params.recompute,
        "compute stages twice: less memory, a third more time, the same bits",
    );
    reader.flag("reuse", &mut params.reuse, "whether a training that was done before is not done again");
    let mut folder = None;
    reader.maybe_text("checkpoints", &mut folder, "the cache", "a folder for states and results of the trainings");
    params.checkpoints = folder.map(PathBuf::from);
    reader.number("checkpoint_seconds", &mut params.checkpoint_seconds, "seconds between two states of a training");
    judging_options(reader, &mut params.judging);
}

/// How a network is asked.
pub(super) fn judging_options(reader: &mut Reader, how: &mut PredictParams) {
    reader.flag("mirroring", &mut how.mirroring, "mean logits of all ways to mirror the axes mirrored in training");
    reader.flag("largest_component", &mut how.largest_component, "keep only the largest connected part predicted");
}

/// Reads the options of a verb that trains.
///
/// # Errors
/// An unknown option, one of the wrong type, or a value out of range.
pub fn train_options(call: &NativeCallContext, verb: &'static str, map: &Map) -> Answer<Checked<TrainParams>> {
    let mut params = TrainParams { device: Environment::of(call).device(), ..TrainParams::default() };
    read(verb, map, |reader| options(reader, &mut params))?;
    Ok(params.check()?)
}

/// Does work that trains or judges; a network whose training is stopped is kept for the session.
///
/// # Errors
/// Those of the work.
pub fn trained<T>(call: &NativeCallContext, work: impl FnOnce(&Context) -> Result<T, Error>) -> Result<T, Fault> {
    let environment = Environment::of(call);
    let keep = |model| environment.keep(Dynamic::from(model));
    let context = Context {
        monitor: environment.monitor(),
        clock: &*environment.host.clock,
        seed: environment.seed(),
        keep: &keep,
        store: Some(environment.store()),
    };
    work(&context).map_err(Fault::from)
}
