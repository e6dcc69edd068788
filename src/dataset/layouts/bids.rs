//! The Brain Imaging Data Structure: `sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz`.

use super::bids_labels::{Label, Session, Set, chosen, sessions};
use super::bids_name::{BidsName, DESCRIPTION, PARTICIPANTS};
use super::tsv::Tsv;
use crate::base::error::{Error, Kind, Result};
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use crate::dataset::cohort::{Cohort, Labelling, Scan};
use crate::dataset::layout::{Detection, Layout};
use crate::dataset::listing::{Listing, folder_name};
use crate::dataset::note::{Note, Topic};
use crate::dataset::open_params::OpenParams;
use crate::dataset::tasks::Tasks;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Columns of it that say where a subject was seen.
const SITES: [&str; 9] =
    ["institution", "site", "center", "centre", "hospital", "institution_name", "site_id", "site_name", "scanner_site"];

/// Images in `sub-01[/ses-1]/anat`, labels in `derivatives/PIPELINE` in the same folders: segmentations `_dseg` with a table
/// `dseg.tsv` (columns index and name; the name `ignore` is left out of scores), or binary masks `_label-NAME_mask` or
/// `_desc-NAME_mask`. Labels beside the images count as the pipeline `raw`. Where there are several kinds, the option `release`
/// names one: `PIPELINE`, or `PIPELINE/mask`, `PIPELINE/dseg`, `PIPELINE/desc-aseg`.
///
/// The institution is the subject's in the column site, institution, center, ... of `participants.tsv`, else the option
/// `institution` or the folder's name. A case is a session, its subject the subject. The modality is the suffix; `T1w` with a
/// contrast agent (`ce-...`) is `T1ce`. Of several images of one modality in a session (runs, acquisitions) the first by
/// name that has a label is taken, and the others are noted.
pub struct Bids;

impl Layout for Bids {
    fn name(&self) -> &'static str {
        "bids"
    }

    fn looks_for(&self) -> &'static str {
        "dataset_description.json, sub-*/anat/*.nii.gz and labels in derivatives/PIPELINE (BIDS)"
    }

    fn detect(&self, path: &Path) -> Detection {
        if !path.join(DESCRIPTION).is_file() {
            return Detection::Not(format!("no {DESCRIPTION}"));
        }
        let subjects = Listing::or_empty(path).folders.iter().filter(|folder| folder.name.starts_with("sub-")).count();
        match subjects {
            0 => Detection::Not(format!("{DESCRIPTION}, but no folder sub-*")),
            n => Detection::Fits(format!("{DESCRIPTION} and {n} folders sub-*")),
        }
    }

    fn read(&self, path: &Path, params: &Checked<OpenParams>) -> Result<Cohort> {
        let root = Listing::of(path)?;
        let mut cohort = Cohort::default();
        let places = sessions(&root)?;
        let labels = chosen(path, &places, params.release.as_deref())?;
        if let Some(set) = labels.as_ref().filter(|set| !set.masks()) {
            cohort.legend = match (set.legend()?, params.objectives.is_empty()) {
                (Some(legend), _) => legend,
                (None, false) => cohort.legend,
                (None, true) => {
                    return Err(Error::new(
                        Kind::Data,
                        format!("no dseg.tsv says what the label values of {} mean", set.full_name()),
                    )
                    .at(path)
                    .help("write one with the columns index and name, or name values: objectives: #{ lesion: [1] }"));
                }
            };
        }
        let sites = Sites::read(&root, path, params, &mut cohort.notes)?;
        let mut used: BTreeSet<&Path> = BTreeSet::new();
        for session in places {
            let images = images(&session, &mut cohort.notes);
            let own = labels.as_ref().and_then(|set| set.labels.get(&session.session)).map_or(&[][..], Vec::as_slice);
            let labelled = labelled(&session, images, own, labels.as_ref(), &mut cohort.notes)?;
            for (image, name, labels) in labelled {
                let files = match &labels {
                    Found::One(label) => vec![label.path.as_path()],
                    Found::Masks(masks) => masks.values().map(|label| label.path.as_path()).collect(),
                };
                used.extend(files);
                cohort.scans.push(Scan {
                    institution: sites.of(&session.subject),
                    case: session.session.clone(),
                    subject: session.subject.clone(),
                    modality: name.modality(),
                    image,
                    channel: None,
                    labels: labels.labelling(),
                });
            }
        }
        for label in labels.iter().flat_map(|set| set.labels.values().flatten()) {
            if !used.contains(label.path.as_path()) {
                let session = label.name.session().unwrap_or_default();
                let text = match cohort.scans.iter().any(|scan| scan.case == session) {
                    true => {
                        format!("no image of {session} needs it: another label fits better, or its image is missing")
                    }
                    false => format!("no image of {session} fits it"),
                };
                cohort.notes.push(Note::new(Topic::Unpaired, &label.path, text));
            }
        }
        incomplete(&mut cohort);
        Ok(cohort)
    }

    fn write(&self, tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()> {
        super::bids_write::write(tasks, path, monitor)
    }
}

/// Where each subject was seen.
struct Sites {
    known: BTreeMap<String, String>,
    other: String,
}

