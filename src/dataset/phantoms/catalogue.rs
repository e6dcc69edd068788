//! `phantom_tasks`: the tasks of a preset.

use super::params::PhantomParams;
use super::shelf::Shelf;
use super::sites::{Site, preset};
use super::style::Style;
use super::subject::{Identity, Subject, View};
use crate::base::error::{Error, Result};
use crate::base::params::Checked;
use crate::base::seed::Seed;
use crate::dataset::case::Case;
use crate::dataset::task::{Task, TaskName};
use crate::dataset::tasks::Tasks;
use std::sync::Arc;

/// Drawn subjects are kept while they fit into so many bytes: all of `paperlike` does, at 32x32x32.
const ROOM: usize = 512 << 20;

/// An institution and its subjects.
pub struct Members {
    /// The institution.
    pub site: &'static Site,
    /// Its subjects, by case id.
    pub subjects: Vec<Arc<Subject>>,
}

/// The institutions of a preset that the parameters want, with their subjects, none of them drawn yet.
/// `seed` is used unless the parameters have one.
#[must_use]
pub fn cohort(params: &Checked<PhantomParams>, seed: Seed) -> Vec<Members> {
    let preset = preset(&params.preset).expect("checked parameters name a preset that exists");
    let seed = params.seed.map_or(seed, Seed::new).named("phantoms");
    let size = params.size.unwrap_or([preset.size; 3]);
    let shelf = Arc::new(Shelf::new(ROOM));
    let sites = preset.sites.iter().filter(|site| params.wants(site));
    sites.map(|site| Members { site, subjects: subjects(site, params, seed, size, &shelf) }).collect()
}

fn subjects(
    site: &Site,
    params: &Checked<PhantomParams>,
    seed: Seed,
    size: [usize; 3],
    shelf: &Arc<Shelf>,
) -> Vec<Arc<Subject>> {
    let institution = site.institution;
    let style = Arc::new(Style::draw(seed, site.kind, site.vendor, institution, params.shift));
    let home = seed.named("site").named(institution);
    let [x, y, z] = size;
    let all = format!("phantom:{}:{}:{x}x{y}x{z}:{institution}:{}", seed.value(), params.shift, site.vendor);
    (0..params.cases.unwrap_or(site.cases))
        .map(|index| {
            let identity = Identity {
                institution: institution.into(),
                case: format!("{institution}_{index:03}"),
                key: format!("{all}:{index}"),
                target: site.target,
            };
            Arc::new(Subject::new(home.nth(index as u64), identity, size, style.clone(), shelf.clone()))
        })
        .collect()
}

/// All tasks of a preset: institutions x modalities x objectives, as far as the parameters want them.
/// `seed` is used unless the parameters have one.
///
/// # Errors
/// None that checked parameters allow.
pub fn phantom_tasks(params: &Checked<PhantomParams>, seed: Seed) -> Result<Tasks> {
    let mut tasks = Vec::new();
    for Members { site, subjects } in cohort(params, seed) {
        for modality in params.modalities_of(site) {
            for name in params.objectives_of(site) {
                let objective = site
                    .kind
                    .objective(name)
                    .ok_or_else(|| Error::internal(format!("a phantom of {} has no {name}", site.institution)))?;
                let case = |subject: &Arc<Subject>| {
                    Case::new(&subject.identity().case, View { subject: subject.clone(), modality, objective })
                };
                let name = TaskName {
                    institution: site.institution.into(),
                    modality: modality.into(),
                    objective: objective.name.into(),
                };
                tasks.push(Task::new(name, subjects.iter().map(case).collect()));
            }
        }
    }
    Tasks::new(tasks)
}
