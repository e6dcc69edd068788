//! How well a number known beforehand foretells a score: correlations, regret and top-n hits, target by target.

use super::bootstrap::{BootstrapParams, mean_interval};
use super::ranks::{spearman, weighted_kendall};
use super::statistics::{kendall, mean, pearson};
use crate::base::error::{Error, Kind, Result};
use crate::base::params::{Checked, Params, Range};
use crate::base::seed::Seed;

/// The candidates of one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The target's name.
    pub target: String,
    /// What was known of each candidate.
    pub values: Vec<f64>,
    /// The Dice each reached, 0 to 1.
    pub dice: Vec<f64>,
}

/// Options of [`judge`].
#[derive(Debug, Clone, PartialEq)]
pub struct JudgeParams {
    /// Whether a higher value promises a better Dice; `false` for costs and distances.
    pub higher: bool,
    /// A hit is when the best candidate is among so many that the values place first.
    pub top: usize,
    /// The intervals' options.
    pub bootstrap: BootstrapParams,
}

impl Default for JudgeParams {
    fn default() -> Self {
        JudgeParams { higher: true, top: 3, bootstrap: BootstrapParams::default() }
    }
}

impl Params for JudgeParams {
    const RANGES: &'static [Range] = &[Range::new("top", 1.0, 1000000.0)];

    fn validate(&self) -> Result<()> {
        Self::inside("top", self.top as f64)?;
        self.bootstrap.validate()
    }
}

/// What one target says; a number that is not defined (too few candidates, or all alike) is `None`.
///
/// Correlations are of the values turned so that more is better: a good cost has a positive one too.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The target's name.
    pub target: String,
    /// Its candidates.
    pub candidates: usize,
    /// Pearson's correlation.
    pub pearson: Option<f64>,
    /// Kendall's tau-b.
    pub kendall: Option<f64>,
    /// Kendall's weighted by rank.
    pub weighted: Option<f64>,
    /// Spearman's.
    pub spearman: Option<f64>,
    /// Best Dice minus that of the chosen candidate, in Dice points (0 to 100).
    pub regret: f64,
    /// 1 when the best candidate is among the first `top`.
    pub hit: f64,
}

/// What a measure takes from a verdict.
type Of = fn(&Verdict) -> Option<f64>;

/// One measure over all targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Its name: `pearson`, `kendall`, `weighted`, `spearman`, `regret`, `top3`.
    pub name: String,
    /// The mean over the targets that have it.
    pub mean: Option<f64>,
    /// The bootstrap interval over those targets.
    pub interval: Option<[f64; 2]>,
    /// How many they are.
    pub targets: usize,
}

/// Judges target by target.
///
/// The chosen candidate is the one whose value promises most. Where several promise the same, regret and hit are what a fair
/// draw among them gives on average, so that nothing depends on the order of the candidates.
///
/// # Errors
/// Without targets; when a target has no candidates, or a value that is not finite or a Dice outside 0 to 1.
pub fn verdicts(trials: &[Trial], params: &Checked<JudgeParams>) -> Result<Vec<Verdict>> {
    crate::ensure!(!trials.is_empty(), Kind::Data, "a judgement needs at least one target, got none");
    trials.iter().map(|trial| verdict(trial, params)).collect()
}

fn verdict(trial: &Trial, params: &JudgeParams) -> Result<Verdict> {
    let (name, candidates) = (&trial.target, trial.values.len());
    crate::ensure!(
        candidates > 0 && candidates == trial.dice.len(),
        Kind::Data,
        "target {name} has {candidates} values and {} Dice, wanted as many of both and at least one",
        trial.dice.len()
    );
    let strange = trial.values.iter().chain(&trial.dice).filter(|v| !v.is_finite()).count();
    if strange > 0 {
        return Err(Error::data(format!(
            "target {name} has {strange} empty or not finite numbers among its candidates"
        ))
        .help("leave such rows out: table.where(|r| ..)"));
    }
    if let Some(dice) = trial.dice.iter().find(|dice| !(0.0..=1.0).contains(*dice)) {
        return Err(Error::data(format!("target {name} has a Dice of {dice}, wanted 0 to 1"))
            .help("divide Dice points by 100 first"));
    }
    let sign = if params.higher { 1.0 } else { -1.0 };
    let promise: Vec<f64> = trial.values.iter().map(|value| sign * value).collect();
    let most = promise.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let best = trial.dice.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let chosen: Vec<f64> = (0..candidates).filter(|&n| promise[n] == most).map(|n| trial.dice[n]).collect();
    let hit = (0..candidates).filter(|&n| trial.dice[n] == best).map(|n| among_first(&promise, n, params.top));
    Ok(Verdict {
        target: name.clone(),
        candidates,
        pearson: pearson(&promise, &trial.dice),
        kendall: kendall(&promise, &trial.dice),
        weighted: weighted_kendall(&promise, &trial.dice),
        spearman: spearman(&promise, &trial.dice),
        regret: 100.0 * (best - mean(&chosen).expect("some candidate promises most")),
        hit: hit.fold(0.0, f64::max),
    })
}

