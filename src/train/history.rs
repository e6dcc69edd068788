//! What happened in training: the course of loss and Dice, and which trainings made a network.

/// One epoch of one training.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    /// Place in the lineage of the training it belongs to.
    pub training: usize,
    /// Counted from 1 in its training.
    pub epoch: usize,
    /// Mean loss of its batches.
    pub loss: f64,
    /// Dice of its batches' voxels taken together, before each step.
    pub dice: f64,
    /// The last learning rate.
    pub lr: f64,
}

/// One training that went into a network, in the order they were done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Training {
    /// The task's name.
    pub task: String,
    /// Ids of the cases it was trained on.
    pub cases: Vec<String>,
    /// The recipe's name.
    pub recipe: String,
    /// Batches that were used, those before a restart included.
    pub steps: usize,
    /// Wall time.
    pub seconds: f64,
    /// Seed of weights and batches.
    pub seed: u64,
    /// Whether the encoder stayed as it was.
    pub frozen: bool,
    /// How often it began anew from other weights because it predicted nothing.
    pub restarts: usize,
    /// Batches left out because a number was not finite.
    pub skipped: usize,
    /// Whether it predicted next to nothing of its training cases at the end.
    pub collapsed: bool,
    /// Whether it was stopped before its end.
    pub stopped: bool,
}

impl Training {
    /// A line for people: `01-T2-NCR: 28 cases, 100 steps, 12.3 s`.
    #[must_use]
    pub fn line(&self) -> String {
        if self.steps == 0 && self.cases.is_empty() {
            return format!("{}: trained elsewhere by {}", self.task, self.recipe);
        }
        let mut line = format!(
            "{}: {} {}, {} steps, {:.1} s",
            self.task,
            self.cases.len(),
            if self.cases.len() == 1 { "case" } else { "cases" },
            self.steps,
            self.seconds
        );
        for (told, text) in [
            (self.frozen, "encoder frozen".to_owned()),
            (self.restarts > 0, format!("restarted {}x", self.restarts)),
            (self.skipped > 0, format!("{} batches skipped", self.skipped)),
            (self.collapsed, "collapsed".to_owned()),
            (self.stopped, "stopped".to_owned()),
        ] {
            if told {
                line += &format!(", {text}");
            }
        }
        line
    }
}
