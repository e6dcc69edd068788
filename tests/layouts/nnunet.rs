//! nnU-Net raw data sets and the Medical Segmentation Decathlon.

use super::{phantoms, written};
use crate::folder::Folder;
use seqtran::base::error::Error;
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::tasks::Tasks;
use seqtran::image::geometry::Geometry;
use seqtran::image::labels::Labels;
use seqtran::image::volume::Volume;
use seqtran::io::nifti::{write_labels, write_volume};
use std::fs;
use std::path::{Path, PathBuf};

/// A label of the values 0 to 3 in turn.
pub(super) fn label(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let values: Vec<u16> = (0..27).map(|n| n % 4).collect();
    write_labels(path, &Labels::new(Geometry::new([3, 3, 3], [1.0; 3]), values)).unwrap();
}

/// An image with one value everywhere but in one corner.
pub(super) fn image(path: &Path, value: f64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let voxels: Vec<f64> = (0..27).map(|n| if n == 0 { 0.0 } else { value }).collect();
    write_volume(path, &Volume::new(Geometry::new([3, 3, 3], [1.0; 3]), voxels)).unwrap();
}

/// Two images a channel one after the other in one file of four axes.
fn stacked(path: &Path, values: &[f64]) {
    let part = path.with_file_name("part.nii");
    let mut all: Vec<u8> = Vec::new();
    for value in values {
        image(&part, *value);
        let bytes = fs::read(&part).unwrap();
        if all.is_empty() {
            all.extend(&bytes[..352]);
            all[40..42].copy_from_slice(&4_i16.to_le_bytes());
            all[48..50].copy_from_slice(&(values.len() as i16).to_le_bytes());
        }
        all.extend(&bytes[352..]);
    }
    fs::remove_file(part).unwrap();
    fs::write(path, all).unwrap();
}

fn open(path: &Path) -> Result<Tasks, Error> {
    open_tasks(path, OpenParams::default())
}

pub(super) fn notes(tasks: &Tasks) -> Vec<String> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    tasks.notes().iter().map(|note| format!("{} {}: {}", note.topic.name(), name(&note.place), note.text)).collect()
}

const V2: &str = r#"{
    "channel_names": {"0": "T1", "1": "t2w"},
    "labels": {"background": 0, "tumor": 1, "whole": [1, 2], "ignore": 3},
    "numTraining": 2,
    "file_ending": ".nii.gz"
}"#;

/// nnU-Net v2: two cases of two channels, names that hold what looks like a channel.
fn v2(folder: &Folder) -> PathBuf {
    let home = folder.file("Dataset137_BraTS2021");
    for case in ["BRATS_0001", "BRATS_0002"] {
        image(&home.join(format!("imagesTr/{case}_0000.nii.gz")), 5.0);
        image(&home.join(format!("imagesTr/{case}_0001.nii.gz")), 7.0);
        label(&home.join(format!("labelsTr/{case}.nii.gz")));
    }
    fs::write(home.join("dataset.json"), V2).unwrap();
    home
}

