//! Alpha and beta from known transfer results, with what they are worth on targets they were not fitted on.

use super::known::{Known, Method};
use crate::base::error::{Error, Kind, Result};
use crate::base::math::powf;
use crate::base::params::{Checked, Params};
use crate::base::progress::{Monitor, Stage};
use crate::base::seed::Seed;
use crate::numeric::bayes::{SearchParams, minimise};
use crate::numeric::bootstrap::{BootstrapParams, percentiles, resamples};
use crate::numeric::least_correlation::{Combination, least_correlated};
use crate::numeric::statistics::{mean, pearson};

/// Alpha and beta are looked for from the least to 10,000 times it.
const LEAST: f64 = 1e-3;

/// Options of [`tune`].
#[derive(Debug, Clone, PartialEq)]
pub struct TuningParams {
    /// How the weights are found.
    pub method: Method,
    /// Whether costs and Dice are compared inside each target only: both are centred target by target first.
    pub within: bool,
    /// Whether weights are also fitted without each target, for that target.
    pub leave_one_out: bool,
    /// Targets on which the weights will be judged.
    pub evaluated: Vec<String>,
    /// Whether weights may be judged on targets they were fitted on.
    pub allow_leak: bool,
    /// Options of the method `bayes`.
    pub search: SearchParams,
    /// Options of the intervals.
    pub bootstrap: BootstrapParams,
}

impl Default for TuningParams {
    fn default() -> Self {
        TuningParams {
            method: Method::Exact,
            within: false,
            leave_one_out: false,
            evaluated: Vec::new(),
            allow_leak: false,
            search: SearchParams::default(),
            bootstrap: BootstrapParams { draws: 1000, level: 0.95 },
        }
    }
}

impl Params for TuningParams {
    fn validate(&self) -> Result<()> {
        self.search.validate()?;
        self.bootstrap.validate()
    }
}

/// What the weights say about one target.
#[derive(Debug, Clone, PartialEq)]
pub struct OfTarget {
    /// Its name.
    pub target: String,
    /// How many paths to it are known.
    pub rows: usize,
    /// Correlation of cost and Dice over its paths, by the weights of all; `None` if either is constant.
    pub correlation: Option<f64>,
    /// The weights fitted on the other targets, if asked for and possible, with the correlation they reach over all others.
    pub held_out: Option<Combination>,
    /// The correlation that those reach over this target's paths.
    pub held_out_correlation: Option<f64>,
}

/// Percentile intervals over draws of targets, of weights with sum 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intervals {
    /// Of alpha / (alpha + beta).
    pub alpha: [f64; 2],
    /// Of beta / (alpha + beta).
    pub beta: [f64; 2],
    /// Of the correlation reached.
    pub correlation: [f64; 2],
    /// Draws that had an answer.
    pub draws: usize,
}

/// Weights and what is known about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuning {
    /// The weights, and Pearson's correlation of cost and Dice that they reach; a good cost falls as the Dice rises.
    pub weights: Combination,
    /// How they were found.
    pub method: Method,
    /// Known paths.
    pub rows: usize,
    /// Its targets in the order of the rows.
    pub targets: Vec<OfTarget>,
    /// By the closed form, whatever the method; `None` with fewer than two targets.
    pub intervals: Option<Intervals>,
    /// What must be said wherever the weights are shown.
    pub warnings: Vec<String>,
    /// Whether held-out weights were asked for.
    pub leave_one_out: bool,
}

