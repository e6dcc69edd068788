//! `Utrecht/0/pre/FLAIR.nii.gz`, `Utrecht/0/wmh.nii.gz`.

use super::{assert_same, ignored, lesions, notes, open, put_image, put_labels, renamed, written};
use crate::folder::Folder;
use seqtran::base::progress::Monitor;
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::save::save_tasks;
use std::fs;

/// A case as it was published.
fn case(folder: &Folder, place: &str) {
    for image in ["orig/3DT1", "orig/FLAIR", "orig/T1", "pre/3DT1", "pre/FLAIR", "pre/T1"] {
        put_image(&folder.file(&format!("{place}/{image}.nii.gz")));
    }
    folder.put(&format!("{place}/orig/reg_3DT1_to_FLAIR.txt"), b"1 0 0 0");
    put_labels(&folder.file(&format!("{place}/wmh.nii.gz")), &[1, 1, 2, 2, 2]);
}

/// The release of 2022.
fn published(name: &str) -> Folder {
    let folder = Folder::new(name);
    for place in [
        "training/Utrecht/0",
        "training/Utrecht/2",
        "training/Singapore/50",
        "training/Amsterdam/GE3T/100",
        "test/Utrecht/1",
        "test/Singapore/55",
        "test/Amsterdam/GE3T/101",
        "test/Amsterdam/GE1T5/150",
        "test/Amsterdam/Philips_VU .PETMR_01./160",
    ] {
        case(&folder, &format!("WMH/{place}"));
    }
    for observer in ["observer_o3", "observer_o4"] {
        let annotation = format!("WMH/additional_annotations/{observer}/training/Utrecht/0/result.nii.gz");
        put_labels(&folder.file(&annotation), &[1]);
    }
    folder.put("WMH/readme.pdf", b"%PDF");
    folder
}

#[test]
fn the_folder_of_the_cases_is_their_institution() {
    let folder = published("wmh");
    let tasks = open(&folder.file("WMH/training")).unwrap();
    assert_eq!(notes(&tasks), [""; 0]);
    let opening = tasks.opening().unwrap();
    assert_eq!(opening.layout, "wmh");
    assert_eq!(opening.because, "4 cases with pre/FLAIR or pre/T1 in GE3T, Singapore, Utrecht");
    let wanted = [
        "GE3T-FLAIR-WMH",
        "GE3T-T1-WMH",
        "Singapore-FLAIR-WMH",
        "Singapore-T1-WMH",
        "Utrecht-FLAIR-WMH",
        "Utrecht-T1-WMH",
    ];
    assert_eq!(tasks.names(), wanted);
    let utrecht = tasks.get("Utrecht-FLAIR-WMH").unwrap();
    assert_eq!(utrecht.cases().iter().map(|case| case.id.as_str()).collect::<Vec<_>>(), ["0", "2"]);
    let source = &utrecht.cases()[0].source;
    assert!(source.image_key().ends_with("training/Utrecht/0/pre/FLAIR.nii.gz"));
    assert_eq!((source.mask().unwrap().count(), source.ignored().unwrap().unwrap().count()), (2, 3));
    assert!(tasks.get("GE3T-T1-WMH").unwrap().cases()[0].source.image_key().ends_with("GE3T/100/pre/T1.nii.gz"));

    // Everything: the same institutions, two more scanners; what other observers drew is not read.
    let all = open(&folder.file("WMH")).unwrap();
    assert_eq!(all.institutions(), ["GE1T5", "GE3T", "Philips_VU", "Singapore", "Utrecht"]);
    assert_eq!(notes(&all), ["unused additional_annotations: no cases lie in this folder"]);
    let cases = |name: &str| all.get(name).unwrap().cases().len();
    assert_eq!((cases("Utrecht-FLAIR-WMH"), cases("GE3T-FLAIR-WMH"), cases("Philips_VU-T1-WMH")), (3, 2, 1));

    // From further down the names are the same.
    for (place, name) in [
        ("training/Utrecht", "Utrecht"),
        ("training/Amsterdam", "GE3T"),
        ("training/Amsterdam/GE3T", "GE3T"),
        ("test/Amsterdam/Philips_VU .PETMR_01.", "Philips_VU"),
    ] {
        assert_eq!(open(&folder.file(&format!("WMH/{place}"))).unwrap().institutions(), [name]);
    }
    let error = open(&folder.file("WMH/training/Utrecht/0")).unwrap_err();
    assert!(error.message().contains("wmh: this is the folder of one case, open the one above"), "{error}");
    let error = open(&folder.file("WMH/additional_annotations")).unwrap_err();
    assert!(error.message().contains("wmh: no folders with pre/FLAIR.nii.gz"), "{error}");
    let institution = Some("x".to_string());
    let error = open_tasks(&folder.file("WMH"), OpenParams { institution, ..OpenParams::default() }).unwrap_err();
    assert!(error.message().contains("names its own"), "{error}");
}

