//! The white matter hyperintensities challenge of 2017: FLAIR and T1 of three hospitals.

use crate::base::error::{Error, Kind, Result};
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use crate::dataset::cohort::{Cohort, Legend};
use crate::dataset::homes::{Home, found, homes};
use crate::dataset::layout::{Detection, Layout};
use crate::dataset::listing::{Entry, Listing, few, file_name};
use crate::dataset::note::Note;
use crate::dataset::open_params::OpenParams;
use crate::dataset::patients::{in_order, one_visit, patients, unknown_modality};
use crate::dataset::tasks::Tasks;
use crate::dataset::visit::{self, Visit};
use crate::io::nifti::{write_labels, write_volume};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The value of the lesions.
const WMH: u16 = 1;

/// The value of other pathology, which counts neither for nor against a segmentation.
const OTHER: u16 = 2;

/// The modalities, which are also the names of the files in `pre`.
const MODALITIES: [&str; 2] = ["FLAIR", "T1"];

/// The scanners of Amsterdam, whose folders lie in one of that name.
const AMSTERDAM: [&str; 3] = ["GE3T", "GE1T5", PHILIPS];

/// What the name of the folder `Philips_VU .PETMR_01.` begins with.
const PHILIPS: &str = "Philips_VU";

/// Folders `Utrecht/0/`, `Singapore/50/`, `Amsterdam/GE3T/100/` with `pre/FLAIR.nii.gz`, `pre/T1.nii.gz` and `wmh.nii.gz`, as
/// they are or in `training` and `test`.
///
/// An institution is the folder that the cases lie in, which is one scanner: `Utrecht`, `Singapore`, `GE3T`, `GE1T5`,
/// `Philips_VU` (for `Philips_VU .PETMR_01.`), whatever folders are above or beside it. Cases of `training` and `test` belong
/// to the same institution: open one of them to have only its cases. Label 1 is the lesions; 2 is other pathology and is left
/// out of scores. The images in `orig`, the `3DT1` (which is not on the grid of the FLAIR) and `additional_annotations` are
/// not read.
pub struct Wmh;

impl Layout for Wmh {
    fn name(&self) -> &'static str {
        "wmh"
    }

    fn looks_for(&self) -> &'static str {
        "folders <institution>/<case>/ with pre/FLAIR.nii.gz, pre/T1.nii.gz and wmh.nii.gz"
    }

    fn detect(&self, path: &Path) -> Detection {
        let homes = found(path, 3, &|listing| cases(listing).next().is_some());
        let count: usize = homes.iter().map(|home| cases(&home.listing).count()).sum();
        if count == 0 {
            return Detection::Not(match path.join("pre").is_dir() {
                true => "this is the folder of one case, open the one above".into(),
                false => "no folders with pre/FLAIR.nii.gz".into(),
            });
        }
        let institutions: Vec<String> = homes.iter().map(institution).collect();
        Detection::Fits(format!("{count} cases with pre/FLAIR or pre/T1 in {}", few(&institutions)))
    }

    fn read(&self, path: &Path, params: &Checked<OpenParams>) -> Result<Cohort> {
        params.no_institution(self.name())?;
        params.no_release(self.name())?;
        Listing::of(path)?;
        let mut legend = Legend::of(&[("WMH", &[WMH])]);
        legend.ignored = vec![OTHER];
        let mut cohort = Cohort { legend, ..Cohort::default() };
        let homes = homes(path, 3, &|listing| cases(listing).next().is_some(), &mut cohort.notes);
        if homes.is_empty() {
            return Err(Error::new(Kind::Data, format!("wanted {}, got none", self.looks_for())).at(path));
        }
        let mut visits = Vec::new();
        for home in &homes {
            for folder in &home.listing.folders {
                visits.push(read_case(folder, &institution(home), &mut cohort.notes)?);
            }
        }
        visit::add(visits, &mut cohort);
        Ok(cohort)
    }

    fn write(&self, tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()> {
        let patients = patients(tasks);
        one_visit(&patients, self.name())?;
        let values = BTreeMap::from([("WMH".to_string(), WMH)]);
        let stage = monitor.stage("write wmh", patients.len());
        // As published, an institution's numbers begin at a multiple of 50, and no two cases have the same.
        let mut next = 0;
        for patients in patients.chunk_by(|a, b| a.institution == b.institution) {
            let institution = file_name(&patients[0].institution);
            let home = match &institution {
                scanner if AMSTERDAM.contains(&scanner.as_str()) => path.join("Amsterdam").join(scanner),
                institution => path.join(institution),
            };
            let names = in_order(next..next + patients.len(), |n| n.to_string());
            for (patient, name) in patients.iter().zip(names) {
                let folder = home.join(name);
                let pre = folder.join("pre");
                fs::create_dir_all(&pre).map_err(|e| Error::file(&pre, "cannot make the folder", e))?;
                for (modality, source) in &patient.images {
                    if !MODALITIES.contains(&modality.as_str()) {
                        return Err(unknown_modality(modality, &MODALITIES));
                    }
                    write_volume(&pre.join(format!("{modality}.nii.gz")), &source.image()?)?;
                }
                write_labels(&folder.join("wmh.nii.gz"), &patient.labels(&values, Some(OTHER))?)?;
                stage.advance(1)?;
            }
            next = (next + patients.len()).next_multiple_of(50);
        }
        Ok(())
    }
}

/// The folders that are cases by what they hold.
fn cases(listing: &Listing) -> impl Iterator<Item = &Entry> {
    let holds = |folder: &&Entry| {
        let pre = Listing::or_empty(&folder.path.join("pre"));
        MODALITIES.iter().any(|modality| pre.image(modality).is_some())
    };
    listing.folders.iter().filter(holds)
}

/// The institution whose cases lie in this folder.
fn institution(home: &Home) -> String {
    let name = home.name();
    // Some systems cannot have a name that ends with a dot, and copies end it otherwise.
    if name.starts_with(PHILIPS) { PHILIPS.into() } else { name }
}

fn read_case(folder: &Entry, institution: &str, notes: &mut Vec<Note>) -> Result<Visit> {
    let pre = folder.path.join("pre");
    let pre = if pre.is_dir() { Listing::of(&pre)? } else { Listing::default() };
    let files = pre.by_stem(notes);
    let image = |modality: &str| Some((modality.to_string(), files.get(modality)?.to_path_buf()));
    let whole = Listing::of(&folder.path)?;
    Ok(Visit {
        institution: institution.into(),
        case: folder.name.clone(),
        subject: folder.name.clone(),
        place: folder.path.clone(),
        images: MODALITIES.into_iter().filter_map(image).collect(),
        label: whole.by_stem(notes).get("wmh").map(|file| file.to_path_buf()),
        label_name: "wmh.nii.gz".into(),
    })
}
