//! The program from end to end: affinities, graphs, paths, tuning, bootstraps, trainings, predictions and pictures of one script, at
//! every level that this machine has and on one, two and three threads.

use super::{THREADS, compare, hash_of_bytes, levels_of_this_machine, one_hash};
use crate::folder::Folder;
use std::collections::BTreeMap;
use std::path::Path;

/// What a file holds that is to be the same: of a network its tensors, for the record beside them says how long it took.
fn content(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|end| end == "safetensors") {
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        return bytes[8 + header..].to_vec();
    }
    bytes
}

#[test]
fn a_script_prints_and_writes_the_same_on_every_level_and_number_of_threads() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reproducible/everything.rhai");
    let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for level in levels_of_this_machine() {
        for threads in THREADS {
            let how = format!("{} on {threads} threads", level.name());
            let folder = Folder::new(&format!("reproducible-{}-{threads}", level.name()));
            let output = crate::program::seqtran()
                .args(["--threads", &threads.to_string(), "run"])
                .arg(&script)
                .env("SEQTRAN_LEVEL", level.name())
                .current_dir(&folder.0)
                .output()
                .unwrap();
            assert!(output.status.success(), "{how}: {}", String::from_utf8_lossy(&output.stderr));
            found.entry("printed".into()).or_default().push((how.clone(), hash_of_bytes(&output.stdout)));
            for entry in std::fs::read_dir(&folder.0).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                found.entry(name).or_default().push((how.clone(), hash_of_bytes(&content(&path))));
            }
        }
    }
    assert!(found.len() > 45, "only {:?}", found.keys());
    let ways = levels_of_this_machine().len() * THREADS.len();
    assert!(found.values().all(|all| all.len() == ways), "some runs wrote fewer files");
    let hashes = found.iter().map(|(name, ways)| (name.clone(), one_hash(name, ways))).collect();
    compare("program", &hashes);
}
