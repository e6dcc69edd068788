//! The options of training, as a person gives them.

use super::freeze::Freeze;
use super::planner::NetworkPlan;
use super::predict::PredictParams;
use super::recipe::{Augment, RECIPES, Recipe, recipe};
use crate::base::error::{Error, Result};
use crate::base::params::{Params, Range, within};
use crate::base::seed::Seed;
use crate::dataset::task::Task;
use std::path::PathBuf;

/// Which cases of the target a network is judged on.
#[derive(Debug, Clone, Default)]
pub enum Test {
    /// All cases of the target after the training ones.
    #[default]
    Rest,
    /// So many of them.
    Count(usize),
    /// The cases of a task; none may be a training case.
    Task(Task),
}

/// Options of `train`, `fine_tune`, `scratch`, `direct` and `sequential`; what is `None` is the recipe's.
#[derive(Debug, Clone)]
pub struct TrainParams {
    /// `quick`, `paper` or `released`.
    pub recipe: String,
    /// Epochs from random weights.
    pub epochs: Option<usize>,
    /// Epochs of a later step; when only `epochs` is given, the recipe's share of it.
    pub later_epochs: Option<usize>,
    /// Batches an epoch.
    pub steps: Option<usize>,
    /// Batches of all trainings of a strategy together.
    pub budget: Option<usize>,
    /// Features of the first stage.
    pub base: Option<usize>,
    /// Resolutions of the network.
    pub stages: Option<usize>,
    /// Voxels of a patch along i, j, k; `None` takes the largest case up to the recipe's limit.
    pub patch: Option<[usize; 3]>,
    /// Patch, batch, spacing and network of a plan, in place of `base`, `stages` and `patch`.
    pub plan: Option<NetworkPlan>,
    /// Patches a batch.
    pub batch: Option<usize>,
    /// What later steps leave as it is.
    pub freeze: Option<Freeze>,
    /// Whether later steps begin with the heads they find; else with random ones.
    pub keep_heads: bool,
    /// Training cases of the target and of every later step (3), or of `train` (60): all if there are fewer.
    pub cases: Option<usize>,
    /// Training cases of the initial source (60; 63 for `direct`): all if there are fewer.
    pub source_cases: Option<usize>,
    /// What the network is judged on.
    pub test: Test,
    /// `none`, `mirror`, `intensity` or `nnunet`.
    pub augment: Option<String>,
    /// Seed of weights and batches; `None` takes the caller's.
    pub seed: Option<u64>,
    /// `cpu` or `cuda:0`.
    pub device: String,
    /// Longest wall time of a whole run; the learning rate comes down in time for it.
    pub max_minutes: Option<f64>,
    /// Weight of the objective's voxels in the cross-entropy.
    pub foreground_weight: Option<f64>,
    /// First learning rate from random weights.
    pub lr: Option<f64>,
    /// First learning rate of a later step.
    pub later_lr: Option<f64>,
    /// Whether stages of the network are computed twice to save memory; the result is the same.
    pub recompute: bool,
    /// Whether a training that was done before is not done again, and one that was cut off goes on.
    pub reuse: bool,
    /// A folder for the states and results of the trainings, whose files stay.
    pub checkpoints: Option<PathBuf>,
    /// Seconds between two states of a training.
    pub checkpoint_seconds: f64,
    /// How a strategy asks its networks when it judges them.
    pub judging: PredictParams,
}

impl Default for TrainParams {
    fn default() -> Self {
        TrainParams {
            recipe: "quick".into(),
            epochs: None,
            later_epochs: None,
            steps: None,
            budget: None,
            base: None,
            stages: None,
            patch: None,
            plan: None,
            batch: None,
            freeze: None,
            keep_heads: true,
            cases: None,
            source_cases: None,
            test: Test::Rest,
            augment: None,
            seed: None,
            device: "cpu".into(),
            max_minutes: None,
            foreground_weight: None,
            lr: None,
            later_lr: None,
            recompute: false,
            reuse: true,
            checkpoints: None,
            checkpoint_seconds: 30.0,
            judging: PredictParams::default(),
        }
    }
}

