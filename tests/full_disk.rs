//! A disk without room: trainings end with an error that names the file, and what was written before stays as it was.
//!
//! A limit on the size of files stands for the full disk: writing ends in the middle of a file in the same way.
#![allow(clippy::unwrap_used)]

use crate::blink::weights;
use crate::folder::Folder;
use crate::program::{PATH, seqtran};
use seqtran::train::model::Model;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const SCRIPT: &str = r#"
    let task = phantom_tasks(#{ size: 16, cases: 5, modalities: ["T1ce"], objectives: ["ED"] })["01-T1ce-ED"];
    let model = train(task, #{ epochs: 60, steps: 5, base: 4, stages: 2, checkpoints: args[0], checkpoint_seconds: 0.0 });
    if args.len() > 1 { model.save(args[1]); }
"#;

/// The program on a script, where no file may grow beyond so many blocks of 512 bytes.
fn limited(blocks: u32, arguments: &[&Path]) -> Output {
    let plain = seqtran();
    let mut command = Command::new("sh");
    // A signal that is ignored stays so in the program that takes the shell's place: writes fail, as on a full disk.
    command.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "sh", PATH, "run"]);
    command.args(arguments).envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output().unwrap()
}

/// Blocks that hold a file.
fn blocks(path: &Path) -> u32 {
    u32::try_from(std::fs::metadata(path).unwrap().len().div_ceil(512)).unwrap()
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn a_training_without_room_keeps_its_last_state_and_goes_on_from_there() {
    let folder = Folder::new("no-room");
    let script = folder.put("script.rhai", SCRIPT.as_bytes());
    let (whole, cut) = (folder.file("whole"), folder.file("cut"));
    assert!(seqtran().arg("run").args([&script, &whole]).status().unwrap().success());

    let mut first =
        seqtran().arg("run").args([&script, &cut]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let state = cut.join("1-01-T1ce-ED.state");
    let begun = Instant::now();
    while !state.exists() {
        assert!(begun.elapsed() < Duration::from_secs(300), "no state");
        std::thread::sleep(Duration::from_micros(200));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    // A file that was being written when the program was killed has a name of its own, and goes with the next one.
    let before = std::fs::read(&state).unwrap();
    assert!(before.len() > 20_000, "{} bytes", before.len());

    // Room for a network, but not for a state, which has its moments too.
    let full = limited(blocks(&whole.join("1-01-T1ce-ED.safetensors")), &[&script, &cut]);
    let told = String::from_utf8_lossy(&full.stderr).into_owned();
    assert_eq!(full.status.code(), Some(1), "{told}");
    assert!(told.contains("1-01-T1ce-ED.state") && told.contains("help:") && !told.contains("panicked"), "{told}");
    assert!(std::fs::read(&state).unwrap() == before, "the last good state stays");

    assert!(seqtran().arg("run").args([&script, &cut]).status().unwrap().success());
    let [cut, whole] = [cut, whole].map(|folder| {
        assert_eq!(contents(&folder).into_keys().collect::<Vec<_>>(), ["1-01-T1ce-ED.safetensors"]);
        weights(&Model::load(&folder.join("1-01-T1ce-ED.safetensors"), "cpu").unwrap())
    });
    assert_eq!(cut, whole);
}

#[test]
fn a_folder_without_room_for_the_network_is_told_before_the_first_step() {
    let folder = Folder::new("no-room-at-all");
    let script = folder.put("script.rhai", SCRIPT.as_bytes());
    std::fs::create_dir(folder.file("there")).unwrap();
    let begun = Instant::now();
    let full = limited(20, &[&script, &folder.file("there")]);
    let told = String::from_utf8_lossy(&full.stderr).into_owned();
    assert_eq!(full.status.code(), Some(1), "{told}");
    assert!(told.contains("1-01-T1ce-ED.state: cannot write") && told.contains("name another folder"), "{told}");
    assert!(contents(&folder.file("there")).is_empty(), "after {:?}", begun.elapsed());
}

#[test]
fn a_cache_without_room_is_not_said_to_hold_a_state() {
    let folder = Folder::new("no-cache");
    let text = r#"
        let task = phantom_tasks(#{ size: 16, cases: 5, modalities: ["T1ce"], objectives: ["ED"] })["01-T1ce-ED"];
        train(task, #{ epochs: 100000, steps: 5, base: 4, stages: 2 });
    "#;
    let script = folder.put("script.rhai", text.as_bytes());
    for (cache, promised) in [(folder.file("cache"), true), (script.join("no-folder"), false)] {
        let mut command = seqtran();
        command.env("SEQTRAN_CACHE", &cache).arg("run").arg(&script);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        // Long enough to have made a step on a busy machine.
        std::thread::sleep(Duration::from_secs(4));
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(130), "{told}");
        assert_eq!(told.contains("asked again, the training goes on from step"), promised, "{told}");
    }
}

#[test]
fn a_network_that_does_not_fit_leaves_no_part_of_itself() {
    let folder = Folder::new("no-part");
    let script = folder.put("script.rhai", SCRIPT.as_bytes());
    let (kept, saved) = (folder.file("kept"), folder.file("out/net.safetensors"));
    std::fs::create_dir(folder.file("out")).unwrap();
    assert!(seqtran().arg("run").args([&script, &kept]).status().unwrap().success());
    std::fs::write(&saved, "of before").unwrap();
    let full = limited(20, &[&script, &kept, &saved]);
    let told = String::from_utf8_lossy(&full.stderr).into_owned();
    assert_eq!(full.status.code(), Some(1), "{told}");
    assert!(told.contains("net.safetensors") && !told.contains("panicked"), "{told}");
    assert_eq!(contents(&folder.file("out")), BTreeMap::from([("net.safetensors".to_owned(), b"of before".to_vec())]));
}
