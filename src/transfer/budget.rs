//! The best path that so many labelled cases and so many training steps allow.

use super::path::TransferPath;
use super::plan::Plan;
use super::search::{PathParams, paths};
use crate::base::error::Result;
use crate::base::params::{Checked, Params, Range};
use crate::base::progress::Monitor;

/// Options of [`budget`].
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetParams {
    /// Labelled cases there may be in all; no bound without it.
    pub cases: Option<usize>,
    /// Training steps there may be in all; no bound without it.
    pub steps: Option<usize>,
    /// The most sources on a path.
    pub longest: usize,
    /// Cases that the initial source is pre-trained on, if it has so many.
    pub first_cases: usize,
    /// Cases of every later step, the target included, if the task has so many.
    pub later_cases: usize,
    /// Steps of the pre-training.
    pub first_steps: usize,
    /// Steps of every later training.
    pub later_steps: usize,
}

impl Default for BudgetParams {
    fn default() -> Self {
        BudgetParams {
            cases: None,
            steps: None,
            longest: 3,
            first_cases: 60,
            later_cases: 3,
            first_steps: 100,
            later_steps: 30,
        }
    }
}

impl Params for BudgetParams {
    const RANGES: &'static [Range] = &[
        Range::new("longest", 1.0, 16.0),
        Range::new("first_cases", 1.0, f64::INFINITY),
        Range::new("later_cases", 1.0, f64::INFINITY),
    ];

    fn validate(&self) -> Result<()> {
        Self::inside("longest", self.longest as f64)?;
        Self::inside("first_cases", self.first_cases as f64)?;
        Self::inside("later_cases", self.later_cases as f64)
    }
}

/// A path and what it takes.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The path.
    pub path: TransferPath,
    /// Labelled cases: min(`first_cases`, those of the initial source) + min(`later_cases`, those of the task) for every other
    /// task on the path, the target included.
    pub cases: usize,
    /// `first_steps` + `later_steps` for every task after the first: a path of l sources has l later trainings.
    pub steps: usize,
    /// Its cost over its number of terms, l + 1: what lengths are compared by, for a longer path sums more terms.
    pub mean_cost: f64,
    /// Why it does not fit; nothing when it does.
    pub over: Option<String>,
    /// Whether it is the one to take.
    pub chosen: bool,
}

/// For every length from 1 to `longest` the cheapest path, and, when that does not fit the budget, the cheapest that does. The one
/// of least mean cost among those that fit is chosen, the shorter of those that tie; none may fit. Exact: paths are taken by
/// rising cost until one fits or there are no more (100,000 at most).
///
/// # Errors
/// When no length has any path, or when the user stops it.
pub fn budget(plan: &Plan, params: &Checked<BudgetParams>, monitor: &Monitor) -> Result<Vec<Candidate>> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut reason = None;
    for length in 1..=params.longest {
        match of_length(plan, length, params, monitor) {
            Ok(candidates) => found.extend(candidates),
            Err(error) if error.kind() == crate::base::error::Kind::Infeasible => reason = reason.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    if let (true, Some(error)) = (found.is_empty(), reason) {
        return Err(error);
    }
    let mut best: Option<usize> = None;
    for (at, candidate) in found.iter().enumerate().filter(|(_, candidate)| candidate.over.is_none()) {
        let better = |other: usize| {
            let least = found[other].mean_cost;
            candidate.mean_cost < least - 1e-9 * least.abs()
        };
        if best.is_none_or(better) {
            best = Some(at);
        }
    }
    if let Some(at) = best {
        found[at].chosen = true;
    }
    Ok(found)
}

fn of_length(plan: &Plan, length: usize, params: &Checked<BudgetParams>, monitor: &Monitor) -> Result<Vec<Candidate>> {
    let mut top = 16;
    loop {
        let options = PathParams { length, top, ..(**plan.params()).clone() }.check()?;
        let found = paths(plan.graph(), plan.clusters(), plan.target(), &options, monitor)?;
        let all = found.len() < top || top >= 100_000;
        let mut candidates = found.into_iter().map(|path| weighed(path, params));
        let first = candidates.next().expect("a search without a path is an error");
        if first.over.is_none() {
            return Ok(vec![first]);
        }
        // Steps depend on the length alone: no other path of it takes fewer.
        let hopeless = params.steps.is_some_and(|most| first.steps > most);
        if let Some(fits) = candidates.find(|candidate| candidate.over.is_none()) {
            return Ok(vec![first, fits]);
        }
        if all || hopeless {
            return Ok(vec![first]);
        }
        top = (top * 8).min(100_000);
    }
}

fn weighed(path: TransferPath, params: &BudgetParams) -> Candidate {
    let used = |at: usize, task: &crate::dataset::task::Task| {
        task.cases().len().min(if at == 0 { params.first_cases } else { params.later_cases })
    };
    let cases = path.tasks.iter().enumerate().map(|(at, task)| used(at, task)).sum();
    let steps = params.first_steps + path.length() * params.later_steps;
    let over = |what: &str, needs: usize, most: Option<usize>| {
        most.filter(|most| needs > *most).map(|most| format!("{needs} {what}, {} over {most}", needs - most))
    };
    let why: Vec<String> =
        [over("cases", cases, params.cases), over("steps", steps, params.steps)].into_iter().flatten().collect();
    let mean_cost = path.cost / path.terms.len() as f64;
    Candidate { path, cases, steps, mean_cost, over: (!why.is_empty()).then(|| why.join("; ")), chosen: false }
}