impl Sites {
    fn read(root: &Listing, path: &Path, params: &Checked<OpenParams>, notes: &mut Vec<Note>) -> Result<Self> {
        let other = params.institution.clone().unwrap_or_else(|| folder_name(path));
        let mut sites = Sites { known: BTreeMap::new(), other };
        let Some(file) = root.file(PARTICIPANTS) else { return Ok(sites) };
        let table = Tsv::read(&file.path)?;
        let subjects = table.needed("participant_id").map_err(|e| e.at(&file.path))?;
        let places = table.column(&SITES);
        let mut rows = BTreeSet::new();
        for (n, subject) in subjects.iter().enumerate() {
            let subject = if subject.starts_with("sub-") { (*subject).to_string() } else { format!("sub-{subject}") };
            if !rows.insert(subject.clone()) {
                return Err(Error::format(&file.path, format!("the participant {subject} stands twice"))
                    .help("a participant has one row; what differs between sessions belongs to sessions.tsv"));
            }
            if root.folders.iter().all(|folder| folder.name != subject) {
                notes.push(Note::new(
                    Topic::Missing,
                    &subject,
                    format!("{PARTICIPANTS} has it, but there is no such folder"),
                ));
            }
            let place = places.as_ref().map_or("", |places| places[n]);
            if !place.is_empty() && !place.eq_ignore_ascii_case("n/a") {
                sites.known.insert(subject, place.to_string());
            }
        }
        Ok(sites)
    }

    fn of(&self, subject: &str) -> String {
        self.known.get(subject).unwrap_or(&self.other).clone()
    }
}

/// The images of a session by modality, those with fewer entities first.
fn images(session: &Session, notes: &mut Vec<Note>) -> Vec<(PathBuf, BidsName)> {
    let mut found = Vec::new();
    for (stem, path) in session.anat.iter().flat_map(Listing::images) {
        match BidsName::parse(stem) {
            Some(name) if name.is_made() => {}
            Some(name) if name.session().as_ref() == Some(&session.session) => found.push((path.to_path_buf(), name)),
            Some(_) => {
                let text = format!("its name does not begin with {}, the session it lies in", session.session);
                notes.push(Note::new(Topic::Unused, path, text));
            }
            None => notes.push(Note::new(Topic::Unused, path, "its name is not of BIDS: entities, then a suffix")),
        }
    }
    found.sort_by_cached_key(|(path, name)| (name.modality(), name.entities.len(), path.clone()));
    found
}

/// What was found for an image.
enum Found<'a> {
    One(&'a Label),
    Masks(BTreeMap<String, &'a Label>),
}

impl Found<'_> {
    fn labelling(&self) -> Labelling {
        match self {
            Found::One(label) => Labelling::Values(label.path.clone()),
            Found::Masks(masks) => {
                Labelling::Masks(masks.iter().map(|(name, label)| (name.clone(), label.path.clone())).collect())
            }
        }
    }
}

/// The images with the labels that fit them, one image a modality.
fn labelled<'a>(
    session: &Session,
    images: Vec<(PathBuf, BidsName)>,
    labels: &'a [Label],
    set: Option<&Set>,
    notes: &mut Vec<Note>,
) -> Result<Vec<(PathBuf, BidsName, Found<'a>)>> {
    let mut found: Vec<(PathBuf, BidsName, Found)> = Vec::new();
    for (image, name) in images {
        let mut fitting: BTreeMap<String, Vec<&Label>> = BTreeMap::new();
        for label in labels.iter().filter(|label| label.name.fits(&name).is_some()) {
            let objective = if set.is_some_and(Set::masks) { label.name.objective() } else { String::new() };
            fitting.entry(objective).or_default().push(label);
        }
        // Labels in the image's own space before those in another, then those that say more of this image.
        let order = |label: &&Label| {
            let own = label.name.get("space") == name.get("space");
            (!own, Reverse(label.name.fits(&name)), label.name.entities.len(), label.path.clone())
        };
        let mut best: BTreeMap<String, &Label> = BTreeMap::new();
        for (objective, mut list) in fitting {
            list.sort_by_cached_key(order);
            if let [one, other, ..] = list[..]
                && one.name == other.name
            {
                return Err(Error::data(format!(
                    "{} has two labels of one name: {} and {}",
                    session.session,
                    one.path.display(),
                    other.path.display()
                ))
                .help("remove one of them"));
            }
            best.insert(objective, list[0]);
        }
        if best.is_empty() {
            let place = set.map_or("there is no label in derivatives".into(), |set| {
                format!("{} has no label of {} that fits it", set.full_name(), session.session)
            });
            notes.push(Note::new(Topic::Unpaired, image, place));
            continue;
        }
        // Two files of one name are no runs: the cohort refuses them.
        let first = found.iter().find(|(_, first, _)| first.modality() == name.modality() && *first != name);
        if let Some((first, ..)) = first {
            let text =
                format!("{} has several {} images: {} is taken", session.session, name.modality(), first.display());
            notes.push(Note::new(Topic::Unused, image, text));
            continue;
        }
        let labels = match set.is_some_and(Set::masks) {
            true => Found::Masks(best),
            false => Found::One(best[""]),
        };
        found.push((image, name, labels));
    }
    Ok(found)
}

/// Notes the modalities that a case lacks and at least half of the cases of its institution have.
fn incomplete(cohort: &mut Cohort) {
    let mut cases: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for scan in &cohort.scans {
        cases.entry((&scan.institution, &scan.case)).or_default().insert(&scan.modality);
    }
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for ((institution, _), modalities) in &cases {
        *sizes.entry(institution).or_default() += 1;
        modalities.iter().for_each(|modality| *counts.entry((institution, modality)).or_default() += 1);
    }
    for ((institution, case), modalities) in &cases {
        let usual = counts.iter().filter(|((home, _), count)| home == institution && 2 * **count >= sizes[institution]);
        let missing: Vec<&str> =
            usual.map(|((_, modality), _)| *modality).filter(|modality| !modalities.contains(modality)).collect();
        if !missing.is_empty() {
            let text = format!("no labelled image of {}, which most cases of {institution} have", missing.join(", "));
            cohort.notes.push(Note::new(Topic::Incomplete, *case, text));
        }
    }
}
