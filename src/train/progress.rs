//! Where a training stands between two steps, apart from its numbers: all that the next step asks for.

use super::checkpoint::{list, read_epoch, whole, write_epoch};
use super::history::Epoch;
use super::schedule::Rate;
use super::watch::{Overlap, Watch};
use serde_json::{Value, json};

/// Weight of the past in the moving average of the epochs' Dice, as in nnU-Net.
const PAST: f64 = 0.9;

/// The Dice from which a network counts as having found its objective.
pub const FOUND: f64 = 0.2;

/// The same for one that a training begins with: it has learned before, so that this is no prediction of everything.
const CAME_WITH: f64 = 0.1;

/// What part of an epoch's average the batch after it must have, for the weights between them to be kept: one batch is a small sample.
const STILL: f64 = 0.5;

/// A training between two steps.
#[derive(Debug)]
pub struct Progress {
    /// Which attempt this is, from 0; each has other random weights and other batches.
    pub attempt: u64,
    /// Steps and left-out batches of the attempts before.
    pub earlier: [usize; 2],
    /// Steps of this attempt; the number of the next one, which names its seed.
    pub steps: usize,
    /// Batches left out.
    pub skipped: usize,
    /// Of them, those just now.
    pub in_a_row: usize,
    /// Steps since a network that had found its objective was last seen to find any.
    pub lost: usize,
    /// Seconds so far.
    pub seconds: f64,
    /// The rule of the learning rate.
    pub rate: Rate,
    /// The last batches.
    pub watch: Watch,
    /// Losses of the epoch that is going on.
    pub losses: Vec<f64>,
    /// Its voxels.
    pub overlap: Overlap,
    /// The epochs that are over.
    pub epochs: Vec<Epoch>,
    /// Moving average of their Dice.
    pub average: Option<f64>,
    /// The epoch with the highest average, and that average.
    pub best: Option<(usize, f64)>,
    /// An epoch with a higher one whose last weights no batch has judged yet.
    pub candidate: Option<(usize, f64)>,
    /// Dice of the first batches by the weights that the training began with, if those are a network's.
    pub first: Option<f64>,
}

impl Progress {
    /// Before the first step of an attempt.
    #[must_use]
    pub fn new(attempt: u64, rate: Rate) -> Self {
        Progress {
            attempt,
            earlier: [0; 2],
            steps: 0,
            skipped: 0,
            in_a_row: 0,
            lost: 0,
            seconds: 0.0,
            rate,
            watch: Watch::default(),
            losses: Vec::new(),
            overlap: Overlap::default(),
            epochs: Vec::new(),
            average: None,
            best: None,
            candidate: None,
            first: None,
        }
    }

    /// Which part is over of a training of `total` steps, or of its longest time if that is more.
    #[must_use]
    pub fn done(&self, total: usize, time: f64) -> f64 {
        (self.steps as f64 / total as f64).max(time)
    }

    /// The epoch that is going on as far as it has come; none before its first batch.
    #[must_use]
    pub fn open_epoch(&self, training: usize, lr: f64) -> Option<Epoch> {
        if self.losses.is_empty() {
            return None;
        }
        let loss = self.losses.iter().sum::<f64>() / self.losses.len() as f64;
        let (epoch, dice) = (self.epochs.len() + 1, self.overlap.dice().unwrap_or(f64::NAN));
        Some(Epoch { training, epoch, loss, dice, lr, seconds: self.seconds })
    }

    /// Whether the network is known to have found its objective, in this training or before it.
    #[must_use]
    pub fn found(&self) -> bool {
        self.best.is_some_and(|(_, average)| average >= FOUND) || self.first.is_some_and(|dice| dice >= CAME_WITH)
    }

    /// Takes a batch's voxels as they are before its step; says whether the weights of now are the best so far. An epoch's Dice is that of
    /// the weights on its way, so that the batch after it tells whether those at its end still find anything.
    pub fn judge(&mut self, seen: Overlap) -> bool {
        let Some((epoch, average)) = self.candidate.take() else { return false };
        if seen.truth > 0 && seen.dice().is_none_or(|dice| dice < STILL * average) {
            return false;
        }
        self.best = Some((epoch, average));
        true
    }

