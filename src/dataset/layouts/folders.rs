//! Folders of institutions: `<institution>/image/<modality>/` and `<institution>/label/<objective>/`.

use crate::base::error::{Error, Kind, Result};
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use crate::dataset::cohort::{Cohort, Labelling, Legend, Scan};
use crate::dataset::layout::{Detection, Layout};
use crate::dataset::listing::{Entry, Listing, few, file_name};
use crate::dataset::modality::canonical;
use crate::dataset::note::{Note, Topic};
use crate::dataset::open_params::OpenParams;
use crate::dataset::patients::patients;
use crate::dataset::tasks::Tasks;
use crate::io::nifti::{write_mask, write_volume};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Image and mask of a case have the same name, `<case>.nii.gz`, in the folders of their modality and objective.
///
/// Everything in a mask that is not 0 belongs to the objective, so objectives may overlap.
pub struct Folders;

impl Layout for Folders {
    fn name(&self) -> &'static str {
        "folders"
    }

    fn looks_for(&self) -> &'static str {
        "folders <institution>/image/<modality>/ and <institution>/label/<objective>/"
    }

    fn detect(&self, path: &Path) -> Detection {
        let found: Vec<String> = institutions(&Listing::or_empty(path)).map(|home| home.name.clone()).collect();
        match found.len() {
            0 => Detection::Not("no <institution>/image and <institution>/label".into()),
            _ => Detection::Fits(format!("image and label folders in {}", few(&found))),
        }
    }

    fn read(&self, path: &Path, _: &Checked<OpenParams>) -> Result<Cohort> {
        let root = Listing::of(path)?;
        let mut cohort = Cohort { legend: Legend::default(), ..Cohort::default() };
        for home in &root.folders {
            let inside = Listing::of(&home.path)?;
            match (inside.folder("image"), inside.folder("label")) {
                (Some(images), Some(labels)) => institution(home, images, labels, &mut cohort)?,
                _ => {
                    let text = "this folder has no image and label folders: it is no institution";
                    cohort.notes.push(Note::new(Topic::Unused, &home.path, text));
                }
            }
        }
        if institutions(&root).next().is_none() {
            return Err(Error::new(Kind::Data, format!("wanted {}, got none", self.looks_for())).at(path).help(
                "make a folder for each institution, or write a manifest (a CSV of case,institution,modality,image,label)",
            ));
        }
        Ok(cohort)
    }

    fn write(&self, tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()> {
        let patients = patients(tasks);
        let stage = monitor.stage("write folders", patients.len());
        for patient in &patients {
            let home = path.join(file_name(&patient.institution));
            let place = |kind: &str, name: &str| -> Result<PathBuf> {
                let folder = home.join(kind).join(file_name(name));
                fs::create_dir_all(&folder).map_err(|e| Error::file(&folder, "cannot make the folder", e))?;
                Ok(folder.join(format!("{}.nii.gz", file_name(&patient.case))))
            };
            for (modality, source) in &patient.images {
                write_volume(&place("image", modality)?, &source.image()?)?;
            }
            for (objective, source) in &patient.masks {
                write_mask(&place("label", objective)?, &source.mask()?)?;
            }
            stage.advance(1)?;
        }
        Ok(())
    }
}

/// The folders that hold images and labels.
fn institutions(root: &Listing) -> impl Iterator<Item = &Entry> {
    root.folders.iter().filter(|home| home.path.join("image").is_dir() && home.path.join("label").is_dir())
}

/// Adds the images of one institution that have a label.
fn institution(home: &Entry, images: &Entry, labels: &Entry, cohort: &mut Cohort) -> Result<()> {
    let mut masks: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    let objectives = Listing::of(&labels.path)?.folders;
    for objective in &objectives {
        for (case, file) in Listing::of(&objective.path)?.images() {
            masks.entry(case.to_string()).or_default().insert(objective.name.clone(), file.to_path_buf());
        }
    }
    let mut used: BTreeSet<String> = BTreeSet::new();
    for modality in &Listing::of(&images.path)?.folders {
        for (case, file) in Listing::of(&modality.path)?.images() {
            let Some(masks) = masks.get(case) else {
                let text = format!("no folder of {} has a label of this name", labels.path.display());
                cohort.notes.push(Note::new(Topic::Unpaired, file, text));
                continue;
            };
            used.insert(case.to_string());
            cohort.scans.push(Scan {
                institution: home.name.clone(),
                case: case.to_string(),
                subject: case.to_string(),
                modality: canonical(&modality.name),
                image: file.to_path_buf(),
                channel: None,
                labels: Labelling::Masks(masks.clone()),
            });
        }
    }
    for (case, masks) in masks.iter().filter(|(case, _)| used.contains(*case)) {
        for objective in objectives.iter().filter(|objective| !masks.contains_key(&objective.name)) {
            let text = format!("case {case} has no label of this objective");
            cohort.notes.push(Note::new(Topic::Incomplete, &objective.path, text));
        }
    }
    for (case, masks) in masks.iter().filter(|(case, _)| !used.contains(*case)) {
        for file in masks.values() {
            let text = format!("no folder of {} has an image {case}", images.path.display());
            cohort.notes.push(Note::new(Topic::Unpaired, file, text));
        }
    }
    Ok(())
}
