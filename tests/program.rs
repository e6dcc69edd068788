//! The program, started so that it leaves nothing in the home of whoever runs the tests.

use std::path::Path;
use std::process::Command;

/// Where it lies.
pub(crate) const PATH: &str = env!("CARGO_BIN_EXE_seqtran");

/// The program without a cache.
pub(crate) fn seqtran() -> Command {
    let mut command = Command::new(PATH);
    command.env("SEQTRAN_CACHE", "off");
    for variable in ["SEQTRAN_CACHE_SIZE", "SEQTRAN_MEMORY"] {
        command.env_remove(variable);
    }
    command
}

/// A test that starts the program by itself would write into the cache of whoever runs it.
#[test]
fn no_other_test_starts_the_program_by_itself() {
    fn look(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs")
                && std::fs::read_to_string(&path).unwrap().contains(concat!("CARGO_BIN_EXE", "_seqtran"))
            {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut found = Vec::new();
    look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut found);
    assert_eq!(found, ["program.rs"]);
}
