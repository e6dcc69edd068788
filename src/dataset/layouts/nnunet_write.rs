//! Tasks written as nnU-Net v2 raw data sets.

use super::dataset_json::{BACKGROUND, DESCRIPTION, IGNORE};
use crate::base::error::{Error, Result};
use crate::base::progress::Monitor;
use crate::dataset::listing::file_name;
use crate::dataset::patients::{Patient, numbered, patients};
use crate::dataset::tasks::Tasks;
use crate::io::nifti::{write_labels, write_volume};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a data set for each institution: `Dataset001_NAME` with its channels, labels and description.
///
/// # Errors
/// When an objective is called `background` or `ignore`, two objectives share a voxel, or a file cannot be written.
pub fn write(tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()> {
    let values = numbered(tasks);
    if let Some(name) = [IGNORE, BACKGROUND].into_iter().find(|name| values.contains_key(*name)) {
        return Err(Error::data(format!("an objective cannot be called `{name}` in nnU-Net's layout")));
    }
    let ignored = values.len() as u16 + 1;
    let patients = patients(tasks);
    let stage = monitor.stage("write nnU-Net", patients.len());
    let mut sets: Vec<(PathBuf, Value)> = Vec::new();
    let mut any_ignored = false;
    for (n, institution) in tasks.institutions().iter().enumerate() {
        let home = path.join(format!("Dataset{:03}_{}", n + 1, file_name(institution)));
        for folder in ["imagesTr", "labelsTr"] {
            let folder = home.join(folder);
            fs::create_dir_all(&folder).map_err(|e| Error::file(&folder, "cannot make the folder", e))?;
        }
        let own: Vec<&Patient> = patients.iter().filter(|patient| patient.institution == *institution).collect();
        let modalities: BTreeSet<&String> = own.iter().flat_map(|patient| patient.images.keys()).collect();
        for patient in &own {
            let case = file_name(&patient.case);
            let labels = patient.labels(&values, Some(ignored))?;
            any_ignored |= labels.values().contains(&ignored);
            write_labels(&home.join(format!("labelsTr/{case}.nii.gz")), &labels)?;
            for (n, modality) in modalities.iter().enumerate() {
                if let Some(source) = patient.images.get(*modality) {
                    write_volume(&home.join(format!("imagesTr/{case}_{n:04}.nii.gz")), &source.image()?)?;
                }
            }
            stage.advance(1)?;
        }
        sets.push((home.join(DESCRIPTION), description(institution, &modalities, own.len())));
    }
    let named = values.iter().map(|(name, value)| (name.as_str(), *value));
    let extra = any_ignored.then_some((IGNORE, ignored));
    let labels: Map<String, Value> =
        named.chain([(BACKGROUND, 0)]).chain(extra).map(|(name, value)| (name.to_string(), value.into())).collect();
    for (path, mut description) in sets {
        description["labels"] = labels.clone().into();
        fs::write(&path, format!("{description:#}\n"))
            .map_err(|e| Error::file(&path, "cannot write the description", e))?;
    }
    Ok(())
}
/// The description of one institution's data set, without its labels.
fn description(institution: &str, modalities: &BTreeSet<&String>, count: usize) -> Value {
    let channels: Map<String, Value> =
        modalities.iter().enumerate().map(|(n, name)| (n.to_string(), name.as_str().into())).collect();
    json!({ "name": institution, "channel_names": channels, "numTraining": count, "file_ending": ".nii.gz" })
}