#[test]
fn version_2_has_a_file_a_channel_regions_and_an_ignored_label() {
    let folder = Folder::new("nnunet-v2");
    let home = v2(&folder);
    let tasks = open(&home).unwrap();
    assert_eq!(tasks.names(), ["BraTS2021-T1-tumor", "BraTS2021-T1-whole", "BraTS2021-T2-tumor", "BraTS2021-T2-whole"]);
    assert_eq!(tasks.opening().unwrap().because, "dataset.json and imagesTr");
    assert_eq!(notes(&tasks), Vec::<String>::new());
    let cases = tasks.get("BraTS2021-T2-whole").unwrap().cases();
    assert_eq!(cases.iter().map(|case| case.id.as_str()).collect::<Vec<_>>(), ["BRATS_0001", "BRATS_0002"]);
    assert_eq!(cases[0].source.image().unwrap().max(), 7.0);
    assert_eq!(cases[0].source.mask().unwrap().count(), 14);
    assert_eq!(cases[0].source.ignored().unwrap().unwrap().count(), 6);
    assert_eq!(tasks.get("BraTS2021-T1-tumor").unwrap().cases()[0].source.mask().unwrap().count(), 7);
    let params = OpenParams { institution: Some("16".into()), ..OpenParams::default() };
    assert_eq!(open_tasks(&home, params).unwrap().institutions(), ["16"]);
    // A link has a name of its own, and links to files are followed.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&home, folder.file("Task7_link")).unwrap();
        let linked = open(&folder.file("Task7_link")).unwrap();
        assert_eq!(linked.get("link-T1-tumor").unwrap().cases()[0].source.mask().unwrap().count(), 7);
        fs::remove_file(folder.file("Task7_link")).unwrap();
    }
    // A folder of data sets with the same labels is several institutions.
    let other = folder.file("Dataset002_x");
    let copy = |part: &str| {
        fs::create_dir_all(other.join(part)).unwrap();
        for file in fs::read_dir(home.join(part)).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
            fs::copy(file.path(), other.join(part).join(file.file_name())).unwrap();
        }
    };
    ["", "imagesTr", "labelsTr"].into_iter().for_each(copy);
    let both = open(&folder.0).unwrap();
    assert_eq!(both.institutions(), ["BraTS2021", "x"]);
    assert_eq!(both.opening().unwrap().because, "dataset.json and imagesTr in Dataset002_x, Dataset137_BraTS2021");
    fs::write(other.join("dataset.json"), V2.replace("tumor", "tumour")).unwrap();
    let error = open(&folder.0).unwrap_err();
    assert_eq!(error.message(), "the labels of Dataset137_BraTS2021 are not those of Dataset002_x");
}

#[test]
fn what_does_not_fit_is_said_and_stops_nothing() {
    let folder = Folder::new("nnunet-notes");
    let home = v2(&folder);
    fs::write(home.join("imagesTr/._BRATS_0001_0000.nii.gz"), b"AppleDouble").unwrap();
    fs::write(home.join("imagesTr/readme.txt"), b"text").unwrap();
    fs::remove_file(home.join("imagesTr/BRATS_0002_0001.nii.gz")).unwrap();
    image(&home.join("imagesTr/BRATS_0003_0000.nii.gz"), 1.0);
    image(&home.join("imagesTr/BRATS_0001_0002.nii.gz"), 1.0);
    image(&home.join("imagesTr/BRATS.nii.gz"), 1.0);
    // A twin of another ending is not of the data set.
    image(&home.join("imagesTr/BRATS_0001_0000.nii"), 99.0);
    image(&home.join("imagesTs/BRATS_0009_0000.nii.gz"), 1.0);
    label(&home.join("labelsTr/BRATS_0004.nii.gz"));
    let tasks = open(&home).unwrap();
    assert_eq!(
        notes(&tasks),
        [
            "unpaired BRATS_0003_0000.nii.gz: labelsTr has no label BRATS_0003",
            "unpaired BRATS_0004.nii.gz: imagesTr has no image BRATS_0004_0000",
            "incomplete BRATS_0002: no image of channel 0001 (t2w)",
            "unused BRATS.nii.gz: its name does not end in a channel, such as _0000",
            "unused BRATS_0001_0000.nii: its name does not end in .nii.gz",
            "unused BRATS_0001_0002.nii.gz: its name says channel 0002, but dataset.json has 2, from 0000",
            "unused readme.txt: its name does not end in .nii.gz",
            "unused imagesTs: 1 test images, which have no labels for training: not read",
        ]
    );
    assert_eq!(tasks.get("BraTS2021-T1-tumor").unwrap().cases().len(), 2);
    assert_eq!(tasks.get("BraTS2021-T2-tumor").unwrap().cases().len(), 1);
    assert_eq!(tasks.get("BraTS2021-T1-tumor").unwrap().cases()[0].source.image().unwrap().max(), 5.0);
    // Without a declared ending the twin is a second image of the case.
    fs::write(home.join("dataset.json"), V2.replace("\"file_ending\": \".nii.gz\"", "\"x\": 0")).unwrap();
    let error = open(&home).unwrap_err();
    assert!(error.message().contains("BRATS_0001 of institution BraTS2021 has two T1 images"), "{error}");
    fs::remove_file(home.join("imagesTr/BRATS_0001_0000.nii")).unwrap();
    label(&home.join("labelsTr/BRATS_0002.nii"));
    assert!(open(&home).unwrap_err().message().contains("the case BRATS_0002 has two labels"));
}

