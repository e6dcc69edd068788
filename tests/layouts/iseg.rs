//! `subject-1-T1.hdr` and `.img`, `subject-1-T2`, `subject-1-label`.

use super::{assert_same, infants, notes, open, put_image, put_labels, renamed, written};
use crate::folder::Folder;
use seqtran::base::progress::Monitor;
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::save::save_tasks;
use std::fs;

/// A subject with both images, and with a label if it has voxels.
fn subject(folder: &Folder, home: &str, n: usize, extension: &str, labels: &[u16]) {
    let file = |word: &str| folder.file(&format!("{home}/subject-{n}-{word}.{extension}"));
    put_image(&file("T1"));
    put_image(&file("T2"));
    if !labels.is_empty() {
        put_labels(&file("label"), labels);
    }
}

#[test]
fn pairs_of_two_modalities_have_three_tissues() {
    let folder = Folder::new("iseg");
    for n in 1..=10 {
        subject(&folder, "iSeg-2017-Training", n, "hdr", &[10, 150, 150, 250, 250, 250]);
    }
    folder.put("iSeg-2017-Training/readme.txt", b"iSeg");
    let tasks = open(&folder.file("iSeg-2017-Training")).unwrap();
    let opening = tasks.opening().unwrap();
    assert_eq!((opening.layout, opening.because.as_str()), ("iseg", "images subject-1-T1 and so on of 10 subjects"));
    let wanted = ["iSeg-T1-CSF", "iSeg-T1-GM", "iSeg-T1-WM", "iSeg-T2-CSF", "iSeg-T2-GM", "iSeg-T2-WM"];
    assert_eq!((tasks.names(), notes(&tasks).len()), (wanted.map(String::from).to_vec(), 0));
    for (task, voxels) in [("iSeg-T1-CSF", 1), ("iSeg-T2-GM", 2), ("iSeg-T1-WM", 3)] {
        let task = tasks.get(task).unwrap();
        assert_eq!(task.cases().len(), 10);
        assert!(task.cases().iter().all(|case| case.source.mask().unwrap().count() == voxels));
        task.cases()[0].source.grid().unwrap();
    }
    let named = OpenParams { institution: Some("UNC".into()), ..OpenParams::default() };
    assert_eq!(open_tasks(&folder.file("iSeg-2017-Training"), named).unwrap().institutions(), ["UNC"]);
    let exclude = vec!["subject-1".to_string()];
    let fewer =
        open_tasks(&folder.file("iSeg-2017-Training"), OpenParams { exclude, ..OpenParams::default() }).unwrap();
    assert_eq!(fewer.get("iSeg-T1-WM").unwrap().cases().len(), 9, "subject-10 stays");
    let release = Some("2019".to_string());
    let error =
        open_tasks(&folder.file("iSeg-2017-Training"), OpenParams { release, ..OpenParams::default() }).unwrap_err();
    assert!(error.message().contains("no option `release`"), "{error}");
}

