//! The lessons run, their claims hold, and they leave the pictures they speak of.

use crate::figures::decoded;
use crate::folder::Folder;
use crate::skip::real_volumes;
use std::path::Path;

/// Runs a lesson and gives what it prints.
fn lesson(name: &str, arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/lessons").join(name);
    let output = crate::program::seqtran().arg("run").arg(script).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{name}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// A picture of more than one colour.
pub(crate) fn picture(folder: &Folder, name: &str) {
    let (_, _, pixels) = decoded(&std::fs::read(folder.file(name)).unwrap_or_else(|e| panic!("{name}: {e}")));
    assert!(pixels.chunks(3).any(|pixel| pixel != &pixels[..3]), "{name} is blank");
}

#[test]
fn lesson_1_volumes() {
    let folder = Folder::new("lesson-1");
    let out = folder.0.display().to_string();
    let text = lesson("01_volumes.rhai", &[&out]);
    assert!(text.contains("has [48, 48, 48] voxels, stored as i16"), "{text}");
    assert!(text.contains("== 8. Look at it =="), "{text}");
    picture(&folder, "01_slices.png");
    picture(&folder, "01_half.png");
    let Some(volumes) = real_volumes("hippocampus") else { return };
    let file = |kind: &str| volumes.join(kind).join("hippocampus_001.nii.gz").display().to_string();
    let text = lesson("01_volumes.rhai", &[&out, &file("images"), &file("labels")]);
    assert!(text.contains("has [35, 51, 35] voxels") && text.contains("voxels are labelled"), "{text}");
}

#[test]
fn lesson_2_tasks() {
    let folder = Folder::new("lesson-2");
    let out = folder.0.display().to_string();
    let text = lesson("02_tasks.rhai", &[&out]);
    assert!(text.contains("detected fets") && text.contains("nothing wrong found"), "{text}");
    picture(&folder, "02_case.png");
    // Once more with what the first run has written as the data of one's own.
    let text = lesson("02_tasks.rhai", &[&out, &folder.file("fets-1").display().to_string()]);
    assert!(text.contains("== 8. Your own data =="), "{text}");
}

#[test]
fn lesson_3_affinity() {
    let folder = Folder::new("lesson-3");
    let text = lesson("03_affinity.rhai", &[&folder.0.display().to_string()]);
    assert!(text.contains("need H of 28 x 28 and R of 21 x 21"), "{text}");
    assert!(text.contains("a lesion of its size elsewhere  0.978      0.310"), "{text}");
    assert!(text.contains("== 11. Look at it =="), "{text}");
    ["03_affinity.png", "03_raw.png"].iter().for_each(|name| picture(&folder, name));
    assert!(folder.file("03_affinity/affinity.json").is_file());
}

#[test]
fn lesson_4_graph() {
    let folder = Folder::new("lesson-4");
    let text = lesson("04_graph.rhai", &[&folder.0.display().to_string()]);
    assert!(text.contains("84 nodes, 1722 edges") && text.contains("== 7. One task stands"), "{text}");
    ["04_affinity.png", "04_graph.png", "04_levels.png"].iter().for_each(|name| picture(&folder, name));
}

#[test]
fn lesson_5_path() {
    let folder = Folder::new("lesson-5");
    let text = lesson("05_path.rhai", &[&folder.0.display().to_string()]);
    assert!(text.contains("without 01") && text.contains("== 7. What does it take? =="), "{text}");
    ["05_path.png", "05_costs.png", "05_stability.png", "05_cases.png"].iter().for_each(|name| picture(&folder, name));
}

#[test]
fn lesson_6_training() {
    let folder = Folder::new("lesson-6");
    let text = lesson("06_training.rhai", &[&folder.0.display().to_string()]);
    assert!(text.contains("kept from before") && text.contains("== 7. Too fast =="), "{text}");
    ["06_course.png", "06_slice.png"].iter().for_each(|name| picture(&folder, name));
}

#[test]
fn lesson_7_transfer() {
    let folder = Folder::new("lesson-7");
    let text = lesson("07_transfer.rhai", &[&folder.0.display().to_string()]);
    assert!(text.contains("multi_task") && text.contains("== 6. A bad source =="), "{text}");
    ["07_dice.png", "07_sources.png"].iter().for_each(|name| picture(&folder, name));
}

#[test]
fn lesson_8_augmentation() {
    let folder = Folder::new("lesson-8");
    let out = folder.0.display().to_string();
    let text = lesson("08_augmentation.rhai", &[&out]);
    assert!(text.contains("gamma_inverted   0.100") && text.contains("== 3. Look at it =="), "{text}");
    picture(&folder, "08_augmentation.png");
    let Some(volumes) = real_volumes("hippocampus") else { return };
    let file = |kind: &str| volumes.join(kind).join("hippocampus_001.nii.gz").display().to_string();
    assert!(lesson("08_augmentation.rhai", &[&out, &file("images"), &file("labels")]).contains("of 2948 voxels"));
}
