//! Training a network on one task, from random weights or from another network's.

use super::abandon::abandonable;
use super::batch::assemble;
use super::context::Context;
use super::features::Features;
use super::history::{Epoch, Training};
use super::model::{About, Model};
use super::objective::{Share, Step, step};
use super::optimiser::Mover;
use super::options::{Course, TrainParams};
use super::patch::draw_mixed;
use super::planner::NetworkPlan;
use super::prepared::Example;
use super::recipe::{Augment, Recipe};
use super::schedule::Rate;
use super::shape::{check, fitting, strides};
use super::watch::{Overlap, Watch, patience};
use crate::base::error::{Error, Kind, Result};
use crate::base::params::{Checked, Params};
use crate::base::seed::Seed;
use crate::dataset::task::Task;
use crate::net::device::choose;
use crate::net::unet::{UNet, UNetParams};
use rayon::prelude::*;
use std::sync::Arc;

/// Training cases of `train` and of an initial source.
pub const SOURCE_CASES: usize = 60;

/// Training cases of the target and of every later step.
pub const LATER_CASES: usize = 3;

/// Batches in a row that may be left out because a number was not finite.
const MOST_SKIPPED: usize = 10;

/// A task to train on.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// The task.
    pub task: &'a Task,
    /// On how many of its first cases; all if there are fewer.
    pub cases: usize,
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
        course: params.first_course()?,
        seconds: params.max_minutes.map(|minutes| 60.0 * minutes),
    };
    begin(&order, params, context)
}

/// Trains a network further on the first `cases` (3) of a task. `epochs` counts the epochs of this step.
///
/// # Errors
/// As [`begin`].
pub fn fine_tune(model: &Model, task: &Task, params: &Checked<TrainParams>, context: &Context) -> Result<Model> {
    let mut course = params.later_course()?;
    course.epochs = params.later_epochs.or(params.epochs).unwrap_or(course.epochs);
    course.lr = params.later_lr.or(params.lr).unwrap_or(course.lr);
    let order = Order {
        parts: vec![Part { task, cases: params.cases.unwrap_or(LATER_CASES) }],
        course,
        seconds: params.max_minutes.map(|minutes| 60.0 * minutes),
    };
    resume(model, &order, params, context)
}

/// Trains a network from random weights. Several tasks share the encoder; batches mix their patches in turn.
///
/// # Errors
/// The task has no cases, or its objective is empty in all of them; a file is wrong; options do not fit; the user
/// stopped (the network so far has then been given to the context's `keep`).
pub fn begin(order: &Order, params: &Checked<TrainParams>, context: &Context) -> Result<Model> {
    let recipe = params.named_recipe()?;
    let spacing = params.plan.as_ref().map(NetworkPlan::spacing);
    let sets = load_all(order, spacing, context)?;
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
    let about =
        About { patch, spacing, augment: Some(params.named_augment()?), lineage: Vec::new(), history: Vec::new() };
    Session::new(order, params, context, recipe, &sets, about)?.run(&fresh, true)
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
pub fn resume(model: &Model, order: &Order, params: &Checked<TrainParams>, context: &Context) -> Result<Model> {
    if let Some(plan) = &params.plan {
        model.net().check_plan(plan.net())?;
        plan.check_spacing(model.about().spacing)?;
    }
    let sets = load_all(order, model.about().spacing, context)?;
    let about = About { augment: Some(params.named_augment()?), ..model.about().clone() };
    let start = |_| Ok(vec![model.net().detached_copy()?]);
    Session::new(order, params, context, params.named_recipe()?, &sets, about)?.run(&start, false)
}

/// The training cases of one task.
struct Set {
    name: String,
    examples: Arc<[Example]>,
}

fn load_all(order: &Order, spacing: Option<[f64; 3]>, context: &Context) -> Result<Vec<Set>> {
    let sets: Vec<Set> = order.parts.iter().map(|part| load(part, spacing, context)).collect::<Result<_>>()?;
    if sets.is_empty() {
        return Err(Error::internal("a training without a task"));
    }
    Ok(sets)
}

/// Reads and prepares the training cases.
fn load(part: &Part, spacing: Option<[f64; 3]>, context: &Context) -> Result<Set> {
    let name = part.task.name();
    let cases = &part.task.cases()[..part.cases.min(part.task.cases().len())];
    if cases.is_empty() {
        return Err(Error::data(format!("task {name} has no cases to train on"))
            .help("take another task, or keep some of its cases for training"));
    }
    let stage = context.monitor.stage(&format!("read {name}"), cases.len());
    let examples: Vec<Example> = cases
        .par_iter()
        .map(|case| {
            let example = Example::load_at(case, spacing).map_err(|error| error.during(format!("task {name}")))?;
            stage.advance(1)?;
            Ok(example)
        })
        .collect::<Result<_>>()?;
    if examples.iter().all(|example| example.foreground.is_empty()) {
        let count = examples.len();
        return Err(Error::data(format!("the objective of task {name} is empty in all of its {count} training cases"))
            .help("take more `cases`, other cases (task.shuffle(seed)), or another objective"));
    }
    Ok(Set { name, examples: examples.into() })
}

/// One training while it goes on.
struct Session<'a> {
    order: &'a Order<'a>,
    context: &'a Context<'a>,
    recipe: &'a Recipe,
    batch: usize,
    augment: Augment,
    foreground_weight: f64,
    seed: Seed,
    root: u64,
    sets: &'a [Set],
    /// The tasks' names.
    name: String,
    about: About,
    started: f64,
}