/// Fits alpha and beta to known results.
///
/// `exact`: [`least_correlated`], non-negative weights with sum 1. `bayes`: the least correlation over log-uniform
/// [0.001, 10]^2, its weights as they were drawn (their scale has no meaning, for the correlation does not see it).
/// Intervals: targets are drawn with replacement, all rows of a target together, and fitted by the closed form.
///
/// # Errors
/// With fewer than three rows, a value that is not finite, costs or Dice that are constant, an evaluated target among the rows
/// (unless leaks are allowed or weights are held out), or when the user stops.
pub fn tune(known: &[Known], params: &Checked<TuningParams>, seed: Seed, monitor: &Monitor) -> Result<Tuning> {
    let rows = Rows::new(known, params.within)?;
    if let Some(name) = rows.names.iter().find(|name| params.evaluated.contains(name))
        && !params.allow_leak
        && !params.leave_one_out
    {
        return Err(Error::data(format!(
            "target {name} is to be evaluated with weights fitted on its own results: that leaks"
        ))
        .help("fit on other targets, use leave_one_out: true with weights_for(target), or say allow_leak: true"));
    }
    let fits = 1 + if params.leave_one_out { rows.names.len() } else { 0 };
    let stage = match params.method {
        Method::Bayes => Some(monitor.stage("tune weights", fits * params.search.evaluations)),
        Method::Exact => None,
    };
    let all: Vec<usize> = (0..known.len()).collect();
    let Some(weights) = rows.fit(&all, params, seed, stage.as_ref())? else {
        return Err(Error::data("the known results say nothing about weights: costs or Dice are constant")
            .help("give results of several paths that differ"));
    };
    let mut targets = Vec::with_capacity(rows.names.len());
    for (number, target) in rows.names.iter().enumerate() {
        monitor.cancel().check()?;
        let (own, others): (Vec<usize>, Vec<usize>) = all.iter().partition(|&&row| rows.of[row] == number);
        let held_out = match params.leave_one_out && others.len() >= 3 {
            true => rows.fit(&others, params, seed.named(target), stage.as_ref())?,
            false => None,
        };
        targets.push(OfTarget {
            target: target.clone(),
            rows: own.len(),
            correlation: rows.reached(&own, weights),
            held_out,
            held_out_correlation: held_out.and_then(|weights| rows.reached(&own, weights)),
        });
    }
    let intervals = rows.intervals(&params.bootstrap, seed, monitor)?;
    let warnings = warnings(&weights, &rows.names, params);
    let (rows, leave_one_out) = (known.len(), params.leave_one_out);
    Ok(Tuning { weights, method: params.method, rows, targets, intervals, warnings, leave_one_out })
}

fn warnings(weights: &Combination, names: &[String], params: &TuningParams) -> Vec<String> {
    let mut warnings = Vec::new();
    if weights.correlation >= 0.0 {
        warnings.push("the cost rises with the Dice whatever the weights: it foretells nothing here".to_owned());
    } else if weights.alpha == 0.0 || weights.beta == 0.0 {
        let part = if weights.alpha == 0.0 { "image" } else { "label" };
        warnings.push(format!("the {part} part gets no weight: more of it would not make cost and Dice agree better"));
    }
    let seen = names.iter().filter(|name| params.evaluated.contains(name)).count();
    if params.leave_one_out {
        warnings.push("alpha and beta saw every target here: judge each with weights_for(target)".to_owned());
    } else if seen > 0 {
        warnings
            .push(format!("leak: {seen} of the evaluated targets are among the results the weights were fitted on"));
    } else if params.evaluated.is_empty() {
        warnings.push(
            "leak: judged on the targets of these rows the weights look better than they are; \
             leave_one_out: true fits them without each target, evaluated: [..] names others"
                .to_owned(),
        );
    }
    warnings
}

impl Tuning {
    /// The weights for a target that did not see it: those of all if it is not among the rows, else those held out.
    ///
    /// # Errors
    /// When it is among the rows and was not, or could not be, left out.
    pub fn weights_for(&self, target: &str) -> Result<Combination> {
        match self.targets.iter().find(|of| of.target == target) {
            None => Ok(self.weights),
            Some(of) => of.held_out.ok_or_else(|| {
                let error = Error::data(format!("the weights were fitted on {target} too: using them there leaks"));
                match self.leave_one_out {
                    true => error.help("the other targets' results say nothing about weights: add some"),
                    false => error.help("tune_weights(table, #{ leave_one_out: true }) fits them without it"),
                }
            }),
        }
    }

    /// The mean over targets of the correlation that held-out weights reach.
    #[must_use]
    pub fn held_out_correlation(&self) -> Option<f64> {
        mean(&self.targets.iter().filter_map(|of| of.held_out_correlation).collect::<Vec<_>>())
    }
}

/// The rows in columns.
struct Rows {
    names: Vec<String>,
    /// Which target each row has.
    of: Vec<usize>,
    image: Vec<f64>,
    label: Vec<f64>,
    dice: Vec<f64>,
}