#[test]
fn version_2_may_name_every_file_and_use_other_endings() {
    let folder = Folder::new("nnunet-dataset");
    let home = folder.file("Dataset003_far");
    image(&folder.file("elsewhere/a.nii"), 3.0);
    label(&home.join("labelsTr/one.NII"));
    label(&home.join("labelsTr/two.NII"));
    let json = r#"{"channel_names": {"0": "T1"}, "labels": {"a": 1}, "file_ending": ".nii", "dataset": {
        "one": {"images": ["..\\elsewhere\\a.nii"], "label": "labelsTr/one.NII"},
        "two": {"images": ["imagesTr/b.nii"], "label": "labelsTr/two.NII"},
        "six": {"images": ["imagesTr/c.nii"], "label": "labelsTr/c.nii"}}}"#;
    fs::write(home.join("dataset.json"), json).unwrap();
    let tasks = open(&home).unwrap();
    assert_eq!(tasks.get("far-T1-a").unwrap().cases()[0].source.image().unwrap().max(), 3.0);
    assert_eq!(
        notes(&tasks),
        [
            "unpaired two.NII: no image of the case two is there",
            "missing six: dataset.json lists it, but none of its files is there"
        ]
    );
    // Upper-case endings and `.hdr` with `.img`.
    let pairs = folder.file("Dataset004_pairs");
    image(&pairs.join("imagesTr/x_0000.HDR"), 3.0);
    image(&pairs.join("labelsTr/x.hdr"), 1.0);
    let json = r#"{"channel_names": {"0": "T1"}, "labels": {"a": 1}, "file_ending": ".hdr"}"#;
    fs::write(pairs.join("dataset.json"), json).unwrap();
    let tasks = open(&pairs).unwrap();
    assert_eq!(notes(&tasks), Vec::<String>::new());
    assert_eq!(tasks.get("pairs-T1-a").unwrap().cases()[0].source.mask().unwrap().count(), 26);
}

/// The Decathlon's Task05: two channels in one file.
fn decathlon(folder: &Folder, training: &str) -> PathBuf {
    let home = folder.file("Task05_Prostate");
    label(&home.join("labelsTr/prostate_00.nii.gz"));
    image(&home.join("imagesTr/prostate_00.nii.gz"), 1.0);
    fs::remove_file(home.join("imagesTr/prostate_00.nii.gz")).unwrap();
    let json = format!(
        r#"{{ "name": "PROSTATE", "description": "Prostate transitional zone and peripheral zone segmentation",
        "tensorImageSize": "4D", "modality": {{"0": "T2", "1": "ADC"}},
        "labels": {{"0": "background", "1": "PZ", "2": "TZ", "3": "PZ"}},
        "numTraining": 1, "numTest": 1, "training": [{training}], "test": ["./imagesTs/prostate_03.nii.gz"] }}"#
    );
    fs::write(home.join("dataset.json"), json).unwrap();
    home
}

const PROSTATE: &str = r#"{"image":"./imagesTr/prostate_00.nii.gz","label":"./labelsTr/prostate_00.nii.gz"}"#;

