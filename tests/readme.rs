//! What the README shows is what happens: its blocks run, its session is the shipped script, its figures are those that come out.

use crate::folder::Folder;
use crate::skip::real_volumes;
use seqtran::image::geometry::Geometry;
use seqtran::image::labels::Labels;
use seqtran::image::volume::Volume;
use seqtran::io::nifti::{write_labels, write_volume};
use std::fs;
use std::path::Path;
use std::process::Output;

const README: &str = include_str!("../README.md");
const QUICKSTART: &str = include_str!("../scripts/quickstart.rhai");

/// The blocks of one language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    README.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

fn seqtran(folder: &Path, arguments: &[&str]) -> Output {
    crate::program::seqtran().args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = seqtran(folder, arguments);
    assert!(output.status.success(), "{arguments:?}\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// A picture that is there, is a PNG and holds more than one colour's worth of data.
fn is_picture(path: &Path) {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.len() > 5000, "{}: {} bytes", path.display(), bytes.len());
}

#[test]
fn the_session_of_the_readme_is_the_shipped_script() {
    let script: Vec<&str> = QUICKSTART.lines().filter(|line| !line.starts_with("//")).collect();
    assert_eq!(blocks("rhai")[0].trim(), script.join("\n").trim());
}

#[test]
fn the_quickstart_gives_what_the_readme_shows() {
    let folder = Folder::new("readme-quickstart");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/quickstart.rhai");
    let told = succeeds(&folder.0, &["run", script.to_str().unwrap()]);
    for picture in ["affinity.png", "graph.png", "dice.png"] {
        is_picture(&folder.0.join(picture));
    }
    // Costs, Dice and all, to the last digit: they are the same on every machine, and so are the pictures.
    assert_eq!(told.trim(), blocks("text")[0].trim());
    for picture in ["affinity.png", "graph.png", "dice.png"] {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/pictures").join(picture);
        let same = fs::read(folder.0.join(picture)).unwrap() == fs::read(&shipped).unwrap();
        assert!(same, "{} is not the picture that the quickstart draws", shipped.display());
    }
}

#[test]
fn the_manifest_of_the_readme_opens() {
    let folder = Folder::new("readme-manifest");
    let geometry = Geometry::new([4, 4, 4], [1.0; 3]);
    write_volume(&folder.0.join("a.nii.gz"), &Volume::new(geometry.clone(), vec![1.5; 64])).unwrap();
    let values: Vec<u16> = (0..64).map(|n| n % 3).collect();
    write_labels(&folder.0.join("a_label.nii.gz"), &Labels::new(geometry, values)).unwrap();
    fs::write(folder.0.join("cases.csv"), "case,institution,modality,image,label\na,03,T1,a.nii.gz,a_label.nii.gz\n")
        .unwrap();
    let block = blocks("rhai")[1];
    assert!(block.contains("manifest"), "{block}");
    assert_eq!(
        succeeds(&folder.0, &["eval", &format!("{block}\ntasks.names")]).trim(),
        r#"["03-T1-anterior", "03-T1-posterior"]"#
    );
}

#[test]
fn the_metrics_of_the_readme_are_judged() {
    let folder = Folder::new("readme-metrics");
    let block = blocks("rhai")[2];
    assert!(block.contains("tune_weights"), "{block}");
    let told = succeeds(&folder.0, &["eval", block]);
    assert_eq!(told.lines().filter(|line| line.starts_with("regret")).count(), 2, "{told}");
    assert!(told.contains("exact, 18 paths of 3 targets"), "{told}");
    assert!(told.lines().last().unwrap().starts_with("#{ alpha: "), "{told}");
}

#[test]
fn the_training_of_the_readme_is_kept_and_another_refused() {
    let folder = Folder::new("readme-kept");
    let block = blocks("rhai")[3];
    assert!(block.contains("checkpoints"), "{block}");
    let told = succeeds(&folder.0, &["eval", block]);
    assert!(told.contains("kept from before") && told.contains("lr: 0.01 there, 0.02 here"), "{told}");
}

#[test]
fn the_plan_of_the_readme_is_that_of_the_network() {
    let folder = Folder::new("readme-plan");
    let block = blocks("rhai")[4];
    assert!(block.contains("plan_network"), "{block}");
    let told = succeeds(&folder.0, &["eval", block]);
    assert!(told.contains("NetworkPlan  patch") && told.lines().last() == Some("true"), "{told}");
}

#[test]
fn the_hippocampus_script_runs_on_real_volumes() {
    let Some(volumes) = real_volumes("hippocampus") else { return };
    let folder = Folder::new("readme-hippocampus");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/hippocampus.rhai");
    let told = succeeds(&folder.0, &["run", script.to_str().unwrap(), volumes.to_str().unwrap(), "out", "1"]);
    assert!(told.contains("01-T1-anterior -> 02-T1-anterior -> 03-T1-anterior"), "{told}");
    assert!(told.contains("01-T1-posterior -> 02-T1-posterior -> 03-T1-posterior"), "{told}");
    for objective in ["anterior", "posterior"] {
        is_picture(&folder.0.join(format!("out/slice_{objective}.png")));
        assert!(folder.0.join(format!("out/{objective}.safetensors")).is_file());
    }
}

#[test]
fn the_scripts_on_real_volumes_run() {
    let Some(volumes) = real_volumes("hippocampus") else { return };
    let folder = Folder::new("readme-dice");
    let script = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name).display().to_string();
    let dir = volumes.display().to_string();
    let told = succeeds(&folder.0, &["run", &script("hippocampus_dice.rhai"), &dir, "dice", "1"]);
    assert_eq!(told.lines().filter(|line| line.contains("3 subjects, ")).count(), 4, "{told}");
    ["course_anterior.png", "slice_posterior.png"]
        .iter()
        .for_each(|name| is_picture(&folder.0.join("dice").join(name)));
    let Some(volumes) = real_volumes("ms_lesion") else { return };
    let dir = volumes.display().to_string();
    let told = succeeds(&folder.0, &["run", &script("lesions.rhai"), &dir, "lesions", "1"]);
    assert!(told.contains("voxels of [182, 218, 182]"), "{told}");
    is_picture(&folder.0.join("lesions/patient19.png"));
    assert!(folder.0.join("lesions/patient19.nii.gz").is_file());
}

