//! Runs beside each other.

use super::run::Run;
use crate::base::error::{Error, Result};
use crate::io::table::{Cell, Table};

/// One row a run, under its own name: Dice and IoU on the held-out cases, Dice before the target step, how many held-out
/// cases there were, training cases of each step, batches. Two computations of one comparison give the same table: what a run took is `Run::seconds`. A column of remarks is added when a network
/// collapsed or had to begin anew, was trained on subjects it is judged on, or is built otherwise than the first row's.
///
/// # Errors
/// There are no runs, or two runs on one target were trained or judged on different cases of it.
pub fn compare(runs: &[(String, Run)]) -> Result<Table> {
    if runs.is_empty() {
        return Err(Error::argument("there are no runs to compare")
            .help("compare(#{ scratch: scratch(target, opts), sequential: sequential(path, opts) })"));
    }
    for (n, (name, run)) in runs.iter().enumerate() {
        for (other, earlier) in &runs[..n] {
            if earlier.target == run.target {
                same_cases(other, earlier, name, run)?;
            }
        }
    }
    let targets = runs.iter().any(|(_, run)| run.target != runs[0].1.target);
    let told: Vec<String> = runs.iter().map(|(_, run)| remarks_of(run, &runs[0])).collect();
    let remarks = told.iter().any(|told| !told.is_empty());
    let mut columns = vec!["strategy", "dice", "iou", "zero_shot", "test", "cases", "steps"];
    if targets {
        columns.insert(1, "target");
    }
    if remarks {
        columns.push("remarks");
    }
    let mut table = Table::new(columns);
    for ((name, run), told) in runs.iter().zip(told) {
        let cases: Vec<String> = run.lineage().iter().map(|training| training.cases.len().to_string()).collect();
        let mut row = vec![
            Cell::Text(name.clone()),
            Cell::Number(run.dice()),
            Cell::Number(run.iou()),
            run.zero_shot.as_ref().map_or(Cell::Empty, |scores| Cell::Number(scores.dice())),
            Cell::Whole(run.scores.cases.len() as i64),
            Cell::Text(cases.join(" + ")),
            Cell::Whole(run.steps() as i64),
        ];
        if targets {
            row.insert(1, Cell::Text(run.target.clone()));
        }
        if remarks {
            row.push(Cell::Text(told));
        }
        table.push(row)?;
    }
    Ok(table)
}

/// The run's own remarks, and how its network is built if not as the first run's.
fn remarks_of(run: &Run, (name, first): &(String, Run)) -> String {
    let net = |run: &Run| {
        let (params, [i, j, k]) = (run.model.net().params(), run.model.about().patch);
        let strides: Vec<_> = (0..params.stages).map(|stage| params.stride(stage)).collect();
        let text = format!(
            "{} stages from {} features, {} parameters, patch {i}x{j}x{k}",
            params.stages,
            params.base,
            run.model.parameters()
        );
        // Patches may differ as the images do; the network is the same.
        ((run.model.parameters(), strides), text)
    };
    let ((own, text), (other, there)) = (net(run), net(first));
    let mut remarks = vec![run.remarks()];
    if own != other {
        remarks.push(format!("not the network of {name}: {text} against {there}; give both the same `base`, `stages` and `patch`, or one `plan`"));
    }
    remarks.retain(|remark| !remark.is_empty());
    remarks.join("; ")
}

fn same_cases(a: &str, first: &Run, b: &str, second: &Run) -> Result<()> {
    let tested = |run: &Run| -> Vec<String> { run.scores.cases.iter().map(|case| case.case.clone()).collect() };
    for (what, same) in
        [("trained", first.trained_on() == second.trained_on()), ("judged", tested(first) == tested(second))]
    {
        if !same {
            return Err(Error::data(format!("{a} and {b} were {what} on different cases of {}", first.target))
                .help("give both the same target and the same `cases` and `test`"));
        }
    }
    if first.contents != second.contents {
        return Err(Error::data(format!("{a} and {b} have cases of the same names, but of other images or labels"))
            .help("give both the same target and the same `test`, of one data set"));
    }
    Ok(())
}
