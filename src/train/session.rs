//! One training from its start, or from where it was cut off, to its end.

use super::abandon::abandonable;
use super::batch::{Batch, assemble};
use super::checkpoint::write_network;
use super::context::Context;
use super::features::Features;
use super::freeze::Freeze;
use super::history::{Training, spark};
use super::identity::{Identity, of_examples, of_weights};
use super::live::Live;
use super::model::{About, Model};
use super::objective::{Share, Step, step};
use super::options::{Course, TrainParams};
use super::patch::draw_mixed;
use super::predict::margin_of;
use super::prepared::Example;
use super::progress::{FOUND, Progress};
use super::recipe::{Augment, Recipe};
use super::room::{self, Use};
use super::schedule::Rate;
use super::start::{Set, Start};
use super::vault::{Vault, Wish};
use super::watch::{Overlap, patience};
use crate::base::error::{Error, Kind, Result};
use crate::base::heap::Reuse;
use crate::base::params::Checked;
use crate::base::progress::Stage;
use crate::base::seed::Seed;
use crate::net::device::{Device, name};
use candle_core::backprop::GradStore;
use serde_json::json;
use std::sync::Arc;

/// Batches in a row that may be left out because a number was not finite.
const MOST_SKIPPED: usize = 10;

/// Batches that a network which is trained further is judged by before its first step.
const JUDGED: usize = 5;

/// One training while it goes on.
pub struct Session<'a> {
    course: Course,
    /// The longest it may take.
    seconds: Option<f64>,
    params: &'a TrainParams,
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

enum End {
    Done,
    Collapsed,
    /// Why.
    Diverged(String),
    Stopped,
}

