//! Tasks from files: the manifest layout, its errors, and cases that are read when they are asked for.

#![allow(clippy::unwrap_used)]

use seqtran::base::error::Error;
use seqtran::dataset::layouts::list::LAYOUTS;
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::tasks::Tasks;
use seqtran::image::geometry::Geometry;
use seqtran::image::labels::Labels;
use seqtran::image::volume::Volume;
use seqtran::io::nifti::{write_labels, write_volume};
use std::fs;
use std::path::{Path, PathBuf};

const HEAD: &str = "case,institution,modality,image,label";

/// Two subjects of a hospital, T1 and FLAIR, with two label values each.
struct Hospital(PathBuf);

impl Hospital {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("seqtran-tasks-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("data")).unwrap();
        let grid = Geometry::new([3, 3, 3], [1.0; 3]);
        for case in ["p1", "p2"] {
            for modality in ["t1", "flair"] {
                let volume = Volume::new(grid.clone(), vec![1.0; 27]);
                write_volume(&folder.join(format!("data/{case}_{modality}.nii.gz")), &volume).unwrap();
            }
            let labels: Vec<u16> = (0..27).map(|n| u16::from(n > 20) + u16::from(n > 24)).collect();
            write_labels(&folder.join(format!("data/{case}_seg.nii.gz")), &Labels::new(grid.clone(), labels)).unwrap();
        }
        Hospital(folder)
    }

    fn manifest(&self, head: &str, rows: &[&str]) -> PathBuf {
        let path = self.0.join("cases.csv");
        fs::write(&path, format!("{head}\n{}\n", rows.join("\n"))).unwrap();
        path
    }

    fn open(&self, head: &str, rows: &[&str]) -> Result<Tasks, Error> {
        open_tasks(&self.manifest(head, rows), params())
    }
}

impl Drop for Hospital {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn params() -> OpenParams {
    let objectives = [("core".to_string(), vec![2]), ("whole".to_string(), vec![1, 2])].into();
    OpenParams { objectives, ..OpenParams::default() }
}

const ROWS: [&str; 4] = [
    "p2,07,t1,data/p2_t1.nii.gz,data/p2_seg.nii.gz",
    "p1,07,t1,data/p1_t1.nii.gz,data/p1_seg.nii.gz",
    "p1,07,t2f,data/p1_flair.nii.gz,data/p1_seg.nii.gz",
    "p2,St. Mary-West,FLAIR,data/p2_flair.nii.gz,data/p2_seg.nii.gz",
];

#[test]
fn a_manifest_becomes_a_task_for_each_institution_modality_and_objective() {
    let hospital = Hospital::new("tasks");
    let tasks = hospital.open(HEAD, &ROWS).unwrap();
    let wanted = [
        "07-FLAIR-core",
        "07-FLAIR-whole",
        "07-T1-core",
        "07-T1-whole",
        "St. Mary-West-FLAIR-core",
        "St. Mary-West-FLAIR-whole",
    ];
    assert_eq!(tasks.names(), wanted);
    let task = tasks.get("07-T1-whole").unwrap();
    let ids: Vec<&str> = task.cases().iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["p1", "p2"]);
    assert_eq!(task.cases()[0].source.image().unwrap().sum(), 27.0);
    assert_eq!(task.cases()[0].source.mask().unwrap().count(), 6);
    assert_eq!(tasks.get("07-T1-core").unwrap().cases()[0].source.mask().unwrap().count(), 2);
    assert_eq!(tasks.summary().numbers("cases").unwrap(), [1.0, 1.0, 2.0, 2.0, 1.0, 1.0]);
    assert!(task.with_at_least(2).is_ok());
    assert!(task.with_at_least(3).unwrap_err().message().contains("has 2 cases, wanted at least 3"));
    assert!(task.take(0).with_at_least(1).unwrap_err().message().contains("has no cases"));
}