#[test]
fn what_does_not_fit_together_is_named_and_stops_nothing() {
    let folder = Folder::new("wmh-notes");
    for place in ["GE3T/100", "GE3T/101", "GE3T/102", "Utrecht/0", "Utrecht/2"] {
        case(&folder, &format!("public/{place}"));
    }
    let file = |name: &str| folder.file(&format!("public/{name}"));
    fs::remove_file(file("GE3T/100/wmh.nii.gz")).unwrap();
    fs::remove_file(file("GE3T/101/pre/T1.nii.gz")).unwrap();
    put_image(&file("GE3T/102/pre/FLAIR.nii"));
    fs::remove_dir_all(file("Utrecht/2/pre")).unwrap();
    fs::create_dir(file("Utrecht/empty")).unwrap();
    let tasks = open(&folder.file("public")).unwrap();
    assert_eq!(
        notes(&tasks),
        [
            "unpaired 100: no label wmh.nii.gz for the 2 images",
            "unpaired wmh.nii.gz: no image of case 2",
            "incomplete 101: case 101 has no T1 image",
            "unused FLAIR.nii: read is FLAIR.nii.gz beside it",
            "unused empty: no image of case empty",
        ]
    );
    assert_eq!(tasks.get("GE3T-FLAIR-WMH").unwrap().cases().len(), 2);
    assert_eq!(tasks.get("GE3T-T1-WMH").unwrap().cases().len(), 1);
    // Test data without labels, and a mask with a third value.
    fs::remove_file(file("Utrecht/0/wmh.nii.gz")).unwrap();
    put_labels(&file("GE3T/101/wmh.nii.gz"), &[1, 2, 3]);
    let tasks = open(&folder.file("public")).unwrap();
    let error = tasks.get("GE3T-FLAIR-WMH").unwrap().cases()[0].source.mask().err().unwrap();
    assert!(error.message().contains("wanted the label values 0, 1, 2, got 3"), "{error}");
}

#[test]
fn three_sites_come_back() {
    let (folder, tasks) = (Folder::new("wmh-whole"), lesions(6));
    let path = written(&folder, &tasks, "wmh");
    for name in ["Amsterdam/GE3T/0/pre/FLAIR.nii.gz", "Singapore/50/wmh.nii.gz", "Utrecht/100/pre/FLAIR.nii.gz"] {
        assert!(path.join(name).is_file(), "{name}");
    }
    let found = open(&path).unwrap();
    assert_eq!((notes(&found).len(), found.institutions()), (0, tasks.institutions()));
    assert_same(&found, &tasks, "wmh");
    let cases = tasks.iter().flat_map(|task| task.cases());
    assert!(cases.filter(|case| !ignored(case).is_empty()).count() > 1, "other pathology is there to be written");
    let other = renamed(&tasks, |name| name.modality = name.modality.replace("FLAIR", "T2"));
    let error = save_tasks(&other, &folder.file("no"), "wmh", &Monitor::silent());
    assert!(error.unwrap_err().message().contains("no modality `T2`; it has FLAIR, T1"));
}