impl<'a> Session<'a> {
    /// A training on these cases.
    ///
    /// # Errors
    /// An option has no value of that name.
    pub fn new(
        course: Course,
        seconds: Option<f64>,
        params: &'a Checked<TrainParams>,
        context: &'a Context<'a>,
        sets: &'a [Set],
        about: About,
    ) -> Result<Self> {
        let root = params.seed_or(context.seed);
        let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
        let (name, recipe) = (names.join(" + "), params.named_recipe()?);
        Ok(Session {
            course,
            seconds,
            params,
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

    /// The trained network: from where it is kept if this training was done before; else trained, from its last state if
    /// it was cut off; once more from other weights if it collapses and the weights are random.
    ///
    /// # Errors
    /// As [`super::trainer::begin`].
    pub fn run(mut self, start: &Start, device: &Device) -> Result<Model> {
        let mut vault = self.vault(start, device)?;
        if let Some(kept) = vault.as_ref().map(|vault| vault.result(device)).transpose()?.flatten() {
            return Ok(self.kept(&kept));
        }
        if let Some(vault) = &vault {
            vault.check(start.parameters())?;
        }
        let state = vault.as_ref().map(|vault| vault.state(device)).transpose()?.flatten();
        let mut live = self.live(start, state.as_ref().map_or(0, Live::attempt_of))?;
        let passed = self.course.freeze != Freeze::None || self.params.recompute;
        room::check(&live.nets[0], self.about.patch, self.batch, if passed { Use::Passed } else { Use::Trained })?;
        if let Some(state) = &state {
            let restored = live.restore(state, self.rate());
            if let Some(vault) = &mut vault {
                restored.map_err(|error| vault.about_state(error))?;
                vault.goes_on(live.progress.steps);
            }
            self.started -= live.progress.seconds;
        }
        let end = loop {
            let number = live.progress.attempt;
            let end = self.attempt(&mut live, start, &mut vault)?;
            let Progress { steps, skipped, earlier, .. } = live.progress;
            let again = matches!(end, End::Collapsed) && start.random() && number == 0 && steps >= patience(0);
            if !again || self.time_done() >= 1.0 || self.total(earlier[0] + steps) == 0 {
                break end;
            }
            live = self.live(start, number + 1)?;
            live.progress.earlier = [earlier[0] + steps, earlier[1] + skipped];
        };
        let stopped = matches!(end, End::Stopped);
        let model = self.ended(&live, start, end)?;
        if stopped {
            (self.context.keep)(model);
            let kept = match &mut vault {
                Some(vault) => vault.keep_last(&live, self.context.clock),
                None => None,
            };
            let told = kept.map(|steps| format!("asked again, the training goes on from step {steps}"));
            return Err(told.into_iter().fold(Error::cancelled(), Error::help));
        }
        if let Some(vault) = &vault {
            vault.keep_result(&model).inspect_err(|_| (self.context.keep)(model.clone()))?;
        }
        Ok(model)
    }

    /// Where this training is kept; nowhere if the session keeps nothing.
    fn vault(&self, start: &Start, device: &Device) -> Result<Option<Vault<'a>>> {
        let store = self.context.store.filter(|store| store.folder().is_some());
        if store.is_none() && self.params.checkpoints.is_none() {
            return Ok(None);
        }
        let (network, begin) = match start {
            Start::Random(plan, _) => (write_network(plan), "random weights".to_owned()),
            Start::Network(net) => (write_network(net.params()), of_weights(net)?),
        };
        let examples = || self.sets.iter().flat_map(|set| set.examples.iter());
        let Course { epochs, steps, lr, freeze } = self.course;
        let identity = Identity::new(json!({
            "task": self.name, "cases": examples().map(|example| &example.id).collect::<Vec<_>>(),
            "data": of_examples(examples()), "network": network, "start": begin, "patch": self.about.patch,
            "optimiser": format!("{:?}", self.recipe.optimiser), "schedule": format!("{:?}", self.recipe.anneal),
            "epochs": epochs, "steps": steps, "lr": lr, "freeze": freeze.name(), "batch": self.batch,
            "augment": self.augment.name(), "budgeted": self.params.budget.is_some(), "foreground_weight": self.foreground_weight, "seed": self.root,
            "max_minutes": self.params.max_minutes, "device": name(device), "number": self.about.lineage.len(),
        }));
        let wish = Wish {
            reuse: self.params.reuse,
            folder: self.params.checkpoints.as_deref(),
            every: self.params.checkpoint_seconds,
        };
        // Paths to one target by other sources do not share a file.
        let before = self.about.lineage.iter().rev().map(|training| training.task.as_str());
        let name = std::iter::once(self.name.as_str()).chain(before).collect::<Vec<_>>().join("-after-");
        let place = (self.about.lineage.len() + 1, name.as_str());
        Vault::open(identity, store, wish, place, (self.context.clock)()).map(Some)
    }

    fn rate(&self) -> Rate {
        Rate::new(self.recipe.anneal, self.course.lr)
    }

    fn live(&self, start: &Start, attempt: u64) -> Result<Live> {
        let names: Vec<&str> = self.sets.iter().map(|set| set.name.as_str()).collect();
        let progress = Progress::new(attempt, self.rate());
        Live::new(start.nets(attempt)?, &names, self.course.freeze, self.recipe.optimiser, progress)
    }

    /// A result that was kept, as the next training of this network.
    fn kept(self, kept: &Model) -> Model {
        let mut about = self.about;
        let training = about.lineage.len();
        about.history.extend(kept.history().iter().filter(|epoch| epoch.training == training).cloned());
        about.lineage.extend(kept.lineage().last().map(|last| Training { stored: true, ..last.clone() }));
        kept.clone().with_about(about)
    }

    /// The network that a training ended with, and its record.
    fn ended(&self, live: &Live, start: &Start, end: End) -> Result<Model> {
        let Progress { attempt, earlier, steps, skipped, best, .. } = live.progress;
        // One that has lost what it had found, or that was stopped, goes back to its best; to what it began with if that alone had.
        let found = live.progress.found();
        let best = best.map(|(epoch, average)| (epoch, average >= FOUND));
        let back = match &end {
            End::Done => None,
            End::Stopped => best.map(|(epoch, _)| epoch),
            End::Collapsed | End::Diverged(_) => {
                found.then_some(best.filter(|(_, good)| *good).map_or(0, |(epoch, _)| epoch))
            }
        };
        let diverged = match &end {
            End::Diverged(reason) => Some(reason.clone()),
            End::Collapsed if found => Some("it found nothing any more".to_owned()),
            _ => None,
        };
        let mut about = self.about.clone();
        about.lineage.push(Training {
            task: self.name.clone(),
            cases: self.sets.iter().flat_map(|set| set.examples.iter()).map(|example| example.id.clone()).collect(),
            recipe: self.recipe.name.to_owned(),
            steps: earlier[0] + steps,
            seconds: (self.context.clock)() - self.started,
            seed: self.root,
            frozen: self.course.freeze,
            restarts: attempt as usize,
            skipped: earlier[1] + skipped,
            collapsed: matches!(end, End::Collapsed) && !found,
            stopped: matches!(end, End::Stopped),
            diverged,
            restored: back,
            stored: false,
        });
        about.history.extend(live.progress.epochs.iter().cloned());
        // One that ended early has the part of its last epoch, too.
        let lr = live.progress.rate.at(live.progress.done(self.total(earlier[0]), self.time_done()));
        about.history.extend(live.progress.open_epoch(about.lineage.len() - 1, lr));
        let net = match back {
            Some(0) => start.nets(attempt)?.pop().ok_or_else(|| Error::internal("a training without a network"))?,
            back => live.last(back.is_some())?,
        };
        Ok(Model::new(net, about))
    }

    fn attempt(&self, live: &mut Live, start: &Start, vault: &mut Option<Vault>) -> Result<End> {
        let _work = Reuse::begin();
        let may_give_up = start.random() && live.progress.attempt == 0;
        let total = self.total(live.progress.earlier[0]);
        let label = format!("train {}{}", self.name, if live.progress.attempt > 0 { " again" } else { "" });
        let stage = self.context.monitor.stage(&label, total);
        let frozen = self.course.freeze != Freeze::None;
        let examples = &self.sets[0].examples;
        let features = frozen.then(|| Arc::new(Features::new(&live.nets[0], examples, self.about.patch, self.augment)));
        if live.progress.steps > 0 && stage.advance(live.progress.steps).is_err() {
            return Ok(End::Stopped);
        }
        if !start.random() && live.progress.steps == 0 {
            live.progress.first = self.dice_before(live)?;
        }
        while live.progress.steps < total {
            match self.advance(live, total, features.as_ref(), &stage) {
                Ok(None) => {}
                Ok(Some(end)) => return Ok(end),
                Err(error) if error.kind() == Kind::Cancelled => return Ok(End::Stopped),
                Err(error) => return Err(error.during(format!("training on {}", self.name))),
            }
            if may_give_up && live.progress.steps == patience(total) && live.progress.watch.collapsed() {
                return Ok(End::Collapsed);
            }
            if live.progress.lost >= patience(total) {
                return Ok(End::Diverged(format!("it found nothing any more in {} steps", live.progress.lost)));
            }
            if self.time_done() >= 1.0 {
                break;
            }
            if let Some(vault) = vault.as_mut().filter(|vault| vault.due((self.context.clock)())) {
                match vault.keep_state(live.state()?, live.progress.steps, self.context.clock) {
                    Ok(kept) => live.unkept = !kept,
                    Err(error) => {
                        (self.context.keep)(self.ended(live, start, End::Stopped)?);
                        return Err(error);
                    }
                }
            }
        }
        Ok(if live.progress.watch.collapsed() { End::Collapsed } else { End::Done })
    }

    /// Steps of an attempt after so many earlier ones: a budget is for all of them.
    fn total(&self, earlier: usize) -> usize {
        let all = self.course.epochs * self.course.steps;
        if self.params.budget.is_some() { all.saturating_sub(earlier) } else { all }
    }

    /// Dice of the first batches by the weights that the training begins with.
    fn dice_before(&self, live: &Live) -> Result<Option<f64>> {
        let mut all = Overlap::default();
        for number in 0..JUDGED {
            let mut shares = self.batch_of(live, number)?;
            let (Some(Share { net, batch, .. }), true) = (shares.pop(), shares.is_empty()) else { return Ok(None) };
            let Batch { image, label } = batch;
            let margin = abandonable(self.context.monitor.cancel(), move || margin_of(&net.predict(&image)?))?;
            all = all.plus(Overlap::count(margin.into_iter(), &label));
        }
        Ok(all.dice().filter(|_| all.truth > 0))
    }

    /// One step; says how the training ends if it does so here.
    fn advance(
        &self,
        live: &mut Live,
        total: usize,
        features: Option<&Arc<Features>>,
        stage: &Stage,
    ) -> Result<Option<End>> {
        let (loss, seen, grads) = self.gradients(live, features)?;
        let done = live.progress.done(total, self.time_done());
        let lr = live.progress.rate.at(done);
        if loss.is_finite() {
            live.judge(seen)?;
        }
        if loss.is_finite() && live.mover.step(&grads, lr)? {
            let progress = &mut live.progress;
            progress.in_a_row = 0;
            progress.losses.push(loss);
            progress.watch.see(seen);
            progress.overlap = progress.overlap.plus(seen);
            progress.lost = if progress.found() && progress.watch.collapsed() { progress.lost + 1 } else { 0 };
        } else {
            live.progress.skipped += 1;
            live.progress.in_a_row += 1;
        }
        let finite = live.progress.in_a_row < MOST_SKIPPED;
        live.progress.steps += 1;
        live.progress.seconds = (self.context.clock)() - self.started;
        if !finite {
            return self.not_finite(live).map(Some);
        }
        if live.progress.steps.is_multiple_of(self.course.steps) || self.time_done() >= 1.0 {
            live.progress.close_epoch(self.about.lineage.len(), lr);
        }
        let dice = live.progress.watch.dice().unwrap_or(0.0);
        let curve = spark(live.progress.epochs.iter().map(|epoch| epoch.dice));
        let unkept = if live.unkept { "  no room for its state" } else { "" };
        let remark = format!("loss {loss:.3} dice {dice:.3} {curve}{unkept}");
        Ok(stage.remark(1, remark.trim_end()).err().map(|_| End::Stopped))
    }

    /// Loss, voxels found and gradients of the next batch.
    fn gradients(&self, live: &Live, features: Option<&Arc<Features>>) -> Result<(f64, Overlap, GradStore)> {
        let work = Step {
            shares: self.batch_of(live, live.progress.steps)?,
            features: features.cloned(),
            only_heads: self.course.freeze == Freeze::AllButHeads,
            foreground_weight: self.foreground_weight,
            recompute: self.params.recompute,
        };
        abandonable(self.context.monitor.cancel(), move || step(work))
    }

    /// The so many-th batch, task by task.
    fn batch_of(&self, live: &Live, steps: usize) -> Result<Vec<Share>> {
        let patch = self.about.patch;
        let examples: Vec<&[Example]> = self.sets.iter().map(|set| &set.examples[..]).collect();
        let seed = self.seed.nth(live.progress.attempt).nth(steps as u64);
        let cuts = draw_mixed(&examples, patch, self.batch, self.augment, steps, seed.named("cuts"));
        let mut shares = Vec::with_capacity(cuts.len());
        for (set, cuts) in cuts.into_iter().enumerate().filter(|(_, cuts)| !cuts.is_empty()) {
            let vary = if set == 0 { seed.named("vary") } else { seed.named("vary").nth(set as u64) };
            let batch = assemble(examples[set], &cuts, patch, self.augment, vary, live.nets[set].device())?;
            shares.push(Share { net: live.nets[set].clone(), batch, cuts });
        }
        Ok(shares)
    }

    /// Part of the longest time that is over; 0 without a limit.
    fn time_done(&self) -> f64 {
        self.seconds.map_or(0.0, |most| ((self.context.clock)() - self.started) / most)
    }

    /// Too many batches in a row had no finite loss.
    fn not_finite(&self, live: &Live) -> Result<End> {
        let count = live.progress.in_a_row;
        if live.progress.found() {
            return Ok(End::Diverged(format!("{count} batches in a row without a finite loss")));
        }
        Err(Error::data(format!("{count} batches in a row gave a loss that is not finite"))
            .help("take a smaller `lr` (`later_lr` for a later step), and look at the images of its cases"))
    }
}
