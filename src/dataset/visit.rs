//! What was found of one visit of a patient, before image and label are known to be there.

use super::cohort::{Cohort, Labelling, Scan};
use super::listing::few;
use super::note::{Note, Topic};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The files of one visit whose images share one label.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// Where it was.
    pub institution: String,
    /// The case's id, unique inside the institution.
    pub case: String,
    /// Who it is.
    pub subject: String,
    /// What notes about it name: its folder.
    pub place: PathBuf,
    /// The images by modality.
    pub images: BTreeMap<String, PathBuf>,
    /// The label.
    pub label: Option<PathBuf>,
    /// The name that its label would have.
    pub label_name: String,
}

/// Adds the images that have a label. What is not complete becomes a note: an image without label, a label without image, a
/// modality that other cases have; of a folder in which no case has a label (test data) it is one note.
pub fn add(visits: Vec<Visit>, cohort: &mut Cohort) {
    let modalities: BTreeSet<String> = visits.iter().flat_map(|visit| visit.images.keys().cloned()).collect();
    let mut homes: BTreeMap<PathBuf, Vec<Visit>> = BTreeMap::new();
    for visit in visits {
        homes.entry(visit.place.parent().unwrap_or(Path::new("")).into()).or_default().push(visit);
    }
    for (home, visits) in homes {
        if visits.len() > 1 && visits.iter().all(|visit| visit.label.is_none() && !visit.images.is_empty()) {
            let names: Vec<&str> = visits.iter().map(|visit| visit.case.as_str()).collect();
            let text = format!("none of the {} cases here has a label: {}", names.len(), few(&names));
            cohort.notes.push(Note::new(Topic::Unpaired, home, text));
            continue;
        }
        visits.into_iter().for_each(|visit| visit.add(&modalities, cohort));
    }
}

impl Visit {
    fn add(self, modalities: &BTreeSet<String>, cohort: &mut Cohort) {
        let mut note = |topic, place: &Path, text: String| cohort.notes.push(Note::new(topic, place, text));
        let label = match (self.label, self.images.is_empty()) {
            (Some(label), false) => label,
            (Some(label), true) => return note(Topic::Unpaired, &label, format!("no image of case {}", self.case)),
            (None, true) => return note(Topic::Unused, &self.place, format!("no image of case {}", self.case)),
            (None, false) => {
                let text = format!("no label {} for the {} images", self.label_name, self.images.len());
                return note(Topic::Unpaired, &self.place, text);
            }
        };
        for modality in modalities.iter().filter(|modality| !self.images.contains_key(*modality)) {
            note(Topic::Incomplete, &self.place, format!("case {} has no {modality} image", self.case));
        }
        for (modality, image) in self.images {
            cohort.scans.push(Scan {
                institution: self.institution.clone(),
                case: self.case.clone(),
                subject: self.subject.clone(),
                modality,
                image,
                channel: None,
                labels: Labelling::Values(label.clone()),
            });
        }
    }
}
