//! Training a network on one task, from random weights or from another network's.

use super::abandon::{abandonable, settle};
use super::context::Context;
use super::model::{About, Model};
use super::options::{Course, TrainParams};
use super::planner::NetworkPlan;
use super::prepared::{Example, Scope};
use super::recipe::Recipe;
use super::session::Session;
use super::shape::{check, fitting, strides};
use super::start::{Set, Start};
use crate::base::error::{Error, Kind, Result};
use crate::base::parallel::try_map;
use crate::base::params::{Checked, Params};
use crate::dataset::case::Case;
use crate::dataset::task::Task;
use crate::net::device::choose;
use crate::net::unet::{UNet, UNetParams};

/// Training cases of `train` and of an initial source.
pub const SOURCE_CASES: usize = 60;

/// Training cases of the target and of every later step.
pub const LATER_CASES: usize = 3;

/// A task to train on.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// The task.
    pub task: &'a Task,
    /// On how many of its first cases; all if there are fewer.
    pub cases: usize,
}

impl<'a> Part<'a> {
    /// The cases it trains on.
    #[must_use]
    pub fn own(&self) -> &'a [Case] {
        let all = self.task.cases();
        &all[..self.cases.min(all.len())]
    }
}

/// One training to be done.
pub struct Order<'a> {
    /// On what: one task, or several at once with a decoder each, the last of which is then the network's.
    pub parts: Vec<Part<'a>>,
    /// How long and how fast.
    pub course: Course,
    /// The longest it may take.
    pub seconds: Option<f64>,
}

/// Trains from random weights on the first `cases` (60) of a task.
///
/// # Errors
/// As [`begin`].
pub fn train(task: &Task, params: &Checked<TrainParams>, context: &Context) -> Result<Model> {
    let cases = params.cases.or(params.source_cases).unwrap_or(SOURCE_CASES);
    let order = Order {
        parts: vec![Part { task, cases }],
        course: params.alone(params.first_course()?)?,
        seconds: params.max_minutes.map(|minutes| 60.0 * minutes),
    };
    begin(&order, params, context)
}

/// Trains a network further on the first `cases` (3) of a task. `epochs` counts the epochs of this step.
///
/// # Errors
/// As [`begin`]; `base` or `stages` are other ones than the network's.
pub fn fine_tune(model: &Model, task: &Task, params: &Checked<TrainParams>, context: &Context) -> Result<Model> {
    let net = model.net().params();
    for (option, given, own) in [("base", params.base, net.base), ("stages", params.stages, net.stages)] {
        if let Some(given) = given.filter(|given| *given != own) {
            return Err(Error::argument(format!(
                "option `{option}` is {given}, but the network that is trained further has {own}"
            ))
            .help(format!("leave `{option}` out, or train a new network")));
        }
    }
    let model = &params.patch.map_or_else(|| Ok(model.clone()), |patch| model.with_patch(patch))?;
    let mut course = params.later_course()?;
    course.epochs = params.later_epochs.or(params.epochs).unwrap_or(course.epochs);
    course.lr = params.later_lr.or(params.lr).unwrap_or(course.lr);
    let order = Order {
        parts: vec![Part { task, cases: params.cases.unwrap_or(LATER_CASES) }],
        course: params.alone(course)?,
        seconds: params.max_minutes.map(|minutes| 60.0 * minutes),
    };
    further(model, &order, params, context)
}

/// Trains a network from random weights. Several tasks share the encoder; batches mix their patches in turn.
///
/// # Errors
/// The task has no cases, or its objective is empty in all of them; a file is wrong; options do not fit; the user
/// stopped (the network so far has then been given to the context's `keep`).
pub fn begin(order: &Order, params: &Checked<TrainParams>, context: &Context) -> Result<Model> {
    let recipe = params.named_recipe()?;
    let spacing = params.plan.as_ref().map(NetworkPlan::spacing);
    let sets = load_all(order, spacing, Scope::NonZero, context)?;
    let device = choose(&params.device)?;
    let weights = params.seed_or(context.seed).named("weights");
    let (patch, net) = match &params.plan {
        Some(plan) => (plan.patch(), plan.net().clone()),
        None => fitted(&sets, params, recipe)?,
    };
    let fresh = |attempt: u64| {
        let seed = weights.nth(attempt);
        let mut nets = vec![UNet::new(&net, seed, &device)?];
        for set in &sets[1..] {
            nets.push(nets[0].sharing_encoder(seed.named(&set.name))?);
        }
        Ok(nets)
    };
    let about = About { patch, spacing, augment: Some(params.named_augment()?), ..About::default() };
    Session::new(order.course, order.seconds, params, context, &sets, about)?.run(&Start::Random(&net, &fresh), &device)
}