/// Every kind of bad input is named, with what to do.
#[test]
fn bad_input_is_named_and_helped() {
    let folder = Folder::new("readme-bad");
    let geometry = Geometry::new([8, 8, 8], [1.0; 3]);
    write_volume(&folder.0.join("whole.nii"), &Volume::new(geometry, vec![1.0; 512])).unwrap();
    let whole = fs::read(folder.0.join("whole.nii")).unwrap();
    fs::write(folder.0.join("cut.nii"), &whole[..whole.len() / 2]).unwrap();
    fs::write(folder.0.join("wrong.csv"), "case,institution,modality,imge,label\na,01,T1,a.nii,b.nii\n").unwrap();
    let lonely = "let t = phantom_tasks(#{ cases: 2, size: 12 });
        let g = source_graph(affinity(t.filter(|x| x.name == \"01-FLAIR-ED\"), [t[\"16-T2-NCR\"]], #{ size: 12 }));
        best_path(g, g.cluster(1), t[\"16-T2-NCR\"], #{ length: 1 })";
    let cases: [(&str, &[&str]); 7] = [
        (r#"read_volume("gone.nii.gz")"#, &["gone.nii.gz", "no such file"]),
        (r#"read_volume("cut.nii")"#, &["cut.nii", "help:"]),
        (r#"open_tasks("wrong.csv", #{ objectives: #{ x: [1] } })"#, &["wrong.csv", "`image`", "rename `imge`"]),
        ("affinity(phantom_tasks(), #{ intensty: 1 })", &["`intensty`", "did you mean `intensity`?"]),
        ("scratch(3)", &["`target`", "Task", "a whole number"]),
        (lonely, &["16-T2-NCR", "no connected source", "filter: false"]),
        (r#"scratch(phantom_tasks()["16-T2-NCR"].take(0))"#, &["16-T2-NCR", "no cases", "help:"]),
    ];
    for (code, parts) in cases {
        let output = seqtran(&folder.0, &["eval", code]);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{code}\n{told}");
        for part in parts {
            assert!(told.contains(part), "{code}\nlacks {part:?}:\n{told}");
        }
    }
}