#[test]
fn test_data_lie_beside_and_what_is_half_is_named() {
    let folder = Folder::new("iseg-notes");
    let home = "iSeg/iSeg-2019-Training";
    for n in 1..=5 {
        subject(&folder, home, n, "hdr", &[10, 150, 250]);
    }
    for n in 11..=15 {
        subject(&folder, "iSeg/iSeg-2019-Validation", n, "hdr", &[]);
    }
    let file = |name: &str| folder.file(&format!("{home}/{name}"));
    fs::remove_file(file("subject-2-T2.img")).unwrap();
    fs::remove_file(file("subject-3-T1.hdr")).unwrap();
    fs::remove_file(file("subject-4-label.hdr")).unwrap();
    fs::remove_file(file("subject-4-label.img")).unwrap();
    put_image(&file("subject-5-T1.nii.gz"));
    put_image(&file("subject-5-PD.nii.gz"));
    put_labels(&file("subject-9-label.nii"), &[10]);
    folder.put(&format!("{home}/._subject-1-T1.hdr"), b"\0");
    fs::create_dir(folder.file("iSeg/docs")).unwrap();
    let tasks = open(&folder.file("iSeg")).unwrap();
    assert_eq!(
        notes(&tasks),
        [
            "unpaired subject-2-T2.hdr: its voxels subject-2-T2.img are not there",
            "unpaired subject-3-T1.img: its header subject-3-T1.hdr is not there",
            "unpaired subject-4-T1.hdr: no label subject-4-label.hdr for the 2 images",
            "unpaired subject-9-label.nii: no image of case subject-9",
            "unpaired iSeg-2019-Validation: none of the 5 cases here has a label: \
             subject-11, subject-12, subject-13 and 2 more",
            "incomplete subject-2-T1.hdr: case subject-2 has no T2 image",
            "incomplete subject-3-T2.hdr: case subject-3 has no T1 image",
            "unused docs: no cases lie in this folder",
            "unused iSeg-2019-Training: not read: subject-5-PD.nii.gz; read is subject-<number>-[T1, T2, label]",
            "unused subject-5-T1.hdr: read is subject-5-T1.nii.gz beside it",
        ]
    );
    let cases =
        |name: &str| -> Vec<String> { tasks.get(name).unwrap().cases().iter().map(|case| case.id.clone()).collect() };
    assert_eq!(cases("iSeg-T1-GM"), ["subject-1", "subject-2", "subject-5"]);
    assert_eq!(cases("iSeg-T2-GM"), ["subject-1", "subject-3", "subject-5"]);
    let error = open(&folder.file("iSeg/iSeg-2019-Validation")).unwrap_err();
    assert!(error.message().contains("no image with a label"), "{error}");
    let error = open(&folder.file("iSeg/docs")).unwrap_err();
    assert!(error.message().contains("iseg: no files subject-1-T1.hdr"), "{error}");
}

#[test]
fn converted_copies_and_strange_labels() {
    let folder = Folder::new("iseg-nii");
    subject(&folder, "nii", 1, "nii", &[10, 150, 250]);
    subject(&folder, "nii", 2, "nii.gz", &[1, 2, 3]);
    fs::rename(folder.file("nii/subject-1-T1.nii"), folder.file("nii/Subject-1-t1.NII")).unwrap();
    let tasks = open(&folder.file("nii"));
    // `Subject-1` and `subject-1` are not known to be the same.
    assert_eq!(notes(tasks.as_ref().unwrap()).len(), 2);
    let error = tasks.unwrap().get("iSeg-T2-WM").unwrap().cases()[1].source.mask().err().unwrap();
    assert!(error.message().contains("wanted the label values 0, 10, 150, 250, got 1"), "{error}");
    assert!(error.path().unwrap().ends_with("subject-2-label.nii.gz"));
}

#[test]
fn ten_infants_come_back() {
    let (folder, tasks) = (Folder::new("iseg-whole"), infants(10));
    let path = written(&folder, &tasks, "iseg");
    for name in ["subject-1-T1.hdr", "subject-1-T1.img", "subject-10-label.hdr", "subject-10-label.img"] {
        assert!(path.join(name).is_file(), "{name}");
    }
    assert_eq!(fs::read_dir(&path).unwrap().count(), 10 * 6);
    let header = fs::read(path.join("subject-10-T2.hdr")).unwrap();
    let dim: Vec<u8> = header[40..50].iter().step_by(2).copied().collect();
    assert_eq!((header.len(), dim, &header[344..348]), (348, vec![4, 12, 12, 12, 1], &[0; 4][..]), "no NIfTI");
    let found = open(&path).unwrap();
    assert_eq!(notes(&found), [""; 0]);
    assert_same(&found, &tasks, "iseg");
    let two = renamed(&tasks, |name| name.institution = format!("{}{}", name.institution, name.modality));
    let error = save_tasks(&two, &folder.file("no"), "iseg", &Monitor::silent()).unwrap_err();
    assert!(error.message().contains("wanted tasks of one institution, got 2"), "{error}");
    let other = renamed(&tasks, |name| name.modality = name.modality.replace("T2", "PD"));
    let error = save_tasks(&other, &folder.file("no"), "iseg", &Monitor::silent()).unwrap_err();
    assert!(error.message().contains("no modality `PD`; it has T1, T2"), "{error}");
}