#[test]
fn the_decathlon_names_values_and_keeps_channels_in_one_file() {
    let folder = Folder::new("nnunet-decathlon");
    let home = decathlon(&folder, PROSTATE);
    stacked(&home.join("imagesTr/prostate_00.nii.gz"), &[4.0, 9.0]);
    fs::write(home.join("imagesTr/._prostate_00.nii.gz"), b"AppleDouble").unwrap();
    let tasks = open(&home).unwrap();
    assert_eq!(tasks.names(), ["Prostate-ADC-PZ", "Prostate-ADC-TZ", "Prostate-T2-PZ", "Prostate-T2-TZ"]);
    assert_eq!(notes(&tasks), Vec::<String>::new());
    let source = |name: &str| tasks.get(name).unwrap().cases()[0].source.clone();
    assert_eq!(source("Prostate-T2-PZ").image().unwrap().max(), 4.0);
    assert_eq!(source("Prostate-ADC-PZ").image().unwrap().max(), 9.0);
    assert_eq!(source("Prostate-ADC-PZ").image().unwrap().shape(), [3, 3, 3]);
    assert_eq!(source("Prostate-ADC-PZ").grid().unwrap().shape, [3, 3, 3]);
    assert_ne!(source("Prostate-ADC-PZ").image_key(), source("Prostate-T2-PZ").image_key());
    assert_eq!(source("Prostate-ADC-PZ").mask().unwrap().count(), 13);
    // One channel fewer in the file than in the description.
    stacked(&home.join("imagesTr/prostate_00.nii.gz"), &[4.0]);
    let error = source("Prostate-ADC-PZ").image().unwrap_err();
    assert!(error.to_string().contains("prostate_00.nii.gz"), "{error}");
    // In a list written by another system, and with a file a channel as nnU-Net v1 has it.
    let windows = PROSTATE.replace("./", ".\\\\").replace("Tr/", "Tr\\\\");
    let home = decathlon(&folder, &windows);
    image(&home.join("imagesTr/prostate_00_0000.nii.gz"), 5.0);
    image(&home.join("imagesTr/prostate_00_0001.nii.gz"), 6.0);
    let tasks = open(&home).unwrap();
    assert_eq!(notes(&tasks), Vec::<String>::new());
    assert_eq!(tasks.get("Prostate-ADC-TZ").unwrap().cases()[0].source.image().unwrap().max(), 6.0);
    fs::remove_file(home.join("imagesTr/prostate_00_0001.nii.gz")).unwrap();
    assert_eq!(notes(&open(&home).unwrap()), ["incomplete prostate_00: no image of channel 0001 (ADC)"]);
}

#[test]
fn a_list_and_the_files_may_differ() {
    let folder = Folder::new("nnunet-list");
    let entry = |n: u8| PROSTATE.replace("_00", &format!("_0{n}"));
    let home = decathlon(&folder, &[entry(0), entry(1), entry(2), entry(3)].join(","));
    stacked(&home.join("imagesTr/prostate_00.nii.gz"), &[4.0, 9.0]);
    stacked(&home.join("imagesTr/prostate_01.nii.gz"), &[4.0, 9.0]);
    stacked(&home.join("imagesTr/prostate_07.nii.gz"), &[4.0, 9.0]);
    label(&home.join("labelsTr/prostate_02.nii.gz"));
    let tasks = open(&home).unwrap();
    let found: Vec<String> =
        notes(&tasks).into_iter().map(|note| note.replace(&home.display().to_string(), "")).collect();
    assert_eq!(
        found,
        [
            "unpaired prostate_01.nii.gz: its label /labelsTr/prostate_01.nii.gz is not there",
            "unpaired prostate_02.nii.gz: its image /imagesTr/prostate_02.nii.gz is not there",
            "missing prostate_03.nii.gz: dataset.json lists it, but neither it nor its label is there",
            "unused prostate_07.nii.gz: dataset.json does not list it under training",
        ]
    );
    assert_eq!(tasks.get("Prostate-T2-PZ").unwrap().cases().len(), 1);
    // The count is compared too.
    let json =
        fs::read_to_string(home.join("dataset.json")).unwrap().replace("\"numTraining\": 1", "\"numTraining\": 32");
    fs::write(home.join("dataset.json"), json).unwrap();
    assert!(
        notes(&open(&home).unwrap())
            .contains(&"missing dataset.json: numTraining says 32 cases, 1 have an image and a label".to_string())
    );
}