/// How one attempt of a training went.
struct Attempt {
    /// One a task, with one encoder.
    nets: Vec<Arc<UNet>>,
    epochs: Vec<Epoch>,
    steps: usize,
    skipped: usize,
    end: End,
}

#[derive(PartialEq)]
enum End {
    Done,
    Collapsed,
    Stopped,
}

impl<'a> Session<'a> {
    fn new(
        order: &'a Order,
        params: &Checked<TrainParams>,
        context: &'a Context,
        recipe: &'a Recipe,
        sets: &'a [Set],
        about: About,
    ) -> Result<Self> {
        let root = params.seed_or(context.seed);
        let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
        let name = names.join(" + ");
        Ok(Session {
            order,
            context,
            recipe,
            batch: params.batch.or(params.plan.as_ref().map(|plan| plan.batch())).unwrap_or(recipe.batch),
            augment: params.named_augment()?,
            foreground_weight: params.foreground_weight.unwrap_or(recipe.foreground_weight),
            seed: root.named("batches").named(&name).nth(about.lineage.len() as u64),
            root: root.value(),
            sets,
            name,
            about,
            started: (context.clock)(),
        })
    }

    /// Trains what `start` gives; once more from other weights if that collapses and the weights are random.
    fn run(mut self, start: &dyn Fn(u64) -> Result<Vec<UNet>>, random: bool) -> Result<Model> {
        let (mut steps, mut skipped) = (0, 0);
        let mut number = 0;
        let attempt = loop {
            let attempt = self.attempt(start(number)?, number, random && number == 0)?;
            steps += attempt.steps;
            skipped += attempt.skipped;
            let again = attempt.end == End::Collapsed && random && number == 0 && attempt.steps >= patience(0);
            if !again || self.time_done() >= 1.0 {
                break attempt;
            }
            number += 1;
        };
        let course = self.order.course;
        self.about.lineage.push(Training {
            task: self.name.clone(),
            cases: self.sets.iter().flat_map(|set| set.examples.iter()).map(|example| example.id.clone()).collect(),
            recipe: self.recipe.name.to_owned(),
            steps,
            seconds: (self.context.clock)() - self.started,
            seed: self.root,
            frozen: course.freeze,
            restarts: number as usize,
            skipped,
            collapsed: attempt.end == End::Collapsed,
            stopped: attempt.end == End::Stopped,
        });
        self.about.history.extend(attempt.epochs);
        // The copy: a step that was left alone may still read the other.
        let last = attempt.nets.last().ok_or_else(|| Error::internal("a training without a network"))?;
        let model = Model::new(last.detached_copy()?, self.about);
        if attempt.end == End::Stopped {
            (self.context.keep)(model);
            return Err(Error::cancelled());
        }
        Ok(model)
    }