/// How likely a candidate is among the first `top` when those that promise the same are put in a random order.
fn among_first(promise: &[f64], candidate: usize, top: usize) -> f64 {
    let ahead = promise.iter().filter(|&&p| p > promise[candidate]).count();
    let tied = promise.iter().filter(|&&p| p == promise[candidate]).count();
    (top.saturating_sub(ahead) as f64 / tied as f64).min(1.0)
}

/// The mean of each measure over the targets, with its bootstrap interval over targets.
#[must_use]
pub fn judge(verdicts: &[Verdict], params: &Checked<JudgeParams>, seed: Seed) -> Vec<Measure> {
    let top = format!("top{}", params.top);
    let measures: [(&str, Of); 6] = [
        ("pearson", |v| v.pearson),
        ("kendall", |v| v.kendall),
        ("weighted", |v| v.weighted),
        ("spearman", |v| v.spearman),
        ("regret", |v| Some(v.regret)),
        (&top, |v| Some(v.hit)),
    ];
    let measure = |(name, of): (&str, Of)| {
        let values: Vec<f64> = verdicts.iter().filter_map(of).collect();
        Measure {
            name: name.to_owned(),
            mean: mean(&values),
            interval: mean_interval(&values, &params.bootstrap, seed),
            targets: values.len(),
        }
    };
    measures.into_iter().map(measure).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn trial(values: &[f64], dice: &[f64]) -> Trial {
        Trial { target: "t".into(), values: values.to_vec(), dice: dice.to_vec() }
    }

    fn one(trial: &Trial, params: JudgeParams) -> Verdict {
        verdicts(std::slice::from_ref(trial), &params.check().unwrap()).unwrap().remove(0)
    }

    #[test]
    fn regret_and_hits_by_hand() {
        let t = trial(&[0.9, 0.5, 0.1], &[0.6, 0.8, 0.2]);
        let got = one(&t, JudgeParams { top: 1, ..JudgeParams::default() });
        assert!((got.regret - 20.0).abs() < 1e-12 && got.hit == 0.0);
        assert_eq!(one(&t, JudgeParams { top: 2, ..JudgeParams::default() }).hit, 1.0);
        let cost = one(&t, JudgeParams { higher: false, ..JudgeParams::default() });
        assert!((cost.regret - 60.0).abs() < 1e-12 && cost.pearson.unwrap() < 0.0);
    }

    #[test]
    fn ties_are_fair_draws() {
        // Two promise most, one of them is the best.
        let got = one(&trial(&[1.0, 1.0, 0.0], &[0.5, 0.7, 0.1]), JudgeParams { top: 1, ..JudgeParams::default() });
        assert!((got.regret - 10.0).abs() < 1e-12 && got.hit == 0.5, "{got:?}");
        let blind = one(&trial(&[2.0; 4], &[0.1, 0.2, 0.3, 0.4]), JudgeParams::default());
        assert_eq!((blind.pearson, blind.weighted, blind.hit), (None, None, 0.75));
    }

    #[test]
    fn means_leave_out_what_is_not_defined_and_say_so() {
        let params = JudgeParams::default().check().unwrap();
        let trials = [trial(&[1.0, 2.0, 3.0], &[0.1, 0.2, 0.3]), trial(&[1.0], &[0.5])];
        let measures = judge(&verdicts(&trials, &params).unwrap(), &params, Seed::new(3));
        assert_eq!(measures.iter().map(|m| m.targets).collect::<Vec<_>>(), [1, 1, 1, 1, 2, 2]);
        assert_eq!((measures[5].name.as_str(), measures[5].mean), ("top3", Some(1.0)));
        assert!((measures[0].mean.unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn missing_numbers_are_refused() {
        let params = JudgeParams::default().check().unwrap();
        let error = verdicts(&[trial(&[1.0, f64::NAN], &[0.1, 0.2])], &params).unwrap_err();
        assert!(error.message().contains("target t has 1 empty"), "{error}");
        let error = verdicts(&[trial(&[1.0, 2.0], &[71.0, 80.0])], &params).unwrap_err();
        assert!(error.message().contains("wanted 0 to 1"), "{error}");
        assert!(verdicts(&[], &params).is_err());
    }
}