#[test]
fn channels_of_one_name_stay_apart() {
    let folder = Folder::new("nnunet-channels");
    let home = v2(&folder);
    let names = |pair: &str| {
        fs::write(home.join("dataset.json"), V2.replace(r#""0": "T1", "1": "t2w""#, pair)).unwrap();
        let tasks = open(&home).unwrap();
        tasks.iter().map(|task| task.fields().modality.clone()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names(r#""0": "T1", "1": "T1w""#).into_iter().collect::<Vec<_>>(), ["T1", "T1w"]);
    assert_eq!(names(r#""0": "MRI", "1": "MRI""#).into_iter().collect::<Vec<_>>(), ["MRI_0000", "MRI_0001"]);
}

#[test]
fn a_description_that_is_wrong_is_named() {
    let folder = Folder::new("nnunet-wrong");
    let home = v2(&folder);
    let error = |text: &str| {
        fs::write(home.join("dataset.json"), text).unwrap();
        open(&home).unwrap_err()
    };
    let wrong = error(&V2.replace("\"tumor\": 1", "\"tumor\": \"x\""));
    assert!(wrong.message().contains("for `tumor`, or a list of such, got \"x\""), "{wrong}");
    assert_eq!(wrong.path().unwrap(), home.join("dataset.json"));
    assert!(error(&V2.replace(".nii.gz", ".png")).message().contains("wanted .nii.gz, .nii or .hdr, got \".png\""));
    assert!(error("").message().contains("this is no JSON"));
    // An unexpected value is said when the label is read.
    fs::write(home.join("dataset.json"), V2.replace(", \"ignore\": 3", "")).unwrap();
    let wrong = open(&home).unwrap().iter().next().unwrap().cases()[0].source.mask().unwrap_err();
    assert!(wrong.message().contains("wanted the label values 0, 1, 2, got 3 in 6 voxels"), "{wrong}");
    // A folder without a description.
    fs::remove_file(home.join("dataset.json")).unwrap();
    assert!(open(&home).unwrap_err().message().contains("nnunet: no dataset.json"));
    let params = OpenParams { layout: Some("nnunet".into()), ..OpenParams::default() };
    assert!(open_tasks(&home, params).unwrap_err().message().contains("got no dataset.json"));
    // A description without cases.
    let empty = folder.file("Dataset009_empty");
    fs::create_dir_all(empty.join("imagesTr")).unwrap();
    fs::write(empty.join("dataset.json"), V2).unwrap();
    let error = open(&empty).unwrap_err();
    assert!(error.message().contains("no image with a label was found"), "{error}");
    assert!(error.help_line().unwrap().contains("numTraining says 2 cases"), "{error:?}");
}

#[test]
fn writing_keeps_what_scores_leave_out_and_refuses_taken_names() {
    let folder = Folder::new("nnunet-write");
    let tasks = open(&v2(&folder)).unwrap();
    let only = tasks.filter(|task| Ok(task.fields().objective == "tumor")).unwrap();
    let path = written(&folder, &only, "nnunet");
    let found = open(&path).unwrap();
    super::assert_same(&found, &only, "nnunet");
    let json = fs::read_to_string(path.join("Dataset001_BraTS2021/dataset.json")).unwrap();
    assert!(json.contains("\"ignore\": 2") && json.contains("\"file_ending\": \".nii.gz\""), "{json}");
    // Regions overlap: one label image cannot hold them.
    let monitor = seqtran::base::progress::Monitor::silent();
    let error = seqtran::dataset::save::save_tasks(&tasks, &folder.file("all"), "nnunet", &monitor).unwrap_err();
    assert!(error.message().contains("belongs to `tumor` and to `whole`"), "{error}");
    assert_eq!(phantoms(|_| {}).institutions().len(), 3, "the round trip is over several data sets");
}
