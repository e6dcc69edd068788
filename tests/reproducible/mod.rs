//! The same bits on every processor and any number of threads: hashes of what layers, trainings, affinities, graphs and
//! pictures give, compared with those that stand in `tests/golden/reproducible.csv`.
//!
//! `SEQTRAN_WRITE_GOLDEN=1` writes that file anew; a commit that does so says why results changed.
#![allow(clippy::unwrap_used)]

mod layers;
mod program;
mod training;

use seqtran::base::level::Level;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

/// Numbers of threads that are tried.
const THREADS: [usize; 3] = [1, 2, 3];

/// The levels whose instructions this machine has; the others are tried on plain arrays where a test can choose.
fn levels_of_this_machine() -> Vec<Level> {
    Level::ALL.into_iter().filter(|level| *level <= Level::machine()).collect()
}

/// The bits of numbers, as a short name.
fn hash_of(values: &[f32]) -> String {
    hash_of_bytes(&values.iter().flat_map(|value| value.to_bits().to_le_bytes()).collect::<Vec<u8>>())
}

fn hash_of_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_string()
}

/// Runs something on a pool of so many threads.
fn on<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

/// Compares what was found, by name, with the lines of the golden file that begin with `kind/`.
fn compare(kind: &str, found: &BTreeMap<String, String>) {
    static WRITING: Mutex<()> = Mutex::new(());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/reproducible.csv");
    let read = || -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let lines = text.lines().filter_map(|line| line.split_once(','));
        lines.map(|(name, hash)| (name.to_string(), hash.to_string())).collect()
    };
    let own = |name: &str| name.starts_with(&format!("{kind}/"));
    let named: BTreeMap<String, String> =
        found.iter().map(|(name, hash)| (format!("{kind}/{name}"), hash.clone())).collect();
    if std::env::var_os("SEQTRAN_WRITE_GOLDEN").is_some() {
        let _one = WRITING.lock().unwrap();
        let mut all = read();
        all.retain(|name, _| !own(name) && name != "what");
        all.extend(named.clone());
        let lines: String = all.iter().map(|(name, hash)| format!("{name},{hash}\n")).collect();
        std::fs::write(&path, format!("what,hash\n{lines}")).unwrap();
    }
    let kept: BTreeMap<String, String> = read().into_iter().filter(|(name, _)| own(name)).collect();
    let wrong: Vec<String> = kept
        .keys()
        .chain(named.keys())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .filter(|name| kept.get(*name) != named.get(*name))
        .map(|name| {
            format!("{name}: {:?} here, {:?} in tests/golden/reproducible.csv", named.get(name), kept.get(name))
        })
        .collect();
    assert!(wrong.is_empty(), "on {}:\n{}", Level::machine().name(), wrong.join("\n"));
}

/// All ways of computing one thing give one hash, which is returned.
fn one_hash(what: &str, found: &[(String, String)]) -> String {
    for (how, hash) in found {
        assert_eq!(hash, &found[0].1, "{what}: {how} and {} give other bits", found[0].0);
    }
    found[0].1.clone()
}
