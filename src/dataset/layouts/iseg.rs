//! iSeg 2017 and 2019: infants of six months, T1 and T2, with tissues.

use crate::base::error::{Error, Kind, Result};
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use crate::dataset::cohort::{Cohort, Legend};
use crate::dataset::homes::{Home, found, homes};
use crate::dataset::layout::{Detection, Layout};
use crate::dataset::listing::{Listing, few, image_stem};
use crate::dataset::note::{Note, Topic};
use crate::dataset::open_params::OpenParams;
use crate::dataset::patients::{in_order, one_institution, one_visit, patients, unknown_modality};
use crate::dataset::tasks::Tasks;
use crate::dataset::visit::{self, Visit};
use crate::io::analyze_write::{write_analyze, write_analyze_labels};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The label values; 0 is background.
const LABELS: [(&str, &[u16]); 3] = [("CSF", &[10]), ("GM", &[150]), ("WM", &[250])];

/// The modalities, which are also the words of file names.
const MODALITIES: [&str; 2] = ["T1", "T2"];

/// The word of a label.
const LABEL: &str = "label";

/// Pairs `subject-1-T1.hdr` and `.img`, `subject-1-T2`, `subject-1-label` in one folder (or the same names as `.nii` or
/// `.nii.gz`), or some such folders in one: those without labels (validation, testing) are left out.
///
/// Labels are 10 CSF, 150 GM, 250 WM. There is one institution, the option `institution` or `iSeg`.
pub struct Iseg;

impl Layout for Iseg {
    fn name(&self) -> &'static str {
        "iseg"
    }

    fn looks_for(&self) -> &'static str {
        "files subject-1-T1.hdr, subject-1-T2.hdr, subject-1-label.hdr with their .img"
    }

    fn detect(&self, path: &Path) -> Detection {
        let homes = found(path, 2, &|listing| parts(listing).next().is_some());
        let subjects: BTreeSet<&str> =
            homes.iter().flat_map(|home| parts(&home.listing).map(|(subject, _)| subject)).collect();
        match subjects.first() {
            None => Detection::Not("no files subject-1-T1.hdr".into()),
            Some(first) => Detection::Fits(format!("images {first}-T1 and so on of {} subjects", subjects.len())),
        }
    }

    fn read(&self, path: &Path, params: &Checked<OpenParams>) -> Result<Cohort> {
        params.no_release(self.name())?;
        Listing::of(path)?;
        let institution = params.institution.clone().unwrap_or_else(|| "iSeg".into());
        let mut cohort = Cohort { legend: Legend::of(&LABELS), ..Cohort::default() };
        let homes = homes(path, 2, &|listing| parts(listing).next().is_some(), &mut cohort.notes);
        if homes.is_empty() {
            return Err(Error::new(Kind::Data, format!("wanted {}, got none", self.looks_for())).at(path));
        }
        let visits = homes.iter().flat_map(|home| home_visits(home, &institution, &mut cohort.notes)).collect();
        visit::add(visits, &mut cohort);
        Ok(cohort)
    }

    /// Writes the images as Analyze pairs, x to the left as in all of them. The institution's name is not kept.
    fn write(&self, tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()> {
        one_institution(tasks)?;
        let patients = patients(tasks);
        one_visit(&patients, self.name())?;
        let values = LABELS.iter().map(|(name, values)| ((*name).to_string(), values[0])).collect();
        let stage = monitor.stage("write iseg", patients.len());
        let names = in_order(1..=patients.len(), |n| format!("subject-{n}"));
        for (patient, subject) in patients.iter().zip(names) {
            for (modality, source) in &patient.images {
                if !MODALITIES.contains(&modality.as_str()) {
                    return Err(unknown_modality(modality, &MODALITIES));
                }
                write_analyze(&path.join(format!("{subject}-{modality}.hdr")), &source.image()?)?;
            }
            write_analyze_labels(&path.join(format!("{subject}-{LABEL}.hdr")), &patient.labels(&values, None)?)?;
            stage.advance(1)?;
        }
        Ok(())
    }
}

/// The subject and the word in the name of an image: `subject-1` and `T1`.
fn part(stem: &str) -> Option<(&str, &str)> {
    let (subject, word) = stem.rsplit_once('-')?;
    let (start, number) = subject.split_once('-')?;
    let fits =
        start.eq_ignore_ascii_case("subject") && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let known = MODALITIES.into_iter().chain([LABEL]).find(|known| known.eq_ignore_ascii_case(word))?;
    fits.then_some((subject, known))
}

fn parts(listing: &Listing) -> impl Iterator<Item = (&str, &str)> {
    listing.images().filter_map(|(stem, _)| part(stem))
}

/// What lies in one folder of subjects.
fn home_visits(home: &Home, institution: &str, notes: &mut Vec<Note>) -> Vec<Visit> {
    let mut visits: BTreeMap<String, Visit> = BTreeMap::new();
    let mut others = Vec::new();
    let whole = pairs(&home.listing, notes);
    for (stem, file) in home.listing.by_stem(notes) {
        let Some((subject, word)) = part(stem) else {
            others.push(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
            continue;
        };
        if !whole.contains(file) {
            continue;
        }
        let visit = visits.entry(subject.to_string()).or_insert_with(|| Visit {
            institution: institution.into(),
            case: subject.into(),
            subject: subject.into(),
            place: file.into(),
            images: BTreeMap::new(),
            label: None,
            label_name: format!("{subject}-{LABEL}.hdr"),
        });
        if word == LABEL {
            visit.label = Some(file.into());
        } else {
            visit.images.insert(word.into(), file.into());
        }
    }
    if !others.is_empty() {
        let text = format!("not read: {}; read is subject-<number>-[T1, T2, label]", few(&others));
        notes.push(Note::new(Topic::Unused, &home.path, text));
    }
    visits.into_values().collect()
}

/// The images that are whole: single files, and headers with their voxels. Half a pair is a note.
fn pairs<'a>(listing: &'a Listing, notes: &mut Vec<Note>) -> BTreeSet<&'a Path> {
    let voxels_stem = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let stem = lower.strip_suffix(".gz").unwrap_or(&lower).strip_suffix(".img")?.len();
        Some(name[..stem].to_string())
    };
    let is_header = |name: &str| name.to_ascii_lowercase().trim_end_matches(".gz").ends_with(".hdr");
    let voxels: BTreeSet<String> = listing.files.iter().filter_map(|file| voxels_stem(&file.name)).collect();
    let mut whole = BTreeSet::new();
    let mut headers = BTreeSet::new();
    for (stem, path) in listing.images() {
        if !is_header(&path.to_string_lossy()) {
            whole.insert(path);
        } else if voxels.contains(stem) {
            whole.insert(path);
            headers.insert(stem);
        } else {
            notes.push(Note::new(Topic::Unpaired, path, format!("its voxels {stem}.img are not there")));
        }
    }
    for file in &listing.files {
        let alone = voxels_stem(&file.name).filter(|stem| !headers.contains(stem.as_str()));
        if let Some(stem) = alone.filter(|stem| image_stem(&format!("{stem}.hdr")).and_then(part).is_some()) {
            notes.push(Note::new(Topic::Unpaired, &file.path, format!("its header {stem}.hdr is not there")));
        }
    }
    whole
}
