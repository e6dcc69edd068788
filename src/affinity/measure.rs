//! Measures the affinity of sources and targets from their images and labels; nothing is trained.

use super::affinity::Affinity;
use super::groups::{by_image, by_mask};
use super::images::image_distance;
use super::labels::label_similarity;
use super::params::AffinityParams;
use super::work::Work;
use crate::base::error::{Error, Result};
use crate::base::params::Checked;
use crate::base::seed::Seed;
use crate::dataset::task::{Task, TaskName};
use std::collections::{BTreeMap, BTreeSet};

/// H, R and T of the sources and the targets (equations 1 to 5); `targets` may be empty.
///
/// H is computed once for each pair of institution-modality pairs, R once for each pair of institution-objective pairs; the
/// cases of a group are those of all its tasks. The seed (of the options, else of `work`) draws cases, points and directions.
/// The same bits on any number of threads, and whether or not results of earlier runs are used.
///
/// # Errors
/// When there are no sources, a task is empty or given twice, a file cannot be read or used, or the user stops it.
pub fn measure(sources: &[Task], targets: &[Task], params: &Checked<AffinityParams>, work: &Work) -> Result<Affinity> {
    measure_after(None, sources, targets, params, work)
}

/// The same where an earlier measurement under the same options and seed may know some of the tasks: of the cases that it has, neither
/// images nor masks are read again, if it still holds them, and no pair is compared again.
///
/// # Errors
/// As [`measure`].
pub fn measure_after(
    previous: Option<&Affinity>,
    sources: &[Task],
    targets: &[Task],
    params: &Checked<AffinityParams>,
    work: &Work,
) -> Result<Affinity> {
    let tasks: Vec<Task> = sources.iter().chain(targets).cloned().collect();
    check_tasks(sources, &tasks)?;
    let label_grid = match (params.label_grid, previous) {
        (Some(grid), _) => grid,
        (None, Some(previous)) => previous.label_grid(),
        (None, None) => {
            let first = tasks[0].cases()[0].source.grid();
            first.map_err(|error| error.during(format!("{}, case {}", tasks[0].name(), tasks[0].cases()[0].id)))?.shape
        }
    };
    if previous.is_some_and(Affinity::drawn) {
        return Err(Error::data("tasks cannot be added to an affinity whose patients were drawn again")
            .help("add them first, then draw: a.add_targets(..).resampled(seed)"));
    }
    let seed = params.seed.map_or(work.seed, Seed::new);
    let work = Work { seed: seed.named("affinity"), ..work.clone() };
    let (images, labels) = (by_image(&tasks, params.cases, work.seed), by_mask(&tasks, params.cases, work.seed));
    images.check_names()?;
    labels.check_names()?;
    let label = label_similarity(labels, label_grid, params, previous.map(Affinity::label_part), &work)?;
    let image = image_distance(images, params, previous.map(Affinity::image_part), &work)?;
    Affinity::new(tasks, sources.len(), image, label, label_grid, params.clone())
}

fn check_tasks(sources: &[Task], tasks: &[Task]) -> Result<()> {
    if sources.is_empty() {
        return Err(Error::data("an affinity needs at least one source task, got none")
            .help("look at `tasks.names`; a filter may have left nothing"));
    }
    if let Some(empty) = tasks.iter().find(|task| task.cases().is_empty()) {
        return Err(Error::data(format!("task `{}` has no cases, wanted at least one", empty.name()))
            .help(format!("leave it out: tasks.except(tasks[\"{}\"])", empty.name())));
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = tasks.iter().find(|task| !seen.insert(task.fields())) {
        return Err(Error::data(format!(
            "task `{}` is given twice, wanted each once as source or as target",
            twice.name()
        ))
        .help(format!("leave it out of the sources: sources.except(tasks[\"{}\"])", twice.name())));
    }
    let mut names = BTreeMap::new();
    for task in tasks {
        if let Some(other) = names.insert(task.name(), task.fields()) {
            let said = |name: &TaskName| format!("{} | {} | {}", name.institution, name.modality, name.objective);
            return Err(Error::data(format!(
                "two tasks are called `{}`: {} and {}",
                task.name(),
                said(other),
                said(task.fields())
            ))
            .help("rename an institution or an objective so that names differ"));
        }
    }
    Ok(())
}