    fn attempt(&self, nets: Vec<UNet>, number: u64, may_give_up: bool) -> Result<Attempt> {
        let nets: Vec<Arc<UNet>> = nets.into_iter().map(Arc::new).collect();
        let net = &nets[0];
        let course = self.order.course;
        let total = course.epochs * course.steps;
        let mut label = format!("train {}", self.name);
        if number > 0 {
            label += " again";
        }
        let stage = self.context.monitor.stage(&label, total);
        let mut parameters = if course.freeze { net.decoder_parameters() } else { net.parameters() };
        for (net, set) in nets[1..].iter().zip(&self.sets[1..]) {
            let own = net.decoder_parameters().into_iter();
            parameters.extend(own.map(|(name, variable)| (format!("{}: {name}", set.name), variable)));
        }
        let mut mover = Mover::new(self.recipe.optimiser, parameters);
        let mut rate = Rate::new(self.recipe.anneal, course.lr);
        let patch = self.about.patch;
        let features = course.freeze.then(|| Arc::new(Features::new(net, &self.sets[0].examples, patch, self.augment)));
        let examples: Vec<&[Example]> = self.sets.iter().map(|set| &set.examples[..]).collect();
        let mut watch = Watch::default();
        let mut attempt = Attempt { nets: nets.clone(), epochs: Vec::new(), steps: 0, skipped: 0, end: End::Done };
        let mut in_a_row = 0;
        for epoch in 0..course.epochs {
            let (mut losses, mut overlap, mut lr) = (Vec::new(), Overlap::default(), 0.0);
            for _ in 0..course.steps {
                let seed = self.seed.nth(number).nth(attempt.steps as u64);
                let cuts = draw_mixed(&examples, patch, self.batch, self.augment, attempt.steps, seed.named("cuts"));
                let mut shares = Vec::with_capacity(cuts.len());
                for (set, cuts) in cuts.into_iter().enumerate().filter(|(_, cuts)| !cuts.is_empty()) {
                    let vary = if set == 0 { seed.named("vary") } else { seed.named("vary").nth(set as u64) };
                    let batch = assemble(examples[set], &cuts, patch, self.augment, vary, net.device())?;
                    shares.push(Share { net: nets[set].clone(), batch, cuts });
                }
                let (features, foreground_weight) = (features.clone(), self.foreground_weight);
                let work = Step { shares, features, foreground_weight };
                let told = abandonable(self.context.monitor.cancel(), move || step(work));
                let (loss, seen, grads) = match told {
                    Ok(told) => told,
                    Err(error) if error.kind() == Kind::Cancelled => {
                        attempt.end = End::Stopped;
                        return Ok(attempt);
                    }
                    Err(error) => return Err(error.during(format!("training on {}", self.name))),
                };
                let done = (attempt.steps as f64 / total as f64).max(self.time_done());
                lr = rate.at(done);
                if loss.is_finite() && mover.step(&grads, lr)? {
                    in_a_row = 0;
                    losses.push(loss);
                    watch.see(seen);
                    overlap = overlap.plus(seen);
                } else {
                    attempt.skipped += 1;
                    in_a_row += 1;
                    self.endure(in_a_row)?;
                }
                attempt.steps += 1;
                let remark = format!("loss {loss:.3} dice {:.3}", watch.dice().unwrap_or(0.0));
                if stage.remark(1, &remark).is_err() {
                    attempt.end = End::Stopped;
                    return Ok(attempt);
                }
                if may_give_up && attempt.steps == patience(total) && watch.collapsed() {
                    attempt.end = End::Collapsed;
                    return Ok(attempt);
                }
                if self.time_done() >= 1.0 {
                    break;
                }
            }
            let loss = losses.iter().sum::<f64>() / losses.len() as f64;
            rate.epoch(loss);
            attempt.epochs.push(Epoch {
                training: self.about.lineage.len(),
                epoch: epoch + 1,
                loss,
                dice: overlap.dice().unwrap_or(f64::NAN),
                lr,
            });
            if self.time_done() >= 1.0 {
                break;
            }
        }
        if watch.collapsed() {
            attempt.end = End::Collapsed;
        }
        Ok(attempt)
    }

    /// Part of the longest time that is over; 0 without a limit.
    fn time_done(&self) -> f64 {
        self.order.seconds.map_or(0.0, |most| ((self.context.clock)() - self.started) / most)
    }

    fn endure(&self, in_a_row: usize) -> Result<()> {
        if in_a_row < MOST_SKIPPED {
            return Ok(());
        }
        let name = &self.name;
        Err(Error::data(format!("training on {name} gave {in_a_row} batches in a row whose loss is not finite"))
            .help("take a smaller `lr` (`later_lr` for a later step), and look at the images of its cases"))
    }
}
