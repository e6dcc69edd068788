//! The list of bindings.

use super::{
    affinity, arrays, augmentation, charts, closeness, clusters, cohort, elementary, figure, files, graph, heat, judge,
    labels, markdown, matrix, model, network, path, plan, planner, provenance, recipes, run, samples, session,
    stability, table, task, tasks, transferability, tuning, volume,
};
use crate::script::options::OptionDoc;
use rhai::Engine;

/// Puts a part of the language into an engine.
pub type Install = fn(&mut Engine);

/// Every part.
pub const BINDINGS: &[Install] = &[
    session::install,
    arrays::install,
    elementary::install,
    files::install,
    table::install,
    volume::install,
    labels::install,
    task::install,
    tasks::install,
    cohort::install,
    samples::install,
    closeness::install,
    judge::install,
    affinity::install,
    provenance::install,
    matrix::install,
    markdown::install,
    graph::install,
    clusters::install,
    path::install,
    plan::install,
    stability::install,
    planner::install,
    augmentation::install,
    recipes::install,
    model::install,
    transferability::install,
    tuning::install,
    run::install,
    figure::install,
    heat::install,
    charts::install,
    network::install,
];

/// The options of functions, by name.
pub type Options = Vec<(&'static str, Vec<OptionDoc>)>;

/// Every list of options.
const OPTIONS: &[fn() -> Options] = &[
    volume::options,
    labels::options,
    tasks::options,
    cohort::options,
    samples::options,
    closeness::options,
    judge::options,
    affinity::options,
    graph::options,
    clusters::options,
    path::options,
    plan::options,
    stability::options,
    planner::options,
    augmentation::options,
    model::options,
    transferability::options,
    tuning::options,
    run::options,
    figure::options,
    heat::options,
    network::options,
];

/// The options of every function that has some.
#[must_use]
pub fn options() -> Options {
    OPTIONS.iter().flat_map(|list| list()).collect()
}
