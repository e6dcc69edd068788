//! `BraTS2021_00000/BraTS2021_00000_flair.nii.gz`, `BraTS-GLI-00000-000/BraTS-GLI-00000-000-t1c.nii.gz`.

use super::{notes, open, phantoms, put_image, put_labels, renamed, written};
use crate::folder::Folder;
use seqtran::base::error::Error;
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::save::save_tasks;
use seqtran::dataset::split::split;
use seqtran::dataset::tasks::Tasks;
use std::fs;
use std::path::Path;

/// A case until 2021.
fn old(folder: &Folder, place: &str, case: &str, extension: &str, labels: &[u16]) {
    let file = |word: &str| folder.file(&format!("{place}/{case}/{case}_{word}.{extension}"));
    ["flair", "t1", "t1ce", "t2"].iter().for_each(|word| put_image(&file(word)));
    put_labels(&file("seg"), labels);
}

/// A case since 2023.
fn new(folder: &Folder, place: &str, case: &str, labels: &[u16]) {
    let file = |word: &str| folder.file(&format!("{place}/{case}/{case}-{word}.nii.gz"));
    ["t2f", "t1n", "t1c", "t2w"].iter().for_each(|word| put_image(&file(word)));
    put_labels(&file("seg"), labels);
}

fn release(path: &Path, release: &str) -> Result<Tasks, Error> {
    open_tasks(path, OpenParams { release: Some(release.into()), ..OpenParams::default() })
}

/// The objectives with the voxels of their first case, and the error of the first mask if it has one.
fn voxels(tasks: &Tasks) -> Result<Vec<(String, usize)>, Error> {
    let flair = tasks.iter().filter(|task| task.fields().modality == "FLAIR");
    flair.map(|task| Ok((task.fields().objective.clone(), task.cases()[0].source.mask()?.count()))).collect()
}

fn counts(list: &[(&str, usize)]) -> Vec<(String, usize)> {
    list.iter().map(|(name, count)| ((*name).to_string(), *count)).collect()
}

#[test]
fn every_release_until_2021_is_found_with_its_labels() {
    let folder = Folder::new("brats-old");
    for (place, case, because) in [
        ("BraTS2021_Training_Data", "BraTS2021_00000", "1 folders BraTS2021_*"),
        ("MICCAI_BraTS2020_TrainingData", "BraTS20_Training_001", "1 folders BraTS20_*"),
        ("MICCAI_BraTS_2019_Data_Training/HGG", "BraTS19_2013_10_1", "1 folders BraTS19_*"),
        ("MICCAI_BraTS_2018_Data_Training/LGG", "Brats18_TCIA10_241_1", "1 folders Brats18_*"),
        ("Brats17TrainingData/HGG", "Brats17_CBICA_AAB_1", "1 folders Brats17_*"),
    ] {
        old(&folder, place, case, "nii.gz", &[1, 2, 2, 4, 4, 4]);
        let top = place.split('/').next().unwrap();
        folder.put(&format!("{top}/name_mapping.csv"), b"Grade,BraTS_2020_subject_ID\nHGG,x\n");
        folder.put(&format!("{top}/survival_info.csv"), b"Brats20ID,Age\nx,60\n");
        let tasks = open(&folder.file(top)).unwrap();
        let opening = tasks.opening().unwrap();
        assert_eq!(opening.layout, "brats");
        assert!(opening.because.starts_with(because), "{}", opening.because);
        assert_eq!((tasks.len(), tasks.institutions(), notes(&tasks).len()), (12, vec![top.to_string()], 0));
        assert_eq!(voxels(&tasks).unwrap(), counts(&[("ED", 2), ("ET", 3), ("NCR", 1)]), "{place}");
        assert_eq!(tasks.iter().next().unwrap().cases()[0].id, case);
    }
}

