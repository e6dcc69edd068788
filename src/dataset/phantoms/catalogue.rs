//! `phantom_tasks`: the tasks of a preset.

use super::contrast::modality_number;
use super::params::PhantomParams;
use super::sites::{Site, preset};
use super::style::Style;
use super::subject::{Subject, View};
use super::tissue::Tissue;
use crate::base::error::{Error, Result};
use crate::base::params::Checked;
use crate::base::seed::Seed;
use crate::dataset::case::Case;
use crate::dataset::task::{Task, TaskName};
use crate::dataset::tasks::Tasks;
use std::sync::Arc;

/// The objectives of a tumour institution.
const OBJECTIVES: [&str; 3] = ["ED", "ET", "NCR"];

/// The subjects of an institution of a preset, none of them drawn yet.
#[must_use]
pub fn subjects(site: &Site, params: &Checked<PhantomParams>, seed: Seed, size: [usize; 3]) -> Vec<Arc<Subject>> {
    let seed = params.seed.map_or(seed, Seed::new).named("phantoms");
    let style = Arc::new(Style::draw(seed, site.vendor, site.institution, params.shift));
    let home = seed.named("site").named(site.institution);
    let [x, y, z] = size;
    (0..params.cases.unwrap_or(site.cases))
        .map(|index| {
            let key = format!(
                "phantom:{}:{}:{x}x{y}x{z}:{}:{}:{index}",
                seed.value(),
                params.shift,
                site.institution,
                site.vendor
            );
            Arc::new(Subject::new(home.nth(index as u64), key, size, style.clone(), site.target))
        })
        .collect()
}

/// All tasks of a preset: institutions x modalities x objectives.
/// `seed` is used unless the parameters have one.
///
/// # Errors
/// Only for a preset without any task.
pub fn phantom_tasks(params: &Checked<PhantomParams>, seed: Seed) -> Result<Tasks> {
    let preset = preset(&params.preset).expect("checked parameters name a preset that exists");
    let size = params.size.unwrap_or([preset.size; 3]);
    let wanted = |list: &[String], name: &str| list.is_empty() || list.iter().any(|item| item == name);
    let modalities: Vec<&str> = if params.modalities.is_empty() {
        preset.modalities.to_vec()
    } else {
        params.modalities.iter().map(String::as_str).collect()
    };
    let mut tasks = Vec::new();
    for site in preset.sites.iter().filter(|site| wanted(&params.institutions, site.institution)) {
        let subjects = subjects(site, params, seed, size);
        for name in &modalities {
            let modality =
                modality_number(name).ok_or_else(|| Error::internal(format!("modality {name} has no contrast")))?;
            for objective in OBJECTIVES.into_iter().filter(|objective| wanted(&params.objectives, objective)) {
                let tissue = Tissue::of_objective(objective)
                    .ok_or_else(|| Error::internal(format!("objective {objective} has no tissue")))?;
                let cases = (subjects.iter().enumerate())
                    .map(|(index, subject)| {
                        let view = View { subject: subject.clone(), modality, objective: tissue };
                        Case::new(format!("{}_{index:03}", site.institution), view)
                    })
                    .collect();
                let name = TaskName {
                    institution: site.institution.into(),
                    modality: (*name).into(),
                    objective: objective.into(),
                };
                tasks.push(Task::new(name, cases));
            }
        }
    }
    Tasks::new(tasks)
}
