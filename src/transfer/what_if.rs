//! What would be chosen if an institution were missing or came in, or if images and labels weighed otherwise.

use super::path::TransferPath;
use super::plan::Plan;
use super::search::SAME_COST;
use crate::affinity::affinity::Affinity;
use crate::base::error::{Error, Result};
use crate::base::progress::Monitor;
use std::collections::BTreeSet;

/// Something that could be otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// An institution has no tasks.
    Without(String),
    /// An institution that was left out at first has its tasks again.
    With(String),
    /// Other weights of images and labels.
    Weights(f64, f64),
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Change::Without(institution) => write!(f, "without {institution}"),
            Change::With(institution) => write!(f, "bring in {institution}"),
            Change::Weights(alpha, beta) => write!(f, "alpha {alpha}, beta {beta}"),
        }
    }
}

/// What a change leads to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The change.
    pub change: Change,
    /// The cheapest path then, or why there is none.
    pub path: std::result::Result<TransferPath, String>,
    /// What the path chosen now costs then; nothing when it cannot be gone any more.
    pub old_path: Option<f64>,
}

impl Outcome {
    /// What staying on the old path would cost more then; 0 where both costs tie.
    #[must_use]
    pub fn saved(&self) -> Option<f64> {
        let (old, new) = (self.old_path?, self.path.as_ref().ok()?.cost);
        Some(if (old - new).abs() <= SAME_COST * old.abs().max(new.abs()) { 0.0 } else { old - new })
    }
}

/// The cheapest path now, without the institutions of `left_out`, and after each change, one at a time. The source graph is
/// made and divided again for each; nothing is measured again. `None` asks for the usual changes: each institution on the
/// sources' side goes in turn, each one left out comes in, and each weight is doubled and halved.
///
/// # Errors
/// When there is no path now, when an institution is not among the sources or is the target's own, is to go and gone already or
/// to come and there already, when the reading does not take a weight, or when the user stops it.
pub fn what_if(
    plan: &Plan,
    left_out: &[String],
    changes: Option<&[Change]>,
    monitor: &Monitor,
) -> Result<(TransferPath, Vec<Outcome>)> {
    let affinity = plan.affinity();
    let target = affinity.tasks()[affinity.place(plan.target())?].fields().institution.clone();
    let there: BTreeSet<&str> = affinity.sources().iter().map(|task| task.fields().institution.as_str()).collect();
    let named = changes.into_iter().flatten().filter_map(|change| match change {
        Change::Without(institution) | Change::With(institution) => Some(institution),
        Change::Weights(..) => None,
    });
    for institution in left_out.iter().chain(named) {
        let names = || there.iter().copied().collect::<Vec<_>>().join(", ");
        crate::ensure!(*institution != target, "`{institution}` is the institution of the target");
        if !there.contains(institution.as_str()) {
            return Err(Error::argument(format!("no source of institution `{institution}`"))
                .help(format!("institutions: {}", names())));
        }
    }
    for change in changes.into_iter().flatten() {
        possible(affinity, left_out, change)?;
    }
    let now =
        if left_out.is_empty() { plan.clone() } else { plan.on(&affinity.except_institution(left_out)?, monitor)? };
    let best = now.best(monitor)?;
    let usual;
    let changes = match changes {
        Some(changes) => changes,
        None => {
            usual = usual_changes(&there, left_out, &target, now.affinity().weighing());
            &usual
        }
    };
    let stage = monitor.stage("what if", changes.len());
    let mut outcomes = Vec::new();
    for change in changes {
        let then = match change {
            Change::Weights(alpha, beta) => now.affinity().with_weights(*alpha, *beta),
            Change::Without(institution) => {
                let gone: Vec<&String> =
                    left_out.iter().filter(|other| *other != institution).chain([institution]).collect();
                affinity.except_institution(&gone)
            }
            Change::With(institution) => {
                let gone: Vec<&String> = left_out.iter().filter(|other| *other != institution).collect();
                affinity.except_institution(&gone)
            }
        };
        let then = then.and_then(|affinity| plan.on(&affinity, monitor));
        stage.advance(1)?;
        let old_path = then.as_ref().ok().and_then(|then| then.cost_of(&best.nodes));
        let path = then.and_then(|then| then.best(monitor)).map_err(|error| error.message().to_owned());
        outcomes.push(Outcome { change: change.clone(), path, old_path });
    }
    Ok((best, outcomes))
}

/// Refuses what would change nothing, and weights that the reading does not take.
fn possible(affinity: &Affinity, left_out: &[String], change: &Change) -> Result<()> {
    match change {
        Change::Without(name) if left_out.contains(name) => {
            Err(Error::argument(format!("option `without`: `{name}` is in `left_out`, it is not there at first"))
                .help("name in `without` what is there, in `bring_in` what is left out"))
        }
        Change::With(name) if !left_out.contains(name) => Err(Error::argument(format!(
            "option `bring_in`: `{name}` is not in `left_out`, it is there from the first"
        ))
        .help(format!("leave it out at first: #{{ left_out: \"{name}\", bring_in: \"{name}\" }}"))),
        Change::Weights(alpha, beta) => affinity.with_weights(*alpha, *beta).map(drop).map_err(|error| {
            Error::argument(format!("option `weights`: {}", error.message().trim_start_matches("option ")))
                .help("each is [alpha, beta], as the affinity's reading takes them")
        }),
        _ => Ok(()),
    }
}

fn usual_changes(
    there: &BTreeSet<&str>,
    left_out: &[String],
    target: &str,
    weighing: &crate::affinity::reading::Weighing,
) -> Vec<Change> {
    let out = |name: &str| left_out.iter().any(|other| other == name);
    let (alpha, beta) = (weighing.alpha, weighing.beta);
    let institutions = there.iter().filter(|name| **name != target);
    institutions
        .map(|name| if out(name) { Change::With((*name).to_owned()) } else { Change::Without((*name).to_owned()) })
        .chain([(2.0, 1.0), (0.5, 1.0), (1.0, 2.0), (1.0, 0.5)].map(|(a, b)| Change::Weights(alpha * a, beta * b)))
        .collect()
}