#[test]
fn both_grades_are_one_institution_which_a_person_may_name() {
    let folder = Folder::new("brats-grades");
    old(&folder, "MICCAI/HGG", "BraTS19_2013_10_1", "nii.gz", &[1]);
    old(&folder, "MICCAI/LGG", "BraTS19_TCIA09_141_1", "nii.gz", &[1]);
    let tasks = open(&folder.file("MICCAI")).unwrap();
    assert_eq!(tasks.get("MICCAI-T1ce-ET").unwrap().cases().len(), 2);
    assert_eq!(tasks.opening().unwrap().because, "2 folders BraTS19_* in HGG, LGG");
    assert_eq!(open(&folder.file("MICCAI/HGG")).unwrap().institutions(), ["HGG"]);
    let named = OpenParams { institution: Some("a-b".into()), ..OpenParams::default() };
    assert_eq!(open_tasks(&folder.file("MICCAI"), named).unwrap().institutions(), ["a-b"]);
    // The same case twice.
    old(&folder, "MICCAI/LGG", "BraTS19_2013_10_1", "nii.gz", &[1]);
    let error = open(&folder.file("MICCAI")).unwrap_err();
    assert!(error.message().contains("case BraTS19_2013_10_1 of institution MICCAI has two FLAIR images"), "{error}");
}

#[test]
fn since_2023_the_names_have_hyphens_and_visits() {
    let folder = Folder::new("brats-new");
    for case in ["GLI-00005-100", "GLI-00005-101", "GLI-00006-100", "GLI-00007-000", "GLI-00007-001"] {
        new(&folder, "training", &format!("BraTS-{case}"), &[1, 2, 2, 3, 3, 3]);
    }
    let tasks = open(&folder.file("training")).unwrap();
    assert_eq!(tasks.opening().unwrap().because, "5 folders BraTS-GLI-*");
    assert_eq!(tasks.names()[..3], ["training-FLAIR-ED", "training-FLAIR-ET", "training-FLAIR-NCR"]);
    assert_eq!(voxels(&tasks).unwrap(), counts(&[("ED", 2), ("ET", 3), ("NCR", 1)]));
    let t1ce = tasks.get("training-T1ce-ET").unwrap();
    assert!(t1ce.cases()[1].source.image_key().ends_with("BraTS-GLI-00005-101-t1c.nii.gz"));
    let subjects: Vec<&str> = t1ce.cases().iter().map(|case| case.subject.as_str()).collect();
    let wanted = ["BraTS-GLI-00005", "BraTS-GLI-00005", "BraTS-GLI-00006", "BraTS-GLI-00007", "BraTS-GLI-00007"];
    assert_eq!(subjects, wanted);
    for seed in 0..8 {
        let (train, test) = split(&tasks, 0.4, Seed::new(seed)).unwrap();
        let held: Vec<String> = test.iter().next().unwrap().cases().iter().map(|case| case.subject.clone()).collect();
        assert!(train.iter().next().unwrap().cases().iter().all(|case| !held.contains(&case.subject)));
    }
    for group in ["MEN", "MET", "PED", "SSA"] {
        new(&folder, group, &format!("BraTS-{group}-00001-000"), &[3]);
        assert_eq!(voxels(&open(&folder.file(group)).unwrap()).unwrap()[1], ("ET".to_string(), 1));
    }
}

