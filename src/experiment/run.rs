//! One strategy carried out on one target.

use crate::train::history::Training;
use crate::train::model::Model;
use crate::train::scores::Scores;

/// A trained network, how it was come by, and how well it does on held-out cases of the target.
#[derive(Debug, Clone)]
pub struct Run {
    /// The strategy's name.
    pub strategy: String,
    /// The target's name.
    pub target: String,
    /// The network after the target step.
    pub model: Model,
    /// Its scores on the held-out cases.
    pub scores: Scores,
    /// Scores of the network before the target step; none for scratch.
    pub zero_shot: Option<Scores>,
    /// Trainings on subjects that it is judged on, as sentences without an end.
    pub leaks: Vec<String>,
    /// What tells the images and labels of the target's training cases and of the held-out ones from others.
    pub contents: [Vec<String>; 2],
    /// Wall time of everything: reading, training (that of earlier runs whose result was kept included), judging.
    pub seconds: f64,
}

impl Run {
    /// Mean Dice on the held-out cases.
    #[must_use]
    pub fn dice(&self) -> f64 {
        self.scores.dice()
    }

    /// Mean IoU on the held-out cases.
    #[must_use]
    pub fn iou(&self) -> f64 {
        self.scores.iou()
    }

    /// Batches of all its trainings.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.model.steps()
    }

    /// Its trainings, the target's last.
    #[must_use]
    pub fn lineage(&self) -> &[Training] {
        self.model.lineage()
    }

    /// Ids of the target's training cases.
    #[must_use]
    pub fn trained_on(&self) -> &[String] {
        self.lineage().last().map_or(&[], |training| &training.cases)
    }

    /// What a reader of its scores must know: subjects that were trained on, restarts, collapses, skipped batches. Empty when all
    /// went well.
    #[must_use]
    pub fn remarks(&self) -> String {
        let mut remarks = self.leaks.clone();
        for training in self.lineage() {
            for (told, text) in [
                (training.restarts > 0, "restarted"),
                (training.collapsed, "collapsed"),
                (training.skipped > 0, "batches skipped"),
                (
                    training.diverged.is_some() && training.restored == Some(0),
                    "diverged, the network before it restored",
                ),
                (training.diverged.is_some() && training.restored != Some(0), "diverged, its best epoch restored"),
            ] {
                if told {
                    remarks.push(format!("{} {text}", training.task));
                }
            }
        }
        remarks.join("; ")
    }
}