    /// Ends the epoch that is going on.
    pub fn close_epoch(&mut self, training: usize, lr: f64) {
        // Without a single batch its numbers are no numbers.
        let (epoch, seconds) = (self.epochs.len() + 1, self.seconds);
        let none = Epoch { training, epoch, loss: f64::NAN, dice: f64::NAN, lr, seconds };
        let ended = self.open_epoch(training, lr).unwrap_or(none);
        self.losses.clear();
        self.overlap = Overlap::default();
        self.rate.epoch(ended.loss);
        let dice = Some(ended.dice).filter(|dice| dice.is_finite());
        self.epochs.push(ended);
        let Some(dice) = dice else { return };
        let average = self.average.map_or(dice, |past| PAST * past + (1.0 - PAST) * dice);
        self.average = Some(average);
        self.candidate = self.best.is_none_or(|(_, best)| average >= best).then_some((epoch, average));
    }

    /// As JSON.
    #[must_use]
    pub fn write(&self) -> Value {
        let overlap = |o: Overlap| json!([o.both, o.truth, o.predicted]);
        json!({
            "attempt": self.attempt, "earlier": self.earlier, "steps": self.steps, "skipped": self.skipped,
            "in_a_row": self.in_a_row, "lost": self.lost, "seconds": self.seconds, "rate": self.rate.write(),
            "watch": self.watch.last().map(overlap).collect::<Vec<_>>(), "losses": self.losses,
            "overlap": overlap(self.overlap), "epochs": self.epochs.iter().map(write_epoch).collect::<Vec<_>>(),
            "average": self.average, "best": write_mark(self.best), "candidate": write_mark(self.candidate), "first": self.first,
        })
    }

    /// From JSON, with the rule of the learning rate as it was before the first step.
    #[must_use]
    pub fn read(value: &Value, mut rate: Rate) -> Option<Self> {
        rate.read(value.get("rate")?)?;
        let mut progress = Progress::new(value.get("attempt")?.as_u64()?, rate);
        progress.earlier = list(value.get("earlier")?, |n| usize::try_from(n.as_u64()?).ok())?.try_into().ok()?;
        progress.steps = whole(value, "steps")?;
        progress.skipped = whole(value, "skipped")?;
        progress.in_a_row = whole(value, "in_a_row")?;
        progress.lost = whole(value, "lost")?;
        progress.seconds = value.get("seconds")?.as_f64()?;
        list(value.get("watch")?, read_overlap)?.into_iter().for_each(|batch| progress.watch.see(batch));
        progress.losses = list(value.get("losses")?, Value::as_f64)?;
        progress.overlap = read_overlap(value.get("overlap")?)?;
        progress.epochs = list(value.get("epochs")?, read_epoch)?;
        progress.average = value.get("average")?.as_f64();
        progress.best = read_mark(value.get("best")?);
        progress.candidate = value.get("candidate").and_then(read_mark);
        progress.first = value.get("first").and_then(Value::as_f64);
        Some(progress)
    }
}

fn write_mark(mark: Option<(usize, f64)>) -> Value {
    mark.map_or(Value::Null, |(epoch, average)| json!([epoch, average]))
}

fn read_mark(value: &Value) -> Option<(usize, f64)> {
    let [epoch, average] = value.as_array()?.as_slice() else { return None };
    Some((usize::try_from(epoch.as_u64()?).ok()?, average.as_f64()?))
}

fn read_overlap(value: &Value) -> Option<Overlap> {
    let [both, truth, predicted] = list(value, Value::as_u64)?.try_into().ok()?;
    Some(Overlap { both, truth, predicted })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::train::recipe::Anneal;

    #[test]
    fn progress_comes_back_to_the_last_bit() {
        let fresh = || Rate::new(Anneal::Plateau, 0.01);
        let mut progress = Progress::new(1, fresh());
        progress.earlier = [50, 2];
        for step in 0..70 {
            progress.losses.push(1.0 / f64::from(step + 3));
            let batch = Overlap { both: 3 + step as u64, truth: 80, predicted: 90 };
            progress.watch.see(batch);
            progress.overlap = progress.overlap.plus(batch);
            progress.steps += 1;
            if step % 2 == 1 {
                progress.close_epoch(0, 0.01);
            }
            progress.judge(batch);
        }
        progress.losses.push(0.1 + 0.2);
        let text = progress.write().to_string();
        let read = Progress::read(&serde_json::from_str(&text).unwrap(), fresh()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{progress:?}"));
        assert_eq!(read.best.unwrap().0, 35);
    }
}