#[test]
fn the_release_says_what_label_values_mean() {
    let folder = Folder::new("brats-release");
    new(&folder, "gli", "BraTS-GLI-02405-100", &[1, 2, 2, 3, 3, 3, 4, 4, 4, 4]);
    let gli = folder.file("gli");
    // 2023 by the names; its masks say that 4 is of 2024.
    let error = voxels(&open(&gli).unwrap()).unwrap_err();
    assert!(error.message().contains("wanted the label values 0, 1, 2, 3, got 4 in 4 voxels"), "{error}");
    assert!(error.path().unwrap().ends_with("BraTS-GLI-02405-100-seg.nii.gz"));
    assert!(error.help_line().unwrap().contains("release: \"2024\" has 4"), "{error}");
    let treated = voxels(&release(&gli, "2024").unwrap()).unwrap();
    assert_eq!(treated, counts(&[("ET", 3), ("NETC", 1), ("RC", 4), ("SNFH", 2)]));
    new(&folder, "ped", "BraTS-PED-00001-000", &[1, 2, 2, 3, 3, 3, 4, 4, 4, 4]);
    let children = voxels(&release(&folder.file("ped"), "2024").unwrap()).unwrap();
    assert_eq!(children, counts(&[("CC", 3), ("ED", 4), ("ET", 1), ("NET", 2)]));
    new(&folder, "gli", "BraTS-PED-00001-000", &[1]);
    let error = release(&gli, "2024").unwrap_err();
    assert!(error.message().contains("children (PED) lie with others"), "{error}");
    assert_eq!(open(&gli).unwrap().iter().next().unwrap().cases().len(), 2, "in 2023 they mean the same");

    // Labels of 2023 under names of 2021.
    old(&folder, "old", "BraTS2021_00000", "nii.gz", &[1, 2, 3]);
    let error = voxels(&open(&folder.file("old")).unwrap()).unwrap_err();
    assert!(error.message().contains("wanted the label values 0, 1, 2, 4, got 3"), "{error}");
    assert!(error.help_line().unwrap().contains("release: \"2023\""), "{error}");
    let relabelled = voxels(&release(&folder.file("old"), "2023").unwrap()).unwrap();
    assert_eq!(relabelled, counts(&[("ED", 1), ("ET", 1), ("NCR", 1)]));
    assert!(release(&folder.file("old"), "2019").is_ok());
    let error = release(&folder.file("old"), "2022").unwrap_err();
    assert!(error.message().contains("no BraTS release `2022`"), "{error}");

    // Both in one folder.
    new(&folder, "old", "BraTS-GLI-00000-000", &[1, 2, 3]);
    let error = open(&folder.file("old")).unwrap_err();
    assert!(error.message().contains("BraTS2021_00000") && error.message().contains("do not mean the same"), "{error}");
}

/// What copies of these data on the web are known to hold.
#[test]
fn odd_copies_are_read_and_what_is_odd_is_said() {
    let folder = Folder::new("brats-odd");
    let home = "archive/BraTS2020_TrainingData/MICCAI_BraTS2020_TrainingData";
    let case = |n: usize| format!("{home}/BraTS20_Training_{n:03}");
    for n in [1, 2, 3, 355] {
        old(&folder, home, &format!("BraTS20_Training_{n:03}"), "nii", &[1]);
    }
    // A label under another name, an image in a folder of its name, upper case, a missing image, an empty folder.
    let seg = folder.file(&format!("{}/BraTS20_Training_355_seg.nii", case(355)));
    fs::rename(seg, folder.file(&format!("{}/W39_1998.09.19_Segm.nii", case(355)))).unwrap();
    let t2 = folder.file(&format!("{}/BraTS20_Training_001_t2.nii", case(1)));
    fs::remove_file(&t2).unwrap();
    put_image(&t2.join("00000057_brain_t2.nii"));
    let upper = folder.file(&format!("{}/BraTS20_Training_002_T1CE.NII", case(2)));
    fs::rename(folder.file(&format!("{}/BraTS20_Training_002_t1ce.nii", case(2))), &upper).unwrap();
    fs::remove_file(folder.file(&format!("{}/BraTS20_Training_003_flair.nii", case(3)))).unwrap();
    fs::create_dir(folder.file(&case(4))).unwrap();
    fs::create_dir(folder.file(&format!("{home}/__MACOSX"))).unwrap();
    folder.put(&format!("{home}/survival_info.csv"), b"x\n");
    let validation = "archive/BraTS2020_ValidationData/MICCAI_BraTS2020_ValidationData";
    for n in 1..6 {
        let name = format!("BraTS20_Validation_{n:03}");
        old(&folder, validation, &name, "nii", &[]);
        fs::remove_file(folder.file(&format!("{validation}/{name}/{name}_seg.nii"))).unwrap();
    }
    let tasks = open(&folder.file("archive")).unwrap();
    assert_eq!(
        notes(&tasks),
        [
            "unpaired BraTS20_Training_355: no label BraTS20_Training_355_seg.nii.gz for the 4 images",
            "unpaired MICCAI_BraTS2020_ValidationData: none of the 5 cases here has a label: \
             BraTS20_Validation_001, BraTS20_Validation_002, BraTS20_Validation_003 and 2 more",
            "incomplete BraTS20_Training_003: case BraTS20_Training_003 has no FLAIR image",
            "unused BraTS20_Training_004: no image of case BraTS20_Training_004",
            "unused BraTS20_Training_355: not read: W39_1998.09.19_Segm.nii; \
             read is BraTS20_Training_355_[flair, t1, t1ce, t2, seg]",
            "unused __MACOSX: not the folder of a case",
        ]
    );
    assert_eq!(tasks.get("archive-T2-ED").unwrap().cases().len(), 3);
    assert!(tasks.get("archive-T2-ED").unwrap().cases()[0].source.image().is_ok());
    assert!(tasks.get("archive-T1ce-ED").unwrap().cases()[1].source.image_key().ends_with("T1CE.NII"));
    assert_eq!(tasks.get("archive-FLAIR-ED").unwrap().cases().len(), 2);
}

