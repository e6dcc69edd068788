//! `check` finds each fault of a cohort on disk once, names it, and finds nothing in a clean one.

use crate::folder::Folder;
use seqtran::base::error::Kind;
use seqtran::base::progress::Monitor;
use seqtran::dataset::check::{check, table};
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::tasks::Tasks;
use seqtran::image::geometry::Geometry;
use seqtran::image::labels::Labels;
use seqtran::image::volume::Volume;
use seqtran::io::nifti::{write_labels, write_volume};
use std::fs;

/// Two institutions of six cases with T1, T2 and a label of lesion (1) and core (2), opened by a manifest.
struct Cohort(Folder);

impl Cohort {
    fn new(name: &str) -> Self {
        let cohort = Cohort(Folder::new(name));
        let mut rows = String::from("case,institution,modality,image,label,subject\n");
        for (at, institution) in ["A", "B"].into_iter().enumerate() {
            for n in 0..6 {
                let case = format!("{}{n}", institution.to_lowercase());
                for (modality, bright) in [("T1", 100.0), ("T2", 300.0)] {
                    cohort.image(&case, modality, bright + (6 * at + n) as f64);
                    rows.push_str(&format!(
                        "{case},{institution},{modality},{case}_{modality}.nii.gz,{case}.nii.gz,{case}\n"
                    ));
                }
                cohort.label(&case, [6, 6, 6], &[0, 1, 2]);
            }
        }
        cohort.0.put("objectives.csv", b"objective,value\nlesion,1\ncore,2\n");
        cohort.0.put("cases.csv", rows.as_bytes());
        cohort
    }

    fn image(&self, case: &str, modality: &str, bright: f64) {
        self.voxels(case, modality, |n| bright + (n % 7) as f64);
    }

    fn voxels(&self, case: &str, modality: &str, value: impl Fn(usize) -> f64) {
        let volume = Volume::new(Geometry::new([6, 6, 6], [1.0; 3]), (0..216).map(value).collect::<Vec<_>>());
        write_volume(&self.0.file(&format!("{case}_{modality}.nii.gz")), &volume).unwrap();
    }

    fn label(&self, case: &str, shape: [usize; 3], values: &[u16]) {
        let grid = Geometry::new(shape, [1.0; 3]);
        let labels: Vec<u16> = (0..grid.voxels()).map(|n| values[n % values.len()]).collect();
        write_labels(&self.0.file(&format!("{case}.nii.gz")), &Labels::new(grid, labels)).unwrap();
    }

    fn cut(&self, name: &str) {
        let bytes = fs::read(self.0.file(name)).unwrap();
        self.0.put(name, &bytes[..bytes.len() / 2]);
    }

    fn tasks(&self) -> Tasks {
        open_tasks(&self.0.0, OpenParams::default()).unwrap()
    }
}

#[test]
fn each_fault_is_found_once_and_named() {
    let cohort = Cohort::new("check-broken");
    assert_eq!(check(&cohort.tasks(), &Monitor::silent()).unwrap(), [], "a clean cohort");

    cohort.0.put("a0_T1.nii.gz", b"version https://git-lfs.github.com/spec/v1\n");
    cohort.cut("a1_T2.nii.gz");
    cohort.label("a2", [6, 6, 5], &[0, 1, 2]);
    cohort.label("a3", [6, 6, 6], &[0, 1]);
    cohort.voxels("a4", "T1", |n| if n < 3 { f64::NAN } else { 100.0 + n as f64 });
    cohort.voxels("a5", "T2", |_| 17.0);
    cohort.voxels("b0", "T1", |n| 5000.0 + (n % 7) as f64);
    fs::copy(cohort.0.file("a0_T2.nii.gz"), cohort.0.file("b1_T2.nii.gz")).unwrap();
    let rows = fs::read_to_string(cohort.0.file("cases.csv")).unwrap().replace("b2.nii.gz,b2", "b2.nii.gz,a4");
    cohort.0.put("cases.csv", rows.as_bytes());
    cohort.label("b3", [6, 6, 6], &[0, 1, 2, 9]);
    cohort.cut("b4.nii.gz");
    fs::remove_file(cohort.0.file("b5_T1.nii.gz")).unwrap();
    fs::copy(cohort.0.file("b5_T2.nii.gz"), cohort.0.file("b5_T1.nii.gz")).unwrap();

    let found = check(&cohort.tasks(), &Monitor::silent()).unwrap();
    let told: Vec<[&str; 5]> = (found.iter())
        .map(|f| [f.topic.name(), f.institution.as_str(), f.case.as_str(), f.modality.as_str(), f.objective.as_str()])
        .collect();
    assert_eq!(
        told,
        [
            ["unreadable", "A", "a0", "T1", ""],
            ["unreadable", "A", "a1", "T2", ""],
            ["unreadable", "B", "b3", "", "lesion"],
            ["unreadable", "B", "b4", "", "lesion"],
            ["grid mismatch", "A", "a2", "", ""],
            ["empty objective", "A", "a3", "", "core"],
            ["duplicate subject", "A", "a4", "", ""],
            ["duplicate image", "B", "b1", "T2", ""],
            ["duplicate image", "B", "b5", "T2", ""],
            ["not finite", "A", "a4", "T1", ""],
            ["constant image", "A", "a5", "T2", ""],
            ["out of family", "B", "b0", "T1", ""],
            ["out of family", "B", "b5", "T1", ""],
        ]
    );
    let texts = [
        "git-lfs pointer (the text that stands for it): ",
        "a1_T2.nii.gz",
        "wanted the label values 0, 1, 2, got 9 in 54 voxels: ",
        "b4.nii.gz",
        "; in the modalities T1, T2",
        "the label holds no voxel of the objective",
        "A and B each have a subject of this name",
        "its voxels are those of A a0 T2",
        "its voxels are those of B b5 T1",
        "3 voxels are NaN or infinite",
        "every finite voxel is 17",
        "is 5003, 44.47 times more than the typical 112.5 of 6 T1 images of B",
        "is 314.0, 2.791 times more than the typical 112.5 of 6 T1 images of B",
    ];
    for (finding, text) in found.iter().zip(texts) {
        assert!(finding.text.contains(text), "wanted `{text}` in `{}`", finding.text);
    }
    assert_eq!(table(&found).len(), 13);
    assert_eq!(found, check(&cohort.tasks(), &Monitor::silent()).unwrap(), "in the same order again");
}

#[test]
fn the_user_may_stop_it() {
    let cohort = Cohort::new("check-stop");
    let monitor = Monitor::silent();
    monitor.cancel().raise();
    assert_eq!(check(&cohort.tasks(), &monitor).unwrap_err().kind(), Kind::Cancelled);
}
