//! `<institution>/image/<modality>/`, `<institution>/label/<objective>/`.

use super::{phantoms, written};
use crate::folder::Folder;
use seqtran::dataset::open::{OpenParams, open_tasks};
use std::fs;

#[test]
fn unpaired_files_are_named_and_stop_nothing() {
    let folder = Folder::new("folders-unpaired");
    let path = written(&folder, &phantoms(|p| p.institutions = vec!["01".into()]), "folders");
    fs::create_dir(path.join("papers")).unwrap();
    fs::remove_file(path.join("01/label/ED/01_001.nii.gz")).unwrap();
    fs::copy(path.join("01/image/T2/01_000.nii.gz"), path.join("01/image/T2/01_007.nii.gz")).unwrap();
    fs::copy(path.join("01/label/ED/01_000.nii.gz"), path.join("01/label/ED/01_008.nii.gz")).unwrap();
    let tasks = open_tasks(&path, OpenParams::default()).unwrap();
    let notes: Vec<(&str, String)> = (tasks.notes().iter())
        .map(|note| (note.topic.name(), note.place.file_name().unwrap().to_string_lossy().into_owned()))
        .collect();
    assert_eq!(
        notes,
        [
            ("unpaired", "01_007.nii.gz".into()),
            ("unpaired", "01_008.nii.gz".into()),
            ("incomplete", "ED".into()),
            ("unused", "papers".into())
        ]
    );
    assert_eq!(tasks.get("01-T2-ED").unwrap().cases().len(), 1);
    assert_eq!(tasks.get("01-T2-ET").unwrap().cases().len(), 2);
}

#[test]
fn cases_are_left_out_by_name() {
    let folder = Folder::new("folders-exclude");
    let path = written(&folder, &phantoms(|_| {}), "folders");
    let exclude = vec!["01_001".to_string(), "18_009".to_string()];
    let tasks = open_tasks(&path, OpenParams { exclude, ..OpenParams::default() }).unwrap();
    assert_eq!(tasks.get("01-T2-ED").unwrap().cases().len(), 1);
    assert_eq!(tasks.get("18-T2-ED").unwrap().cases().len(), 2);
    let topics: Vec<&str> = tasks.notes().iter().map(|note| note.topic.name()).collect();
    assert_eq!(topics, ["excluded", "missing"]);
    let all = ["01", "16", "18"].iter().flat_map(|i| [format!("{i}_000"), format!("{i}_001")]).collect();
    let error = open_tasks(&path, OpenParams { exclude: all, ..OpenParams::default() }).unwrap_err();
    assert!(error.message().contains("every case was left out"), "{error}");
}