#[test]
fn a_folder_too_low_or_without_labels_is_explained() {
    let folder = Folder::new("brats-low");
    old(&folder, "x", "BraTS2021_00000", "nii.gz", &[1]);
    let error = open(&folder.file("x/BraTS2021_00000")).unwrap_err();
    assert!(error.message().contains("brats: this is the folder of one case, open the one above"), "{error}");
    fs::remove_file(folder.file("x/BraTS2021_00000/BraTS2021_00000_seg.nii.gz")).unwrap();
    let error = open(&folder.file("x")).unwrap_err();
    assert!(error.message().contains("no image with a label was found"), "{error}");
    assert!(error.help_line().unwrap().contains("no label BraTS2021_00000_seg.nii.gz"), "{error}");
}

#[test]
fn visits_of_one_patient_stay_together_when_written() {
    let folder = Folder::new("brats-write");
    for case in ["BraTS-SSA-00010-000", "BraTS-SSA-00010-001", "BraTS-SSA-00020-000"] {
        new(&folder, "in", case, &[1, 2, 3]);
    }
    let path = written(&folder, &open(&folder.file("in")).unwrap(), "brats");
    let names: Vec<String> = (open(&path).unwrap().iter().next().unwrap().cases().iter())
        .map(|case| format!("{} {}", case.id, case.subject))
        .collect();
    let wanted = [
        "BraTS-GLI-00000-000 BraTS-GLI-00000",
        "BraTS-GLI-00000-001 BraTS-GLI-00000",
        "BraTS-GLI-00001-000 BraTS-GLI-00001",
    ];
    assert_eq!(names, wanted);
    // Where names do not tell patients, they are not written apart.
    for layout in ["fets", "iseg", "wmh"] {
        let tasks = renamed(&open(&folder.file("in")).unwrap(), |name| name.institution = "01".into());
        let error = save_tasks(&tasks, &folder.file("no"), layout, &Monitor::silent()).unwrap_err();
        assert!(error.message().contains("subject BraTS-SSA-00010 has the cases BraTS-SSA-00010-000 and "), "{error}");
    }
    let error = save_tasks(&phantoms(|_| {}), &folder.file("no"), "brats", &Monitor::silent()).unwrap_err();
    assert!(error.message().contains("wanted tasks of one institution, got 3: 01, 16, 18"), "{error}");
}
