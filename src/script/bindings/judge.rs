//! How well a number known beforehand foretells the Dice.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::base::error::Result;
use crate::base::params::{Checked, Params};
use crate::base::seed::Seed;
use crate::io::table::{Cell, Table};
use crate::numeric::bootstrap::BootstrapParams;
use crate::numeric::judge::{self as court, JudgeParams, Trial};
use crate::script::environment::Environment;
use crate::script::fault::Answer;
use crate::script::options::{OptionDoc, Reader, list, read};
use rhai::plugin::*;
use rhai::{Engine, Map, NativeCallContext};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    let options = || list(|reader| judge_options(reader, &mut Asked::default()));
    vec![("judge", options()), ("judge_targets", options())]
}

/// The options of a judgement, as read.
struct Asked {
    target: String,
    dice: String,
    params: JudgeParams,
    seed: Option<u64>,
}

impl Default for Asked {
    fn default() -> Self {
        Asked { target: "target".into(), dice: "dice".into(), params: JudgeParams::default(), seed: None }
    }
}

fn judge_options(reader: &mut Reader, asked: &mut Asked) {
    reader.ranges(BootstrapParams::RANGES);
    reader.ranges(JudgeParams::RANGES);
    let Asked { target, dice, params, seed } = asked;
    reader.text("target", target, "the column that names the target of a row");
    reader.text("dice", dice, "the column with the Dice reached, 0 to 1");
    reader.flag("higher", &mut params.higher, "whether a higher value promises a better Dice; false for costs");
    reader.whole("top", &mut params.top, "a hit is when the best is among so many that are placed first");
    reader.whole("draws", &mut params.bootstrap.draws, "draws of the bootstrap over targets");
    reader.number("level", &mut params.bootstrap.level, "share of the draws inside an interval");
    reader.maybe_whole("seed", seed, "that of seed(n)", "seed of the draws");
}

/// The rows of each target, in the order in which the targets appear.
fn trials(table: &Table, value: &str, asked: &Asked) -> Result<Vec<Trial>> {
    let (targets, values) = (table.column(&asked.target)?, table.numbers(value)?);
    let mut trials: Vec<Trial> = Vec::new();
    for ((target, value), dice) in targets.iter().map(Cell::text).zip(values).zip(table.numbers(&asked.dice)?) {
        let place = trials.iter().position(|trial| trial.target == target).unwrap_or_else(|| {
            trials.push(Trial { target, values: Vec::new(), dice: Vec::new() });
            trials.len() - 1
        });
        trials[place].values.push(value);
        trials[place].dice.push(dice);
    }
    Ok(trials)
}

/// The trials, the checked options, and the seed of the draws.
fn heard(
    call: &NativeCallContext,
    verb: &'static str,
    table: &Table,
    value: &str,
    options: &Map,
) -> Answer<(Vec<court::Verdict>, Checked<JudgeParams>, Seed)> {
    let mut asked = Asked::default();
    read(verb, options, |reader| judge_options(reader, &mut asked))?;
    let trials = trials(table, value, &asked)?;
    let seed = asked.seed.map_or_else(|| Environment::of(call).seed(), Seed::new).named("judge");
    let params = asked.params.check()?;
    Ok((court::verdicts(&trials, &params)?, params, seed))
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// How well a column known beforehand foretells the Dice, over all targets.
    ///
    /// # Arguments
    /// - `table`: one row a candidate source of a target, with the columns `target` and `dice` (options name others)
    /// - `value`: the column to be judged, such as `"leep"` or `"cost"`; for a cost say `higher: false`
    ///
    /// # Returns
    /// A `Table` of `measure`, `mean` over targets, `low` and `high` (percentile bootstrap over targets), `targets` (how many
    /// have the measure). Correlations `pearson`, `kendall`, `weighted`, `spearman` are with the value turned so that more is
    /// better: near 1 is good, for a cost too. `regret` is the best Dice minus that of the chosen source in Dice points (0 to
    /// 100), lower is better. `top3` is how often the best source is among the three placed first. Ties count as a fair draw.
    ///
    /// # Example
    /// ```
    /// let t = table_of([#{ target: "a", cost: 0.1, dice: 0.8 }, #{ target: "a", cost: 0.4, dice: 0.6 }]);
    /// let t = t.add(#{ target: "b", cost: 0.3, dice: 0.5 }).add(#{ target: "b", cost: 0.2, dice: 0.4 });
    /// judge(t, "cost", #{ higher: false, top: 1 }).column("measure").len()        // => 6
    /// assert_close(judge(t, "cost", #{ higher: false }).rows[4].mean, 5.0, 1e-9)
    /// judge(t, "cots", #{ higher: false })        // error: no column `cots`
    /// judge(t, "cost", #{ lower: true })          // error: unknown option `lower` for judge
    /// ```
    #[rhai_fn(return_raw)]
    pub fn judge(call: NativeCallContext, table: Table, value: &str, options: Map) -> Answer<Table> {
        let (verdicts, params, seed) = heard(&call, "judge", &table, value, &options)?;
        let mut judged = Table::new(["measure", "mean", "low", "high", "targets"]).named(value);
        for measure in court::judge(&verdicts, &params, seed) {
            let [low, high] = [0, 1].map(|end| Cell::from(measure.interval.map(|interval| interval[end])));
            judged.push(vec![measure.name.into(), measure.mean.into(), low, high, measure.targets.into()])?;
        }
        Ok(judged)
    }

    /// The same, where a higher value promises a better Dice.
    ///
    /// # Example
    /// ```
    /// let t = table_of([#{ target: "a", leep: -0.1, dice: 0.8 }, #{ target: "a", leep: -0.4, dice: 0.6 }]);
    /// judge(t, "leep").rows[4].mean       // => 0.0
    /// ```
    #[rhai_fn(name = "judge", return_raw)]
    pub fn default_judge(call: NativeCallContext, table: Table, value: &str) -> Answer<Table> {
        judge(call, table, value, Map::new())
    }

    /// The numbers of `judge` for each target on its own; a number that is not defined is empty.
    ///
    /// # Example
    /// ```
    /// let t = table_of([#{ target: "a", cost: 0.1, dice: 0.5 }, #{ target: "a", cost: 0.4, dice: 0.75 }]);
    /// judge_targets(t, "cost", #{ higher: false, top: 1 }).rows[0].regret       // => 25.0
    /// judge_targets(t, "cost", #{ higher: false, top: 1 }).rows[0].top1         // => 0.0
    /// ```
    #[rhai_fn(return_raw)]
    pub fn judge_targets(call: NativeCallContext, table: Table, value: &str, options: Map) -> Answer<Table> {
        let (verdicts, params, _) = heard(&call, "judge_targets", &table, value, &options)?;
        let top = format!("top{}", params.top);
        let columns = ["target", "candidates", "pearson", "kendall", "weighted", "spearman", "regret", &top];
        let mut judged = Table::new(columns).named(value);
        for v in verdicts {
            let numbers = [v.pearson, v.kendall, v.weighted, v.spearman, Some(v.regret), Some(v.hit)];
            let cells = numbers.into_iter().map(Cell::from);
            judged.push([v.target.into(), v.candidates.into()].into_iter().chain(cells).collect())?;
        }
        Ok(judged)
    }
}