impl Rows {
    fn new(known: &[Known], within: bool) -> Result<Self> {
        crate::ensure!(known.len() >= 3, Kind::Data, "weights need at least three known results, got {}", known.len());
        let mut names: Vec<String> = Vec::new();
        let mut of = Vec::with_capacity(known.len());
        for (row, result) in known.iter().enumerate() {
            for (part, value) in [("image", result.image), ("label", result.label), ("dice", result.dice)] {
                crate::ensure!(value.is_finite(), Kind::Data, "row {row} has no finite {part}, got {value}");
            }
            of.push(names.iter().position(|name| *name == result.target).unwrap_or_else(|| {
                names.push(result.target.clone());
                names.len() - 1
            }));
        }
        let column = |part: fn(&Known) -> f64| {
            let values: Vec<f64> = known.iter().map(part).collect();
            if within { centred(&values, &of, names.len()) } else { values }
        };
        Ok(Rows { image: column(|k| k.image), label: column(|k| k.label), dice: column(|k| k.dice), names, of })
    }

    fn columns(&self, rows: &[usize]) -> [Vec<f64>; 3] {
        [&self.image, &self.label, &self.dice].map(|column| rows.iter().map(|&row| column[row]).collect())
    }

    fn fit(
        &self,
        rows: &[usize],
        params: &TuningParams,
        seed: Seed,
        stage: Option<&Stage>,
    ) -> Result<Option<Combination>> {
        let [image, label, dice] = self.columns(rows);
        let Some(stage) = stage else { return Ok(least_correlated(&image, &label, &dice)) };
        let weight = |x: f64| LEAST * powf(1e4, x);
        let correlation = |point: &[f64]| {
            let (alpha, beta) = (weight(point[0]), weight(point[1]));
            let cost: Vec<f64> = image.iter().zip(&label).map(|(a, b)| alpha * a + beta * b).collect();
            pearson(&cost, &dice)
        };
        // Constant costs say nothing: as bad as the wrong sign.
        let least = minimise(
            2,
            &params.search,
            seed,
            |point| Ok(correlation(point).unwrap_or(1.0)),
            |_, least| stage.remark(1, &format!("correlation {least:.4}")),
        )?;
        let reached = correlation(&least.point);
        Ok(reached.map(|correlation| Combination {
            alpha: weight(least.point[0]),
            beta: weight(least.point[1]),
            correlation,
        }))
    }

    fn reached(&self, rows: &[usize], weights: Combination) -> Option<f64> {
        let [image, label, dice] = self.columns(rows);
        let cost: Vec<f64> = image.iter().zip(&label).map(|(a, b)| weights.alpha * a + weights.beta * b).collect();
        pearson(&cost, &dice)
    }

    fn intervals(&self, params: &BootstrapParams, seed: Seed, monitor: &Monitor) -> Result<Option<Intervals>> {
        let count = self.names.len();
        if count < 2 {
            return Ok(None);
        }
        let mut members = vec![Vec::new(); count];
        self.of.iter().enumerate().for_each(|(row, &target)| members[target].push(row));
        let mut found: Vec<Combination> = Vec::with_capacity(params.draws);
        let mut stopped = Ok(());
        resamples(count, params.draws, seed, |drawn| {
            if stopped.is_err() {
                return;
            }
            stopped = monitor.cancel().check();
            let rows: Vec<usize> = drawn.iter().flat_map(|&target| members[target].iter().copied()).collect();
            let [image, label, dice] = self.columns(&rows);
            found.extend(least_correlated(&image, &label, &dice));
        });
        stopped?;
        let interval =
            |of: fn(&Combination) -> f64| percentiles(&found.iter().map(of).collect::<Vec<_>>(), params.level);
        let all = (interval(|w| w.alpha), interval(|w| w.beta), interval(|w| w.correlation));
        let (Some(alpha), Some(beta), Some(correlation)) = all else { return Ok(None) };
        Ok(Some(Intervals { alpha, beta, correlation, draws: found.len() }))
    }
}

/// The values less the mean of their group.
fn centred(values: &[f64], of: &[usize], groups: usize) -> Vec<f64> {
    let (mut sums, mut counts) = (vec![0.0; groups], vec![0.0; groups]);
    for (value, &group) in values.iter().zip(of) {
        sums[group] += value;
        counts[group] += 1.0;
    }
    values.iter().zip(of).map(|(value, &group)| value - sums[group] / counts[group]).collect()
}
