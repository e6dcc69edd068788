//! Tasks seen from the other side: everything that is known of one visit of one patient, as a writer needs it.

use super::case::Source;
use super::listing::few;
use super::tasks::Tasks;
use crate::base::error::{Error, Kind, Result};
use crate::image::labels::Labels;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One visit: its images and its masks.
pub struct Patient {
    /// Where.
    pub institution: String,
    /// The case's id.
    pub case: String,
    /// Who.
    pub subject: String,
    /// A source of each modality's image.
    pub images: BTreeMap<String, Arc<dyn Source>>,
    /// A source of each objective's mask.
    pub masks: BTreeMap<String, Arc<dyn Source>>,
}

/// The patients of tasks, by institution and case.
#[must_use]
pub fn patients(tasks: &Tasks) -> Vec<Patient> {
    let mut patients: BTreeMap<(String, String), Patient> = BTreeMap::new();
    for task in tasks {
        let name = task.fields();
        for case in task.cases() {
            let key = (name.institution.clone(), case.id.clone());
            let patient = patients.entry(key).or_insert_with(|| Patient {
                institution: name.institution.clone(),
                case: case.id.clone(),
                subject: case.subject.clone(),
                images: BTreeMap::new(),
                masks: BTreeMap::new(),
            });
            patient.images.entry(name.modality.clone()).or_insert_with(|| case.source.clone());
            patient.masks.entry(name.objective.clone()).or_insert_with(|| case.source.clone());
        }
    }
    patients.into_values().collect()
}

/// The objectives of tasks with the label values 1, 2, 3 ... in the order of their names.
#[must_use]
pub fn numbered(tasks: &Tasks) -> BTreeMap<String, u16> {
    let objectives: BTreeMap<String, u16> = tasks.iter().map(|task| (task.fields().objective.clone(), 0)).collect();
    objectives.into_keys().zip(1..).collect()
}

/// Names made of numbers, in the order in which they will be read: that of letters, `subject-10` before `subject-2`.
pub fn in_order(numbers: impl Iterator<Item = usize>, name: impl Fn(usize) -> String) -> Vec<String> {
    let mut names: Vec<String> = numbers.map(name).collect();
    names.sort();
    names
}

/// Refuses tasks of several institutions, for layouts whose names do not say where a case was seen.
///
/// # Errors
/// Names the institutions.
pub fn one_institution(tasks: &Tasks) -> Result<()> {
    let institutions = tasks.institutions();
    if institutions.len() > 1 {
        let text = format!("wanted tasks of one institution, got {}: {}", institutions.len(), few(&institutions));
        return Err(Error::new(Kind::Data, text).help("write each into a folder of its own, or choose another layout"));
    }
    Ok(())
}

/// Refuses patients who were seen more than once, for layouts whose names do not say who a case is.
///
/// # Errors
/// Names a patient who was.
pub fn one_visit(patients: &[Patient], layout: &str) -> Result<()> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for patient in patients {
        if let Some(first) = seen.insert(&patient.subject, &patient.case) {
            let (subject, second) = (&patient.subject, &patient.case);
            let text = format!(
                "the layout {layout} has one case a subject, but subject {subject} has the cases {first} and {second}"
            );
            return Err(
                Error::new(Kind::Data, text).help("choose a layout that says who a case is, such as manifest or brats")
            );
        }
    }
    Ok(())
}

/// A layout has no name for a modality.
#[must_use]
pub fn unknown_modality(modality: &str, known: &[&str]) -> Error {
    let text = format!("this layout has no modality `{modality}`; it has {}", known.join(", "));
    Error::new(Kind::Data, text)
        .help("write only tasks that have these, by tasks.filter(|t| ...), or choose another layout")
}

impl Patient {
    /// One label image of all masks: each objective has its value, what scores leave out has `ignored`.
    ///
    /// # Errors
    /// When an objective has no value, when two objectives share a voxel, or when a mask cannot be read.
    pub fn labels(&self, values: &BTreeMap<String, u16>, ignored: Option<u16>) -> Result<Labels> {
        let in_case = |e: Error| e.during(format!("institution {}, case {}", self.institution, self.case));
        let mut painted: Option<(Labels, &String)> = None;
        for (objective, source) in &self.masks {
            let Some(&value) = values.get(objective) else {
                let known: Vec<&str> = values.keys().map(String::as_str).collect();
                return Err(Error::new(
                    Kind::Data,
                    format!("this layout has no objective `{objective}`; it has {}", known.join(", ")),
                )
                .help("write only tasks that have these, by tasks.filter(|t| ...), or choose another layout"));
            };
            let mask = source.mask().map_err(in_case)?;
            let mut labels = match &painted {
                Some((labels, _)) => labels.values().to_vec(),
                None => vec![0; mask.geometry().voxels()],
            };
            if let Some((before, first)) = &painted {
                before
                    .geometry()
                    .same_grid(mask.geometry(), &format!("the mask {first}"), &format!("the mask {objective}"))
                    .map_err(in_case)?;
            }
            for (n, label) in labels.iter_mut().enumerate().filter(|(n, _)| mask.get(*n)) {
                if *label != 0 {
                    let other = values.iter().find(|(_, value)| *value == label).map_or("another", |(name, _)| name);
                    return Err(in_case(Error::data(format!(
                        "voxel {n} belongs to `{other}` and to `{objective}`, but a label image holds one value a voxel"
                    )))
                    .help("write objectives that overlap in the layout `folders`, which has a mask for each"));
                }
                *label = value;
            }
            painted = Some((Labels::new(mask.geometry().clone(), labels), objective));
        }
        let Some((labels, _)) = painted else {
            return Err(in_case(Error::data("there is no mask to write")));
        };
        let Some(value) = ignored else { return Ok(labels) };
        let Some(source) = self.masks.values().next() else { return Ok(labels) };
        let Some(left_out) = source.ignored().map_err(in_case)? else { return Ok(labels) };
        let values: Vec<u16> = (labels.values().iter().enumerate())
            .map(|(n, &label)| if label == 0 && left_out.get(n) { value } else { label })
            .collect();
        Ok(Labels::new(labels.geometry().clone(), values))
    }
}
