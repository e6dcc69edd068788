//! Tasks that share their images, and tasks that share their masks.

use crate::base::error::{Error, Result};
use crate::base::parallel::try_map;
use crate::base::progress::Monitor;
use crate::base::seed::Seed;
use crate::dataset::case::Case;
use crate::dataset::task::{Task, TaskName};
use crate::io::key::Key;
use std::collections::{BTreeMap, BTreeSet};

/// The cases behind one row of H (an institution and a modality) or of R (an institution and an objective).
#[derive(Debug, Clone)]
pub struct Group {
    /// `01-T2` or `01-NCR`.
    pub name: String,
    /// The institution.
    pub institution: String,
    /// Cases sorted by id, each once.
    pub cases: Vec<Case>,
}

/// Groups in the order of their first task, and the group of each task.
#[derive(Debug, Clone)]
pub struct Grouping {
    /// The groups.
    pub groups: Vec<Group>,
    /// Place of each task's group.
    pub of: Vec<usize>,
}

impl Grouping {
    /// Whether the rows have names of their own: `A` with `x-y` is called as `A-x` with `y`.
    ///
    /// # Errors
    /// Names two institutions that share a row's name.
    pub fn check_names(&self) -> Result<()> {
        let mut seen = BTreeMap::new();
        for group in &self.groups {
            if let Some(other) = seen.insert(&group.name, &group.institution) {
                let (name, institution) = (&group.name, &group.institution);
                return Err(Error::data(format!(
                    "a row of institution `{other}` and one of `{institution}` are both called `{name}`"
                ))
                .help("rename an institution, a modality or an objective so that names differ"));
            }
        }
        Ok(())
    }
}

/// Tasks by institution and modality; a group's cases are those of all its tasks, told apart by id and image.
#[must_use]
pub fn by_image(tasks: &[Task], cases: Option<usize>, seed: Seed) -> Grouping {
    group(tasks, |name| &name.modality, |case| case.source.image_key(), cases, seed)
}

/// Tasks by institution and objective; a group's cases are those of all its tasks, told apart by id and mask.
#[must_use]
pub fn by_mask(tasks: &[Task], cases: Option<usize>, seed: Seed) -> Grouping {
    group(tasks, |name| &name.objective, |case| case.source.mask_key(), cases, seed)
}

fn group(
    tasks: &[Task],
    second: impl Fn(&TaskName) -> &String,
    key: impl Fn(&Case) -> String,
    cases: Option<usize>,
    seed: Seed,
) -> Grouping {
    let mut keys: Vec<(&String, &String)> = Vec::new();
    let mut members: Vec<Vec<&Case>> = Vec::new();
    let mut of = Vec::with_capacity(tasks.len());
    for task in tasks {
        let fields = task.fields();
        let this = (&fields.institution, second(fields));
        let place = keys.iter().position(|other| *other == this).unwrap_or_else(|| {
            keys.push(this);
            members.push(Vec::new());
            keys.len() - 1
        });
        members[place].extend(task.cases());
        of.push(place);
    }
    let groups = keys.iter().zip(members).map(|((institution, second), members)| {
        let mut seen = BTreeSet::new();
        let mut kept: Vec<(String, Case)> = Vec::new();
        for case in members {
            let key = key(case);
            if seen.insert((case.id.clone(), key.clone())) {
                kept.push((key, case.clone()));
            }
        }
        kept.sort_by(|a, b| (&a.1.id, &a.0).cmp(&(&b.1.id, &b.0)));
        let kept = kept.into_iter().map(|(_, case)| case).collect();
        Group {
            name: format!("{institution}-{second}"),
            institution: (*institution).clone(),
            cases: draw(kept, cases, seed.named("cases").named(institution)),
        }
    });
    Grouping { groups: groups.collect(), of }
}

/// At most `count` cases, in their order. Every id has its own random number, so that the groups of one institution draw the
/// same patients, and a patient more or less changes the draw by one.
fn draw(cases: Vec<Case>, count: Option<usize>, seed: Seed) -> Vec<Case> {
    let Some(count) = count.filter(|&count| count < cases.len()) else { return cases };
    let mut ticket: Vec<(u64, usize)> =
        cases.iter().enumerate().map(|(place, case)| (seed.named(&case.id).value(), place)).collect();
    ticket.sort_unstable();
    let mut places: Vec<usize> = ticket[..count].iter().map(|(_, place)| *place).collect();
    places.sort_unstable();
    places.into_iter().map(|place| cases[place].clone()).collect()
}

/// What `origin` says of every case: where its image or mask comes from, and a hash of what that holds.
///
/// # Errors
/// Those of `origin`, with the group and the case named, or when the user stops it.
pub fn origins(
    groups: &[Group],
    monitor: &Monitor,
    origin: impl Fn(&Case) -> Result<(String, Option<Key>)> + Sync,
) -> Result<Vec<(String, Option<Key>)>> {
    let cases: Vec<_> = groups.iter().flat_map(|group| group.cases.iter().map(move |case| (group, case))).collect();
    let stage = monitor.stage("files", cases.len());
    try_map(cases.len(), |place| {
        let (group, case) = cases[place];
        stage.advance(1)?;
        origin(case).map_err(|error| error.during(format!("{}, case {}", group.name, case.id)))
    })
}

/// Calls `read` with the place and the source of every case, in parallel.
///
/// # Errors
/// Those of `read`, with the group and the case named, or when the user stops it.
pub fn read_cases(
    groups: &[Group],
    label: &str,
    monitor: &Monitor,
    read: impl Fn(usize, &Case) -> Result<()> + Sync,
) -> Result<()> {
    let cases: Vec<_> = groups.iter().flat_map(|group| group.cases.iter().map(move |case| (group, case))).collect();
    let stage = monitor.stage(label, cases.len());
    try_map(cases.len(), |place| {
        let (group, case) = cases[place];
        stage.advance(0)?;
        read(place, case).map_err(|error| error.during(format!("{}, case {}", group.name, case.id)))?;
        stage.advance(1)
    })?;
    Ok(())
}
