//! Real volumes by manifests: they open, and `check` says of them what is so.

use crate::folder::Folder;
use crate::skip::real_volumes;
use seqtran::base::progress::Monitor;
use seqtran::dataset::check::{Finding, Topic, check};
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::tasks::Tasks;
use std::fs;
use std::path::Path;

/// Opens rows of case, institution, modality, image, label.
fn manifest(folder: &Folder, rows: &[[String; 5]], objectives: &[(&str, u16)]) -> Tasks {
    let rows: String = rows.iter().map(|row| format!("{}\n", row.join(","))).collect();
    let path = folder.put("real.csv", format!("case,institution,modality,image,label\n{rows}").as_bytes());
    let objectives = objectives.iter().map(|(name, value)| ((*name).to_string(), vec![*value])).collect();
    open_tasks(&path, OpenParams { objectives, ..OpenParams::default() }).unwrap()
}

fn text(path: impl AsRef<Path>) -> String {
    fs::canonicalize(path).unwrap().display().to_string()
}

fn findings(tasks: &Tasks) -> Vec<Finding> {
    check(tasks, &Monitor::silent()).unwrap()
}

#[test]
fn the_hippocampus_volumes_differ_in_brightness_and_nothing_else() {
    let Some(data) = real_volumes("hippocampus") else { return };
    let folder = Folder::new("real-hippocampus");
    let mut rows: Vec<[String; 5]> = Vec::new();
    for file in fs::read_dir(data.join("images")).unwrap() {
        let name = file.unwrap().file_name().to_string_lossy().into_owned();
        let case = name.trim_end_matches(".nii.gz").to_string();
        let [image, label] = ["images", "labels"].map(|kind| text(data.join(kind).join(&name)));
        rows.push([case, "Vanderbilt".into(), "MRI".into(), image, label]);
    }
    let tasks = manifest(&folder, &rows, &[("anterior", 1), ("posterior", 2)]);
    assert_eq!(tasks.names(), ["Vanderbilt-MRI-anterior", "Vanderbilt-MRI-posterior"]);
    let cases = tasks.as_slice()[0].cases();
    assert_eq!((cases.len(), cases[0].id.as_str()), (119, "hippocampus_001"));
    assert!(cases.windows(2).all(|pair| pair[0].id < pair[1].id));
    // Three scales in one folder: about 60, 500 and 200,000.
    let found = findings(&tasks);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].topic, found[0].modality.as_str()), (Topic::OutOfFamily, "MRI"));
    let text = "51 of 119 MRI images are far from the typical 510.7 (medians of non-zero voxels run from 54.00 to 291441): \
                hippocampus_001, hippocampus_033, hippocampus_044 and 48 more; they share no scale";
    assert!(found[0].text.starts_with(text), "{}", found[0].text);
    // It is no data set of its own without a description.
    assert!(open_tasks(&data, OpenParams::default()).is_err());
}

#[test]
fn the_lesions_of_two_patients_open_in_four_modalities() {
    let Some(data) = real_volumes("ms_lesion") else { return };
    let folder = Folder::new("real-lesions");
    let mut rows = Vec::new();
    for patient in ["patient07", "patient19"] {
        for modality in ["FLAIR", "T1", "T1POST", "T2"] {
            let [image, label] = [modality, "GOLD"].map(|name| text(data.join(patient).join(format!("{name}.nii.gz"))));
            rows.push([patient.into(), "Ljubljana".into(), modality.into(), image, label]);
        }
    }
    let tasks = manifest(&folder, &rows, &[("lesion", 1)]);
    let names = ["FLAIR", "T1", "T1ce", "T2"].map(|modality| format!("Ljubljana-{modality}-lesion"));
    assert_eq!(tasks.names(), names);
    let cases = tasks.as_slice()[1].cases();
    let voxels: Vec<usize> = cases.iter().map(|case| case.source.mask().unwrap().count()).collect();
    assert_eq!(voxels, [1300, 49769]);
    assert_eq!(findings(&tasks), []);
}

#[test]
fn the_spine_has_its_cord() {
    let Some(data) = real_volumes("spine") else { return };
    let folder = Folder::new("real-spine");
    // Paths relative to the manifest, through a link.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(fs::canonicalize(&data).unwrap(), folder.file("spine")).unwrap();
        let row = |modality: &str, image: &str, label: &str| {
            ["sub1".into(), "poly".into(), modality.into(), format!("spine/{image}"), format!("spine/{label}")]
        };
        let rows = [
            row("T1w", "t1/t1w.nii.gz", "t1/t1w_seg-manual.nii.gz"),
            row("T2w", "t2/t2.nii.gz", "t2/t2_seg-manual.nii.gz"),
        ];
        let tasks = manifest(&folder, &rows, &[("cord", 1)]);
        assert_eq!(tasks.names(), ["poly-T1-cord", "poly-T2-cord"]);
        assert_eq!(findings(&tasks), []);
    }
}

#[test]
fn probabilities_are_images_but_no_labels() {
    let Some(data) = real_volumes("mni152") else { return };
    let folder = Folder::new("real-mni");
    let part = |part: &str| text(data.join(format!("mni_icbm152_{part}_tal_nlin_sym_09a_converted.nii.gz")));
    let row = |case: &str, image: &str| [case.into(), "MNI".into(), case.into(), part(image), part("gm")];
    let tasks = manifest(&folder, &[row("T1", "t1"), row("WM", "wm")], &[("grey", 1)]);
    let source = |modality: &str| tasks.get(&format!("MNI-{modality}-grey")).unwrap().cases()[0].source.clone();
    assert_eq!((source("WM").image().unwrap().shape(), source("WM").image().unwrap().max()), ([197, 233, 189], 255.0));
    // The map is stored as whole numbers from 0 to 255, so the values alone do not show what it is.
    let error = source("T1").mask().map(|_| ()).unwrap_err();
    assert!(error.message().contains("wanted labels, got 255 values, most of them unlike their neighbours"), "{error}");
    assert!(error.help_line().unwrap().contains("probability map"));
    // One file, though two images have it as their label.
    let topics: Vec<&str> = findings(&tasks).iter().map(|finding| finding.topic.name()).collect();
    assert_eq!(topics, ["unreadable"]);
}
