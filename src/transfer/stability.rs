//! How often each path wins when the weights, or the cases, are drawn again.

use super::path::TransferPath;
use super::plan::Plan;
use crate::affinity::affinity::Affinity;
use crate::base::choice::Choice;
use crate::base::error::Result;
use crate::base::math::{exp, ln};
use crate::base::parallel::try_map;
use crate::base::params::{Checked, Params, Range};
use crate::base::progress::Monitor;
use crate::base::seed::Seed;
use rand::Rng;
use std::collections::BTreeMap;

/// What is drawn again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Over {
    /// alpha and beta, each times a factor of its own, log-uniform in [1/spread, spread].
    #[default]
    Weights,
    /// Patients, with replacement, within each institution.
    Cases,
    /// Both.
    Both,
}

impl Choice for Over {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("weights", Over::Weights), ("cases", Over::Cases), ("both", Over::Both)];
}

/// Options of [`stability`].
#[derive(Debug, Clone, PartialEq)]
pub struct StabilityParams {
    /// What is drawn again.
    pub over: Over,
    /// How often.
    pub draws: usize,
    /// The largest factor of a weight.
    pub spread: f64,
}

impl Default for StabilityParams {
    fn default() -> Self {
        StabilityParams { over: Over::Weights, draws: 200, spread: 2.0 }
    }
}

impl Params for StabilityParams {
    const RANGES: &'static [Range] = &[Range::new("draws", 1.0, 1000000.0), Range::new("spread", 1.0, 1000000.0)];

    fn validate(&self) -> Result<()> {
        Self::inside("draws", self.draws as f64)?;
        Self::inside("spread", self.spread)
    }
}

/// A path and how often it won.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// Names, the target last; empty where a draw had no path.
    pub nodes: Vec<String>,
    /// In so many draws.
    pub wins: usize,
    /// Their share of all draws.
    pub share: f64,
    /// Wilson's interval of 95 % for the share: what the number of draws leaves open.
    pub interval: [f64; 2],
    /// Whether it is the path chosen without a draw.
    pub chosen: bool,
}

/// What the draws say about one target.
#[derive(Debug, Clone)]
pub struct Stability {
    /// The path chosen without a draw.
    pub chosen: TransferPath,
    /// The share of draws in which each path wins: the highest first, then by name.
    pub shares: Vec<Share>,
}

/// How often each path to each target wins; the target of the plan itself plays no part. For each draw the source graph is made and
/// divided again, once for all targets. Draw number n depends on the seed and n alone, so the shares are the same on any number of threads,
/// and those of a target do not depend on the others.
///
/// # Errors
/// When a target has no path without a draw, when the affinity keeps no values by case and cases are asked for, or when the user
/// stops it. A draw without a path counts under no names.
pub fn stability(
    plan: &Plan,
    targets: &[String],
    params: &Checked<StabilityParams>,
    seed: Seed,
    monitor: &Monitor,
) -> Result<Vec<Stability>> {
    let chosen: Vec<TransferPath> =
        targets.iter().map(|target| plan.towards(target).best(monitor)).collect::<Result<_>>()?;
    let stage = monitor.stage("draws", params.draws);
    let draw = |number: usize| -> Result<Vec<Vec<String>>> {
        stage.advance(0)?;
        let affinity = drawn(plan, params, seed.named("stability").nth(number as u64))?;
        let divided = plan.on(&affinity, &Monitor::silent());
        let best = |target: &String| divided.as_ref().ok()?.towards(target).best(&Monitor::silent()).ok();
        let winners = targets.iter().map(|target| best(target).map_or_else(Vec::new, |path| path.nodes)).collect();
        stage.advance(1)?;
        Ok(winners)
    };
    let winners: Vec<Vec<Vec<String>>> = try_map(params.draws, draw)?;
    let of = |(at, chosen): (usize, TransferPath)| {
        let shares = shares(&chosen, winners.iter().map(|draw| &draw[at]), params.draws);
        Stability { chosen, shares }
    };
    Ok(chosen.into_iter().enumerate().map(of).collect())
}

/// How often each path wins, from the winner of every draw.
fn shares<'a>(chosen: &TransferPath, winners: impl Iterator<Item = &'a Vec<String>>, draws: usize) -> Vec<Share> {
    let mut wins: BTreeMap<&Vec<String>, usize> = BTreeMap::new();
    wins.insert(&chosen.nodes, 0);
    winners.for_each(|nodes| *wins.entry(nodes).or_default() += 1);
    let mut shares: Vec<Share> = (wins.into_iter())
        .map(|(nodes, wins)| Share {
            nodes: nodes.clone(),
            wins,
            share: wins as f64 / draws as f64,
            interval: wilson(wins, draws),
            chosen: *nodes == chosen.nodes,
        })
        .collect();
    shares.sort_by(|a, b| b.wins.cmp(&a.wins).then_with(|| a.nodes.cmp(&b.nodes)));
    shares
}

fn drawn(plan: &Plan, params: &StabilityParams, seed: Seed) -> Result<Affinity> {
    let affinity = match params.over {
        Over::Weights => plan.affinity().clone(),
        Over::Cases | Over::Both => plan.affinity().resampled(seed.named("cases"))?,
    };
    if params.over == Over::Cases {
        return Ok(affinity);
    }
    let mut rng = seed.named("weights").rng();
    let wide = ln(params.spread);
    let mut factor = || exp(wide * (2.0 * rng.random::<f64>() - 1.0));
    let (alpha, beta) = (affinity.weighing().alpha, affinity.weighing().beta);
    affinity.with_weights(alpha * factor(), beta * factor())
}

/// Wilson's score interval of 95 % (1927).
fn wilson(wins: usize, draws: usize) -> [f64; 2] {
    let z = 1.959_963_984_540_054;
    let (n, p) = (draws as f64, wins as f64 / draws as f64);
    let middle = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let [low, high] = [middle - half, middle + half].map(|x| (x / (1.0 + z * z / n)).clamp(0.0, 1.0));
    // The ends are whole numbers where rounding leaves them a hair away.
    [if wins == 0 { 0.0 } else { low }, if wins == draws { 1.0 } else { high }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_holds_the_share_and_narrows() {
        // 10 of 100: 0.0552 to 0.1744 in Newcombe's table (1998).
        let [low, high] = wilson(10, 100);
        assert!((low - 0.0552).abs() < 5e-5 && (high - 0.1744).abs() < 5e-5, "{low} {high}");
        assert_eq!((wilson(0, 10)[0], wilson(10, 10)[1]), (0.0, 1.0));
    }
}
