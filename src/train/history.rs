//! What happened in training: the course of loss and Dice, and which trainings made a network.

use super::freeze::Freeze;
use crate::base::error::Result;
use crate::io::table::{Cell, Table};

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
    /// Wall time of the training at its end.
    pub seconds: f64,
}

/// The course of the trainings of a network: task, epoch, loss, Dice, learning rate, seconds, and the remark of [`Training::remark`].
///
/// # Errors
/// None that the columns do not rule out.
pub fn table(epochs: &[Epoch], lineage: &[Training]) -> Result<Table> {
    let mut table = Table::new(["task", "epoch", "loss", "dice", "lr", "seconds", "remark"]);
    let mut epochs = epochs.iter().peekable();
    while let Some(epoch) = epochs.next() {
        let last = epochs.peek().is_none_or(|next| next.training != epoch.training);
        let training = lineage.get(epoch.training);
        let remark = training.and_then(|training| training.remark(epoch.epoch, last));
        let numbers = [epoch.loss, epoch.dice, epoch.lr, epoch.seconds].map(Cell::from);
        let start = [Cell::from(training.map(|training| training.task.clone())), Cell::from(epoch.epoch)];
        table.push(start.into_iter().chain(numbers).chain([Cell::from(remark)]).collect())?;
    }
    Ok(table)
}

/// Numbers as a row of bars for a line of text, 16 at most: each the mean of a stretch; nothing of one number or none.
#[must_use]
pub fn spark(values: impl Iterator<Item = f64>) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values: Vec<f64> = values.filter(|v| v.is_finite()).collect();
    if values.len() < 2 {
        return String::new();
    }
    let stretch = values.len().div_ceil(16);
    let means: Vec<f64> = values.chunks(stretch).map(|part| part.iter().sum::<f64>() / part.len() as f64).collect();
    let (low, high) = means.iter().fold((f64::MAX, f64::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    let bar = |v: f64| BARS[((v - low) / (high - low).max(1e-12) * 7.0).round() as usize];
    means.into_iter().map(bar).collect()
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
    /// What stayed as it was.
    pub frozen: Freeze,
    /// How often it began anew from other weights because it predicted nothing.
    pub restarts: usize,
    /// Batches left out because a number was not finite.
    pub skipped: usize,
    /// Whether it predicted next to nothing of its training cases at the end.
    pub collapsed: bool,
    /// Whether it was stopped before its end.
    pub stopped: bool,
    /// Why it ended early, having lost what it had learned.
    pub diverged: Option<String>,
    /// The epoch whose weights the network has, where that is not the last: the best by the moving average of Dice; 0 for those that
    /// the training began with.
    pub restored: Option<usize>,
    /// Whether it was done before, and taken from where its result was kept.
    pub stored: bool,
}

impl Training {
    /// What is to be said of one of its epochs beside its numbers: `interrupted`, `diverged` or `collapsed` of the `last` one where
    /// it was so, `kept` of one before the last whose weights the network has; nothing of others.
    #[must_use]
    pub fn remark(&self, epoch: usize, last: bool) -> Option<&'static str> {
        let ends =
            [(self.stopped, "interrupted"), (self.diverged.is_some(), "diverged"), (self.collapsed, "collapsed")];
        let end = ends.into_iter().find(|(so, _)| last && *so).map(|(_, remark)| remark);
        end.or_else(|| (!last && self.restored == Some(epoch)).then_some("kept"))
    }

    /// A line for people: `01-T2-NCR: 28 cases, 100 steps, 12.3 s`.
    #[must_use]
    pub fn line(&self) -> String {
        if self.steps == 0 && self.cases.is_empty() {
            return format!("{}: trained elsewhere by {}", self.task, self.recipe);
        }
        let mut line = format!(
            "{}: {} {}, {} {}, {:.1} s",
            self.task,
            self.cases.len(),
            if self.cases.len() == 1 { "case" } else { "cases" },
            self.steps,
            if self.steps == 1 { "step" } else { "steps" },
            self.seconds
        );
        for (told, text) in [
            (self.frozen != Freeze::None, self.frozen.remark().to_owned()),
            (self.restarts > 0, format!("restarted {}x", self.restarts)),
            (self.skipped > 0, format!("{} batches skipped", self.skipped)),
            (self.collapsed, "collapsed".to_owned()),
            (self.stopped, "interrupted".to_owned()),
        ] {
            if told {
                line += &format!(", {text}");
            }
        }
        if let Some(reason) = &self.diverged {
            line += &format!(", diverged: {reason}");
        }
        if let Some(epoch) = self.restored {
            line += &match epoch {
                0 => ", weights it began with".to_owned(),
                epoch => format!(", weights of epoch {epoch}"),
            };
        }
        if self.stored {
            line += ", kept from before";
        }
        line
    }
}