/// The patch and the network that the options and the images ask for.
fn fitted(sets: &[Set], params: &TrainParams, recipe: &Recipe) -> Result<([usize; 3], Checked<UNetParams>)> {
    let stages = params.stages.unwrap_or(recipe.stages);
    let examples = || sets.iter().flat_map(|set| set.examples.iter());
    let largest = |axis: usize| examples().map(|e| e.image.shape[axis]).max().unwrap_or(1);
    let patch = params.patch.unwrap_or_else(|| fitting(std::array::from_fn(largest), recipe.patch, stages));
    check(patch, stages)?;
    let net = UNetParams {
        base: params.base.unwrap_or(recipe.base),
        stages,
        // Tensors have k first.
        strides: Some(strides(patch, stages).into_iter().map(|[i, j, k]| [k, j, i]).collect()),
        ..UNetParams::default()
    };
    Ok((patch, net.check()?))
}

/// Trains a copy of a network further, on one task; its patch size stays.
///
/// # Errors
/// As [`begin`].
pub fn further(model: &Model, order: &Order, params: &Checked<TrainParams>, context: &Context) -> Result<Model> {
    if let Some(plan) = &params.plan {
        model.net().check_plan(plan.net())?;
        plan.check_spacing(model.about().spacing)?;
    }
    if params.keep_heads {
        model.check_binary()?
    } else {
        model.check_channels()?
    }
    let sets = load_all(order, model.about().spacing, model.about().scope, context)?;
    let about = About { augment: Some(params.named_augment()?), mirrored: None, ..model.about().clone() };
    let seed = params.seed_or(context.seed).named("heads").nth(about.lineage.len() as u64);
    let start = if params.keep_heads { model.net().detached_copy()? } else { model.net().with_new_heads(2, seed)? };
    let device = model.net().device();
    Session::new(order.course, order.seconds, params, context, &sets, about)?.run(&Start::Network(&start), device)
}

fn load_all(order: &Order, spacing: Option<[f64; 3]>, scope: Scope, context: &Context) -> Result<Vec<Set>> {
    // Waiting for a step that was left alone is no part of a training's time, which begins after this.
    settle(context.monitor)?;
    let sets: Vec<Set> = order.parts.iter().map(|part| load(part, spacing, scope, context)).collect::<Result<_>>()?;
    if sets.is_empty() {
        return Err(Error::internal("a training without a task"));
    }
    Ok(sets)
}

/// Reads and prepares the training cases.
fn load(part: &Part, spacing: Option<[f64; 3]>, scope: Scope, context: &Context) -> Result<Set> {
    let name = part.task.name();
    let cases = part.own();
    if cases.is_empty() {
        return Err(Error::data(format!("task {name} has no cases to train on"))
            .help("take another task, or keep some of its cases for training"));
    }
    let (stage, own) = (context.monitor.stage(&format!("read {name}"), cases.len()), cases.to_vec());
    // A large case takes its time; nobody has to wait for its end.
    let read = move || {
        let load = |case| {
            let example = Example::load_at(case, spacing, scope).and_then(Example::with_contrast)?;
            stage.advance(1)?;
            Ok(example)
        };
        try_map(own.len(), |at| load(&own[at]))
    };
    let examples = abandonable(context.monitor.cancel(), read).map_err(|error| match error.kind() {
        Kind::Cancelled => error,
        _ => error.during(format!("task {name}")),
    })?;
    if examples.iter().all(|example| example.foreground.is_empty()) {
        let count = examples.len();
        return Err(Error::data(format!("the objective of task {name} is empty in all of its {count} training cases"))
            .help("take more `cases`, other cases (task.shuffle(seed)), or another objective; where an image is 0 all around, it is cropped"));
    }
    Ok(Set { name, examples: examples.into() })
}
