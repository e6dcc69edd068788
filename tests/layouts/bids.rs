//! The Brain Imaging Data Structure.

use super::nnunet::{image, label, notes};
use super::{assert_same, phantoms, written};
use crate::folder::Folder;
use seqtran::base::error::Error;
use seqtran::base::seed::Seed;
use seqtran::dataset::case::Case;
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::split::split;
use seqtran::dataset::task::{Task, TaskName};
use seqtran::dataset::tasks::Tasks;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn open(path: &Path) -> Result<Tasks, Error> {
    open_tasks(path, OpenParams::default())
}

fn release(path: &Path, release: &str) -> Result<Tasks, Error> {
    open_tasks(path, OpenParams { release: Some(release.into()), ..OpenParams::default() })
}

fn put(home: &Path, name: &str, text: &str) {
    let file = home.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

const TSV: &str = "index\tname\n0\tbackground\n1\tlesion\n2\tcore\n3\tignore\n";

/// Two subjects of two sites, one with two sessions; T1w with and without contrast agent, and FLAIR.
fn brains(folder: &Folder) -> PathBuf {
    let home = folder.file("ms");
    put(&home, "dataset_description.json", r#"{"Name": "MS", "BIDSVersion": "1.9.0"}"#);
    put(
        &home,
        "participants.tsv",
        "\u{feff}participant_id\tage\tSite\r\nsub-01\t30\tLjubljana\r\nsub-02\tn/a\tn/a\r\n",
    );
    put(&home, "code/run.py", "");
    put(&home, "sourcedata/sub-01/x.nii.gz", "not an image");
    for place in ["sub-01/ses-1/anat/sub-01_ses-1", "sub-01/ses-2/anat/sub-01_ses-2", "sub-02/anat/sub-02"] {
        image(&home.join(format!("{place}_T1w.nii.gz")), 1.0);
        image(&home.join(format!("{place}_ce-GADOLINIUM_T1w.nii.gz")), 2.0);
        image(&home.join(format!("{place}_FLAIR.nii.gz")), 3.0);
        put(&home, &format!("{place}_FLAIR.json"), "{}");
        label(&home.join(format!("derivatives/lesions/{place}_dseg.nii.gz")));
    }
    put(&home, "sub-01/ses-1/func/sub-01_ses-1_task-rest_bold.nii.gz", "not anatomy");
    put(&home, "derivatives/lesions/dseg.tsv", TSV);
    home
}

#[test]
fn segmentations_have_names_by_a_table_and_sites_by_another() {
    let folder = Folder::new("bids-dseg");
    let home = brains(&folder);
    let tasks = open(&home).unwrap();
    assert_eq!(tasks.opening().unwrap().because, "dataset_description.json and 2 folders sub-*");
    assert_eq!(notes(&tasks), Vec::<String>::new());
    assert_eq!(tasks.institutions(), ["Ljubljana", "ms"]);
    assert_eq!(tasks.names()[..3], ["Ljubljana-FLAIR-core", "Ljubljana-FLAIR-lesion", "Ljubljana-T1-core"]);
    let cases = tasks.get("Ljubljana-T1ce-lesion").unwrap().cases();
    let ids: Vec<(&str, &str)> = cases.iter().map(|case| (case.id.as_str(), case.subject.as_str())).collect();
    assert_eq!(ids, [("sub-01_ses-1", "sub-01"), ("sub-01_ses-2", "sub-01")]);
    assert_eq!(cases[0].source.image().unwrap().max(), 2.0);
    assert_eq!(cases[0].source.mask().unwrap().count(), 7);
    assert_eq!(cases[0].source.ignored().unwrap().unwrap().count(), 6);
    let params = OpenParams { institution: Some("16".into()), ..OpenParams::default() };
    assert_eq!(open_tasks(&home, params).unwrap().institutions(), ["16", "Ljubljana"]);
    // The nearest table counts; all of them must say the same.
    put(&home, "derivatives/lesions/sub-02/anat/sub-02_dseg.tsv", &TSV.replace("core", "rim"));
    let error = open(&home).unwrap_err();
    assert!(error.message().contains("gives other names to values than"), "{error}");
    put(&home, "derivatives/lesions/sub-02/anat/sub-02_dseg.tsv", &TSV.replace('\n', "\r\n"));
    // A table of another subject does not count, one at the root does.
    fs::remove_file(home.join("derivatives/lesions/dseg.tsv")).unwrap();
    put(&home, "derivatives/lesions/sub-02/sub-03_dseg.tsv", "wrong");
    put(&home, "dseg.tsv", TSV);
    assert_eq!(open(&home).unwrap().len(), 12);
    fs::remove_file(home.join("dseg.tsv")).unwrap();
    fs::remove_file(home.join("derivatives/lesions/sub-02/anat/sub-02_dseg.tsv")).unwrap();
    let error = open(&home).unwrap_err();
    assert_eq!(error.message(), "no dseg.tsv says what the label values of lesions/dseg mean");
    let objectives = [("any".to_string(), vec![1, 2])].into();
    let tasks = open_tasks(&home, OpenParams { objectives, ..OpenParams::default() }).unwrap();
    assert_eq!(tasks.get("ms-T1-any").unwrap().cases()[0].source.mask().unwrap().count(), 14);
}

#[test]
fn tables_that_are_wrong_are_named() {
    let folder = Folder::new("bids-tables");
    let home = brains(&folder);
    let error = |name: &str, text: &str| {
        let before = fs::read_to_string(home.join(name)).unwrap();
        put(&home, name, text);
        let error = open(&home).unwrap_err();
        assert_eq!(error.path().unwrap(), home.join(name));
        put(&home, name, &before);
        error.message().to_string()
    };
    let table = "derivatives/lesions/dseg.tsv";
    assert!(error(table, "index,name\n1,a\n").contains("no column `index`; its columns are index,name"));
    assert!(error(table, "index\tname\nx\ta\n").contains("got `x` `a`"));
    assert!(error(table, "index\tname\n1\t\n").contains("got `1` ``"));
    assert!(error(table, "index\tname\n1\ta\n1\tb\n").contains("the index 1 stands twice"));
    assert!(error(table, "index\tname\n0\ta\n").contains("no value beside 0"));
    assert!(error(table, "index\tname\n1\n").contains("line 2: wanted 2 cells"));
    assert!(error("participants.tsv", "id\tsite\n").contains("no column `participant_id`"));
    assert!(error("participants.tsv", "participant_id\nsub-01\n01\n").contains("sub-01 stands twice"));
}

#[test]
fn what_does_not_fit_is_said_and_stops_nothing() {
    let folder = Folder::new("bids-notes");
    let home = brains(&folder);
    put(&home, "participants.tsv", "participant_id\n01\n02\nsub-09\n");
    fs::remove_file(home.join("sub-02/anat/sub-02_FLAIR.nii.gz")).unwrap();
    image(&home.join("sub-01/ses-1/anat/sub-01_ses-1_acq-3d_run-2_T1w.nii.gz"), 4.0);
    image(&home.join("sub-02/anat/sub-01_T1w.nii.gz"), 4.0);
    image(&home.join("sub-02/anat/brain.nii"), 4.0);
    image(&home.join("sub-03/anat/sub-03_T1w.nii.gz"), 4.0);
    label(&home.join("derivatives/lesions/sub-04/anat/sub-04_dseg.nii.gz"));
    fs::create_dir_all(home.join("sub-05/anat")).unwrap();
    let tasks = open(&home).unwrap();
    let found: Vec<String> =
        notes(&tasks).into_iter().map(|note| note.replace(&home.display().to_string(), "")).collect();
    assert_eq!(
        found,
        [
            "unpaired sub-04_dseg.nii.gz: no image of sub-04 fits it",
            "unpaired sub-03_T1w.nii.gz: lesions/dseg has no label of sub-03 that fits it",
            "incomplete sub-02: no labelled image of FLAIR, which most cases of ms have",
            "missing sub-09: participants.tsv has it, but there is no such folder",
            "unused sub-01_ses-1_acq-3d_run-2_T1w.nii.gz: sub-01_ses-1 has several T1 images: \
             /sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz is taken",
            "unused brain.nii: its name does not begin with sub-02, the session it lies in",
            "unused sub-01_T1w.nii.gz: its name does not begin with sub-02, the session it lies in",
        ]
    );
    assert_eq!(tasks.get("ms-T1-core").unwrap().cases().len(), 3);
    // A name with two endings is not a second run.
    image(&home.join("sub-02/anat/sub-02_T1w.nii"), 4.0);
    let error = open(&home).unwrap_err();
    assert!(error.message().contains("case sub-02 of institution ms has two T1 images"), "{error}");
    fs::remove_file(home.join("sub-02/anat/sub-02_T1w.nii")).unwrap();
    label(&home.join("derivatives/lesions/sub-02/anat/sub-02_dseg.nii"));
    assert!(open(&home).unwrap_err().message().contains("sub-02 has two labels of one name"));
}

#[test]
fn masks_are_an_objective_each_and_of_the_image_they_name() {
    let folder = Folder::new("bids-masks");
    let home = folder.file("cord");
    put(&home, "dataset_description.json", "{}");
    let labels = home.join("derivatives/labels/sub-a1/anat");
    for suffix in ["T1w", "T2w", "acq-ax_T2starw"] {
        image(&home.join(format!("sub-a1/anat/sub-a1_{suffix}.nii.gz")), 1.0);
    }
    label(&labels.join("sub-a1_T2w_label-SC_mask.nii.gz"));
    label(&labels.join("sub-a1_acq-ax_label-SC_mask.nii.gz"));
    label(&labels.join("sub-a1_space-other_desc-lesion_mask.nii.gz"));
    label(&labels.join("sub-a1_desc-lesion_mask.nii.gz"));
    label(&labels.join("sub-a1_label-SC_probseg.nii.gz"));
    let tasks = open(&home).unwrap();
    assert_eq!(
        tasks.names(),
        ["cord-T1-lesion", "cord-T2-SC", "cord-T2-lesion", "cord-T2starw-SC", "cord-T2starw-lesion"]
    );
    // Everything that is not 0 is the objective.
    assert_eq!(tasks.get("cord-T2-SC").unwrap().cases()[0].source.mask().unwrap().count(), 20);
    assert!(tasks.get("cord-T1-lesion").unwrap().cases()[0].source.mask_key().contains("sub-a1_desc-lesion_mask"));
    assert_eq!(
        notes(&tasks),
        ["unpaired sub-a1_space-other_desc-lesion_mask.nii.gz: \
          no image of sub-a1 needs it: another label fits better, or its image is missing"]
    );
    let objectives = [("any".to_string(), vec![1])].into();
    let error = open_tasks(&home, OpenParams { objectives, ..OpenParams::default() }).unwrap_err();
    assert!(error.message().contains("each objective is a mask of its own"), "{error}");
    // Labels beside the images, with the folder `anat` left out in a pipeline.
    let home = folder.file("atlas");
    put(&home, "dataset_description.json", "{}");
    image(&home.join("sub-r1/ses-1/anat/sub-r1_ses-1_space-MNI_T1w.nii.gz"), 1.0);
    label(&home.join("sub-r1/ses-1/anat/sub-r1_ses-1_space-MNI_label-L_desc-T1lesion_mask.nii.gz"));
    assert_eq!(open(&home).unwrap().names(), ["atlas-T1-L"]);
    label(&home.join("derivatives/sub-r1/ses-1/sub-r1_ses-1_desc-own_mask.nii.gz"));
    assert_eq!(release(&home, "derivatives").unwrap().names(), ["atlas-T1-own"]);
    assert_eq!(release(&home, "raw").unwrap().names(), ["atlas-T1-L"]);
}

#[test]
fn of_several_kinds_of_labels_one_is_chosen() {
    let folder = Folder::new("bids-release");
    let home = brains(&folder);
    let prep = home.join("derivatives/fmriprep");
    label(&prep.join("sub-02/anat/sub-02_desc-brain_mask.nii.gz"));
    label(&prep.join("sub-02/anat/sub-02_desc-aseg_dseg.nii.gz"));
    put(&prep, "desc-aseg_dseg.tsv", "index\tname\n1\tLeft-Thalamus\n2\tx\n3\ty\n");
    put(&prep, "desc-other_dseg.tsv", "wrong");
    let error = open(&home).unwrap_err();
    assert_eq!(
        error.message(),
        "there are labels of several kinds: fmriprep/desc-aseg (1 files), fmriprep/mask (1 files), lesions/dseg (3 files)"
    );
    assert_eq!(error.help_line(), Some("say which: #{ release: \"fmriprep/desc-aseg\" }"));
    assert_eq!(release(&home, "lesions").unwrap().len(), 12);
    assert!(release(&home, "fmriprep").unwrap_err().message().contains("`fmriprep` has several kinds of labels"));
    assert_eq!(release(&home, "fmriprep/mask").unwrap().names()[0], "ms-FLAIR-brain");
    assert_eq!(release(&home, "fmriprep/desc-aseg").unwrap().names()[0], "ms-FLAIR-Left-Thalamus");
    assert!(release(&home, "lesion").unwrap_err().message().contains("no labels `lesion`; there are"));
    // Images without any label.
    fs::remove_dir_all(home.join("derivatives")).unwrap();
    let error = open(&home).unwrap_err();
    assert!(error.message().contains("no image with a label was found"), "{error}");
    assert!(error.help_line().unwrap().contains("there is no label in derivatives"), "{error:?}");
    assert!(release(&home, "lesions").unwrap_err().message().contains("there are none at all"));
}

/// The phantoms' cases as visits: case n is a visit of subject n / 2, but the last one has a single visit.
fn visits(tasks: &Tasks) -> Tasks {
    let visit = |(n, case): (usize, &Case)| Case {
        id: format!("P{}/{}", n / 2, 1 + n % 2),
        subject: format!("P{}", n / 2),
        source: case.source.clone(),
    };
    let task = |task: &Task| Task::new(task.fields().clone(), task.cases().iter().enumerate().map(visit).collect());
    Tasks::new(tasks.iter().map(task).collect()).unwrap()
}

#[test]
fn sessions_are_written_and_read_and_a_split_keeps_them_together() {
    let folder = Folder::new("bids-write");
    // Subject P0 is known at every institution: names are numbers then.
    let wanted = visits(&phantoms(|p| {
        p.cases = Some(5);
        p.modalities = vec!["T1ce".into(), "T2".into()];
    }));
    let path = written(&folder, &wanted, "bids");
    let found = open(&path).unwrap();
    assert_same(&found, &wanted, "bids");
    let cases = found.get("01-T1ce-ED").unwrap().cases();
    let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["sub-1_ses-001", "sub-1_ses-002", "sub-2_ses-001", "sub-2_ses-002", "sub-3"]);
    assert_eq!(fs::read_to_string(path.join("participants.tsv")).unwrap().lines().nth(1), Some("sub-1\t01"));
    for seed in 0..30 {
        let (train, test) = split(&found, 0.4, Seed::new(seed)).unwrap();
        let subjects = |tasks: &Tasks| -> BTreeSet<String> {
            tasks.iter().flat_map(Task::cases).map(|case| case.subject.clone()).collect()
        };
        assert!(subjects(&train).is_disjoint(&subjects(&test)), "seed {seed}");
        assert_eq!((subjects(&train).len(), subjects(&test).len()), (6, 3));
    }
    // Names that BIDS allows are kept, also when the tasks are written again.
    let one = wanted.only_institution(&["16"]).unwrap();
    let again = open(&written_as(&folder, "one", &one)).unwrap();
    let ids: Vec<&str> = again.get("16-T2-ED").unwrap().cases().iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["sub-P0_ses-1", "sub-P0_ses-2", "sub-P1_ses-1", "sub-P1_ses-2", "sub-P2_ses-1"]);
    let third = open(&written_as(&folder, "two", &again)).unwrap();
    assert_same(&third, &again, "bids");
    assert_eq!(third.get("16-T2-ED").unwrap().cases()[4].id, "sub-P2_ses-1");
    // What BIDS has no name for.
    let odd = Task::new(
        TaskName { modality: "a b".into(), ..one.as_slice()[0].fields().clone() },
        one.as_slice()[0].cases().to_vec(),
    );
    let monitor = seqtran::base::progress::Monitor::silent();
    let odd = Tasks::new(vec![odd]).unwrap();
    let error = seqtran::dataset::save::save_tasks(&odd, &folder.file("odd"), "bids", &monitor).unwrap_err();
    assert!(error.message().contains("the modality `a b` cannot be a BIDS suffix"), "{error}");
}

/// Writes tasks into a folder of this name.
fn written_as(folder: &Folder, name: &str, tasks: &Tasks) -> PathBuf {
    let path = folder.file(name);
    seqtran::dataset::save::save_tasks(tasks, &path, "bids", &seqtran::base::progress::Monitor::silent()).unwrap();
    path
}