impl Params for TrainParams {
    const RANGES: &'static [Range] = &[
        Range::new("epochs", 1.0, 100000.0),
        Range::new("later_epochs", 0.0, 100000.0),
        Range::new("steps", 1.0, 100000.0),
        Range::new("budget", 1.0, 1000000000.0),
        Range::new("base", 1.0, 320.0),
        Range::new("stages", 2.0, 8.0),
        Range::new("batch", 1.0, 256.0),
        Range::new("cases", 1.0, 1000000.0),
        Range::new("source_cases", 1.0, 1000000.0),
        Range::new("max_minutes", 0.001, 1000000.0),
        Range::new("foreground_weight", 0.01, 1000.0),
        Range::new("lr", 1e-08, 1.0),
        Range::new("later_lr", 1e-08, 1.0),
        Range::new("checkpoint_seconds", 0.0, 1000000.0),
    ];

    fn validate(&self) -> Result<()> {
        self.named_recipe()?;
        self.named_augment()?;
        for (option, value) in [
            ("epochs", self.epochs),
            ("later_epochs", self.later_epochs),
            ("steps", self.steps),
            ("budget", self.budget),
            ("base", self.base),
            ("stages", self.stages),
            ("batch", self.batch),
            ("cases", self.cases),
            ("source_cases", self.source_cases),
        ] {
            if let Some(value) = value {
                Self::inside(option, value as f64)?;
            }
        }
        if self.plan.is_some() {
            let given =
                [("base", self.base.is_some()), ("stages", self.stages.is_some()), ("patch", self.patch.is_some())];
            if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
                return Err(Error::argument(format!("option `{option}` is decided by the option `plan`"))
                    .help("give one of the two; plan_network takes `base` and `memory`"));
            }
        }
        for voxels in self.patch.unwrap_or([32; 3]) {
            within("patch", voxels, 4, 1024)?;
        }
        for (option, value) in [
            ("max_minutes", self.max_minutes),
            ("foreground_weight", self.foreground_weight),
            ("lr", self.lr),
            ("later_lr", self.later_lr),
        ] {
            if let Some(value) = value {
                Self::inside(option, value)?;
            }
        }
        if self.checkpoints.as_ref().is_some_and(|folder| folder.as_os_str().is_empty()) {
            return Err(Error::argument("option `checkpoints` must name a folder, got an empty text")
                .help("leave it out to keep trainings in the cache"));
        }
        Self::inside("checkpoint_seconds", self.checkpoint_seconds)
    }
}

/// How long one training lasts and how fast it goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    /// Rounds of `steps` batches.
    pub epochs: usize,
    /// Batches a round.
    pub steps: usize,
    /// First learning rate.
    pub lr: f64,
    /// What stays as it is.
    pub freeze: Freeze,
}

impl TrainParams {
    /// The recipe of its name.
    ///
    /// # Errors
    /// Lists the recipes when there is none of that name.
    pub fn named_recipe(&self) -> Result<&'static Recipe> {
        recipe(&self.recipe).ok_or_else(|| {
            let names: Vec<&str> = RECIPES.iter().map(|r| r.name).collect();
            Error::argument(format!("option `recipe`: there is no recipe {:?}", self.recipe))
                .help(format!("recipes: {}", names.join(", ")))
        })
    }

    /// The augmentation asked for, or the recipe's.
    ///
    /// # Errors
    /// Lists the augmentations when there is none of that name.
    pub fn named_augment(&self) -> Result<Augment> {
        let Some(name) = &self.augment else { return Ok(self.named_recipe()?.augment) };
        Augment::named(name).ok_or_else(|| {
            Error::argument(format!("option `augment`: there is no augmentation {name:?}"))
                .help(format!("augmentations: {}", Augment::ALL.map(Augment::name).join(", ")))
        })
    }

    /// The course of a training from random weights.
    ///
    /// # Errors
    /// As [`TrainParams::named_recipe`].
    pub fn first_course(&self) -> Result<Course> {
        let recipe = self.named_recipe()?;
        Ok(Course {
            epochs: self.epochs.unwrap_or(recipe.epochs),
            steps: self.steps.unwrap_or(recipe.steps),
            lr: self.lr.unwrap_or(recipe.lr),
            freeze: Freeze::None,
        })
    }

    /// The course of a later step on the way.
    ///
    /// # Errors
    /// As [`TrainParams::named_recipe`].
    pub fn later_course(&self) -> Result<Course> {
        let recipe = self.named_recipe()?;
        let share = self.epochs.map(|epochs| (epochs * recipe.later_epochs).div_ceil(recipe.epochs));
        Ok(Course {
            epochs: self.later_epochs.or(share).unwrap_or(recipe.later_epochs),
            steps: self.steps.unwrap_or(recipe.steps),
            lr: self.later_lr.unwrap_or(recipe.later_lr),
            freeze: self.freeze.unwrap_or(recipe.freeze),
        })
    }

    /// A course of a training by itself, which has the whole budget if there is one.
    ///
    /// # Errors
    /// The budget is no multiple of an epoch.
    pub fn alone(&self, mut course: Course) -> Result<Course> {
        if let Some(epochs) = self.epochs_in_budget(course.steps, 1)? {
            course.epochs = epochs;
        }
        Ok(course)
    }

    /// The epochs of so many `steps` that the `budget`, if there is one, allows all of so many trainings together.
    ///
    /// # Errors
    /// The budget is no multiple of an epoch, or less than one epoch a training.
    pub fn epochs_in_budget(&self, steps: usize, trainings: usize) -> Result<Option<usize>> {
        let Some(budget) = self.budget else { return Ok(None) };
        let (least, s) = (trainings * steps, if trainings == 1 { "" } else { "s" });
        if budget % steps != 0 || budget < least {
            return Err(Error::argument(format!(
                "option `budget` must be a multiple of the {steps} `steps` of an epoch, and {least} or more for {trainings} training{s}, got {budget}"
            ))
            .help("take fewer `steps`, or another `budget`"));
        }
        Ok(Some(budget / steps))
    }

    /// The seed of the options, or else the caller's.
    #[must_use]
    pub fn seed_or(&self, seed: Seed) -> Seed {
        self.seed.map_or(seed, Seed::new)
    }
}
