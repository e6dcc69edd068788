//! What a layout finds in a folder: images with their labels, not yet grouped into tasks.

use super::case::Case;
use super::files::{Files, Meaning};
use super::note::{Note, Topic};
use super::open_params::OpenParams;
use super::task::{Task, TaskName};
use crate::base::error::{Error, Result};
use crate::base::params::Checked;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// The label or labels of an image.
#[derive(Debug, Clone, PartialEq)]
pub enum Labelling {
    /// One file whose values the cohort's legend explains.
    Values(PathBuf),
    /// A file for each objective: everything in it that is not 0.
    Masks(BTreeMap<String, PathBuf>),
}

/// One image of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Where it was made.
    pub institution: String,
    /// The case's id, unique inside the institution.
    pub case: String,
    /// Who it is; equal for the visits of one patient.
    pub subject: String,
    /// The canonical modality.
    pub modality: String,
    /// The image.
    pub image: PathBuf,
    /// Which channel of it, counted from 0; none for an image that has only one.
    pub channel: Option<usize>,
    /// What is segmented in it.
    pub labels: Labelling,
}

/// What label values mean in all files of a cohort.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Legend {
    /// The values of each objective.
    pub objectives: BTreeMap<String, Vec<u16>>,
    /// The values that scores leave out.
    pub ignored: Vec<u16>,
    /// The values that may occur beside 0; none stands for any.
    pub expected: Vec<u16>,
    /// What to do about a value that is not expected but known, such as one of another release.
    pub hints: BTreeMap<u16, String>,
}

impl Legend {
    /// A legend of objectives with their values; these and no others may occur.
    #[must_use]
    pub fn of(objectives: &[(&str, &[u16])]) -> Self {
        let mut expected: Vec<u16> = objectives.iter().flat_map(|(_, values)| values.iter().copied()).collect();
        expected.sort_unstable();
        expected.dedup();
        let objectives = objectives.iter().map(|(name, values)| ((*name).to_string(), values.to_vec())).collect();
        Legend { objectives, expected, ..Legend::default() }
    }
}

/// Everything a layout found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cohort {
    /// The images, in any order.
    pub scans: Vec<Scan>,
    /// What label values mean.
    pub legend: Legend,
    /// What a person should know.
    pub notes: Vec<Note>,
}

impl Cohort {
    /// The tasks: institution x modality x objective. Objectives, ignored values and exclusions of `params` count.
    ///
    /// # Errors
    /// When two images are the same case and modality of an institution, or when objectives are given by their values to
    /// labels that are one file an objective.
    pub fn tasks(mut self, params: &Checked<OpenParams>) -> Result<(Vec<Task>, Vec<Note>)> {
        self.exclude(&params.exclude);
        self.told_apart()?;
        let mut legend = std::mem::take(&mut self.legend);
        if !params.objectives.is_empty() {
            legend.objectives = params.objectives.clone();
        }
        if let Some(ignored) = &params.ignore {
            legend.ignored.clone_from(ignored);
        }
        if !legend.expected.is_empty() {
            // What a person names is expected too.
            legend.expected.extend(legend.objectives.values().flatten().chain(&legend.ignored));
            legend.expected.sort_unstable();
            legend.expected.dedup();
        }
        let meaning = |values: &[u16]| {
            let (values, ignored) = (values.to_vec(), legend.ignored.clone());
            Arc::new(Meaning { values, ignored, expected: legend.expected.clone(), hints: legend.hints.clone() })
        };
        let meanings: Vec<(&String, Arc<Meaning>)> =
            legend.objectives.iter().map(|(name, values)| (name, meaning(values))).collect();
        let whole = Arc::new(Meaning::default());
        let mut cases: BTreeMap<TaskName, Vec<Case>> = BTreeMap::new();
        for scan in &self.scans {
            let mut add = |objective: &String, label: &PathBuf, meaning: &Arc<Meaning>| {
                let name = TaskName {
                    institution: scan.institution.clone(),
                    modality: scan.modality.clone(),
                    objective: objective.clone(),
                };
                let (image, label) = (scan.image.clone(), label.clone());
                let files = Files { image, channel: scan.channel, label, meaning: meaning.clone() };
                cases.entry(name).or_default().push(Case::new(&scan.case, files).of_subject(&scan.subject));
            };
            match &scan.labels {
                Labelling::Values(label) => meanings.iter().for_each(|(name, meaning)| add(name, label, meaning)),
                Labelling::Masks(masks) if params.objectives.is_empty() => {
                    masks.iter().for_each(|(name, label)| add(name, label, &whole));
                }
                Labelling::Masks(masks) => {
                    let names: Vec<&str> = masks.keys().map(String::as_str).collect();
                    return Err(Error::argument(format!(
                        "`objectives` gives label values, but here each objective is a mask of its own: {}",
                        names.join(", ")
                    ))
                    .help("leave `objectives` out"));
                }
            }
        }
        let mut notes = self.notes;
        notes.sort();
        notes.dedup();
        Ok((cases.into_iter().map(|(name, cases)| Task::new(name, cases)).collect(), notes))
    }

    /// Leaves out the cases and subjects of these names.
    fn exclude(&mut self, names: &[String]) {
        let mut found = BTreeSet::new();
        let notes = &mut self.notes;
        self.scans.retain(|scan| {
            let Some(name) = names.iter().find(|name| **name == scan.case || **name == scan.subject) else {
                return true;
            };
            let text = format!("left out at institution {}, as the options say", scan.institution);
            if found.insert((name.clone(), scan.institution.clone(), scan.case.clone())) {
                notes.push(Note::new(Topic::Excluded, &scan.case, text));
            }
            false
        });
        for name in names.iter().filter(|name| found.iter().all(|(found, ..)| found != *name)) {
            notes.push(Note::new(Topic::Missing, name, "was to be left out, but no case or subject has this name"));
        }
    }

    /// No two images are the same case and modality of an institution.
    fn told_apart(&self) -> Result<()> {
        let mut seen: BTreeMap<[&str; 3], &Scan> = BTreeMap::new();
        for scan in &self.scans {
            let key = [scan.institution.as_str(), scan.modality.as_str(), scan.case.as_str()];
            if let Some(first) = seen.insert(key, scan) {
                return Err(Error::data(format!(
                    "case {} of institution {} has two {} images: {} and {}",
                    scan.case,
                    scan.institution,
                    scan.modality,
                    first.image.display(),
                    scan.image.display()
                ))
                .help("remove one of them, or give it another name"));
            }
        }
        Ok(())
    }
}
