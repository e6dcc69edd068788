//! Tasks written as a BIDS data set.

use super::bids_name::{DESCRIPTION, PARTICIPANTS};
use super::dataset_json::IGNORE;
use crate::base::error::{Error, Result};
use crate::base::progress::Monitor;
use crate::dataset::patients::{Patient, numbered, patients};
use crate::dataset::tasks::Tasks;
use crate::io::nifti::{write_labels, write_volume};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The pipeline that labels are written as.
const PIPELINE: &str = "derivatives/seqtran";

/// Writes images, segmentations with their `dseg.tsv`, and the institutions as sites in `participants.tsv`.
///
/// Cases keep their names as far as BIDS allows: letters and digits. Where that leaves two equal, or another order,
/// subjects and sessions are numbered.
///
/// # Errors
/// When a modality is no word of letters and digits, two objectives share a voxel, or a file cannot be written.
pub fn write(tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()> {
    let values = numbered(tasks);
    if values.contains_key(IGNORE) {
        return Err(Error::data(format!("an objective cannot be called `{IGNORE}` in this layout")));
    }
    let ignored = values.len() as u16 + 1;
    let mut any_ignored = false;
    let patients = patients(tasks);
    let names = names(&patients);
    let stage = monitor.stage("write BIDS", patients.len());
    let mut sites: BTreeMap<&str, &str> = BTreeMap::new();
    for (patient, name) in patients.iter().zip(&names) {
        sites.insert(&name.subject, &patient.institution);
        let folder = match &name.session {
            Some(session) => format!("{}/ses-{session}/anat", name.subject),
            None => format!("{}/anat", name.subject),
        };
        for home in [path.join(&folder), path.join(PIPELINE).join(&folder)] {
            fs::create_dir_all(&home).map_err(|e| Error::file(&home, "cannot make the folder", e))?;
        }
        for (modality, source) in &patient.images {
            let file = format!("{folder}/{}_{}.nii.gz", name.case(), suffix(modality)?);
            write_volume(&path.join(file), &source.image()?)?;
        }
        let labels = patient.labels(&values, Some(ignored))?;
        any_ignored |= labels.values().contains(&ignored);
        write_labels(&path.join(format!("{PIPELINE}/{folder}/{}_dseg.nii.gz", name.case())), &labels)?;
        stage.advance(1)?;
    }
    let put = |name: &str, text: String| {
        let file = path.join(name);
        fs::write(&file, text).map_err(|e| Error::file(&file, "cannot write the description", e))
    };
    let cell = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    let rows = sites.iter().map(|(subject, site)| format!("{subject}\t{}\n", cell(site)));
    put(PARTICIPANTS, format!("participant_id\tsite\n{}", rows.collect::<String>()))?;
    let extra = any_ignored.then_some((IGNORE, ignored));
    let meanings = values.iter().map(|(name, value)| (name.as_str(), *value)).chain(extra);
    let rows = meanings.map(|(name, value)| format!("{value}\t{}\n", cell(name)));
    put(&format!("{PIPELINE}/dseg.tsv"), format!("index\tname\n0\tbackground\n{}", rows.collect::<String>()))?;
    let description = json!({ "Name": "seqtran tasks", "BIDSVersion": "1.9.0", "DatasetType": "raw" });
    put(DESCRIPTION, format!("{description:#}\n"))?;
    let made = json!({
        "Name": "seqtran labels",
        "BIDSVersion": "1.9.0",
        "DatasetType": "derivative",
        "GeneratedBy": [{ "Name": "seqtran" }],
    });
    put(&format!("{PIPELINE}/{DESCRIPTION}"), format!("{made:#}\n"))
}

/// The entities and suffix of a modality.
fn suffix(modality: &str) -> Result<String> {
    match modality {
        "T1" | "T2" => Ok(format!("{modality}w")),
        "T1ce" => Ok("ce-gadolinium_T1w".into()),
        word if !word.is_empty() && word == plain(word) => Ok(word.to_string()),
        word => Err(Error::data(format!("the modality `{word}` cannot be a BIDS suffix; wanted letters and digits"))
            .help("choose another layout, such as `folders`")),
    }
}

/// Letters and digits alone.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The name of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    subject: String,
    session: Option<String>,
}

impl Name {
    fn case(&self) -> String {
        match &self.session {
            Some(session) => format!("{}_ses-{session}", self.subject),
            None => self.subject.clone(),
        }
    }
}

/// A name for each patient, in the order of patients inside each institution.
fn names(patients: &[Patient]) -> Vec<Name> {
    let own: Vec<Name> = patients.iter().map(own_name).collect();
    if fits(patients, &own) { own } else { numbers(patients) }
}

/// The name that a patient has already, as far as it is letters and digits.
fn own_name(patient: &Patient) -> Name {
    let bare = |text: &str| plain(text.strip_prefix("sub-").unwrap_or(text));
    let subject = format!("sub-{}", bare(&patient.subject));
    let rest = patient.case.strip_prefix(&patient.subject).unwrap_or(&patient.case);
    let session = plain(rest.strip_prefix("_ses-").unwrap_or(rest));
    Name { subject, session: (patient.case != patient.subject).then_some(session) }
}

/// Whether names are complete, tell patients and subjects apart, and keep their order.
fn fits(patients: &[Patient], names: &[Name]) -> bool {
    let complete = names.iter().all(|name| name.subject != "sub-" && name.session.as_deref() != Some(""));
    let cases: BTreeSet<String> = names.iter().map(Name::case).collect();
    let mut subjects: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let one_each = patients.iter().zip(names).all(|(patient, name)| {
        let who = (patient.institution.as_str(), patient.subject.as_str());
        *subjects.entry(&name.subject).or_insert(who) == who
    });
    let in_order = (1..names.len())
        .all(|n| patients[n - 1].institution != patients[n].institution || names[n - 1].case() < names[n].case());
    complete && one_each && in_order && cases.len() == names.len()
}

/// Subjects by their number, with numbered sessions where one has several cases.
fn numbers(patients: &[Patient]) -> Vec<Name> {
    let mut cases: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for patient in patients {
        *cases.entry((&patient.institution, &patient.subject)).or_default() += 1;
    }
    let digits = cases.len().to_string().len();
    let mut known: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    let mut names = Vec::with_capacity(patients.len());
    for patient in patients {
        let who = (patient.institution.as_str(), patient.subject.as_str());
        let next = known.len() + 1;
        let (subject, session) = known.entry(who).or_insert((next, 0));
        *session += 1;
        names.push(Name {
            subject: format!("sub-{subject:0digits$}"),
            session: (cases[&who] > 1).then(|| format!("{session:03}")),
        });
    }
    names
}