#[test]
fn more_columns_in_any_order_are_allowed() {
    let hospital = Hospital::new("columns");
    let tasks = hospital
        .open(
            "age,label,image,modality,institution,case",
            &["61,data/p1_seg.nii.gz,data/p1_t1.nii.gz,T1w,1,p1", "50,data/p2_seg.nii.gz,data/p2_t1.nii.gz,T1w,1,p2\r"],
        )
        .unwrap();
    assert_eq!(tasks.names(), ["1-T1-core", "1-T1-whole"]);
}

fn refused(result: Result<Tasks, Error>, message: &str, help: &str) {
    let error = result.unwrap_err();
    assert!(error.to_string().contains(message), "{error}");
    assert!(error.help_line().unwrap().contains(help), "{:?}", error.help_line());
}

#[test]
fn a_bad_manifest_says_what_is_wrong_where() {
    let hospital = Hospital::new("bad");
    let wrong = "case,institution,modality,image,labels";
    refused(hospital.open(wrong, &ROWS), "no column `label`", "rename `labels` to `label`");
    refused(hospital.open("case,institution,image,label", &[]), "no column `modality`", "needed are case, institution");
    refused(hospital.open(HEAD, &[]), "no rows", "add a row");
    refused(
        hospital.open(HEAD, &[ROWS[0], "p3,07,t1,data/p3.nii.gz,data/p3_seg.nii.gz"]),
        "row 3: the image",
        "relative to the folder of the manifest",
    );
    refused(hospital.open(HEAD, &[ROWS[0], ROWS[1], ROWS[0]]), "rows 2 and 4 are both case p2", "remove one");
    refused(hospital.open(HEAD, &["p1,,t1,a,b"]), "row 2: the column `institution` is empty", "fill it in");
    refused(hospital.open(HEAD, &["p1,07,t1,a"]), "line 2 has 4 cells", "quotes");
}

#[test]
fn what_cannot_be_opened_is_said_before_anything_is_read() {
    let hospital = Hospital::new("open");
    let path = hospital.manifest(HEAD, &ROWS);
    let with = |change: &dyn Fn(&mut OpenParams)| {
        let mut params = params();
        change(&mut params);
        params
    };
    refused(open_tasks(&path, OpenParams::default()), "no objectives", "#{ lesion: [1] }");
    refused(open_tasks(&path, with(&|p| p.layout = Some("manifst".into()))), "unknown layout `manifst`", "`manifest`");
    refused(open_tasks(&hospital.0.join("data"), params()), "manifest: no cases.csv", "write a manifest");
    refused(open_tasks(Path::new("no/such.csv"), params()), "no/such.csv", "current folder");
    let error = open_tasks(&path, with(&|p| p.objectives = [("x".into(), vec![])].into())).unwrap_err();
    assert!(error.message().contains("`x` has no label values"), "{error}");
    let error = open_tasks(&path, with(&|p| p.objectives = [("x".into(), vec![0])].into())).unwrap_err();
    assert!(error.message().contains("background"), "{error}");
}

#[test]
fn a_label_on_another_grid_is_refused_with_both_files() {
    let hospital = Hospital::new("grid");
    let tasks = hospital.open(HEAD, &ROWS).unwrap();
    let mut moved = Geometry::new([3, 3, 3], [1.0; 3]);
    moved.affine[0][3] = 50.0;
    for grid in [moved, Geometry::new([3, 3, 2], [1.0; 3])] {
        let values = vec![1; grid.voxels()];
        write_labels(&hospital.0.join("data/p1_seg.nii.gz"), &Labels::new(grid, values)).unwrap();
        let error = tasks.get("07-T1-core").unwrap().cases()[0].source.mask().unwrap_err();
        assert!(error.message().contains("p1_t1.nii.gz") && error.message().contains("p1_seg.nii.gz"), "{error}");
        assert!(error.help_line().is_some());
    }
}

#[test]
fn every_layout_has_a_name_of_its_own_and_says_what_it_looks_for() {
    for (n, layout) in LAYOUTS.iter().enumerate() {
        assert!(LAYOUTS[..n].iter().all(|other| other.name() != layout.name()), "{}", layout.name());
        assert!(!layout.looks_for().is_empty());
        assert!(!layout.detect(Path::new("no/such/folder")).fits(), "{} detects nothing", layout.name());
    }
}
