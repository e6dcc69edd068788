//! What some tests need and a machine may lack: real volumes, tmux.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Says that a test was skipped, past the harness, which shows what a passing test prints to nobody.
pub(crate) fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_string();
    let _ = writeln!(std::io::stderr(), "skipped {test}: {why}");
}

/// A folder of real volumes, in `$SEQTRAN_TEST_DATA` or beside the repository; without it the test is skipped.
pub(crate) fn real_volumes(what: &str) -> Option<PathBuf> {
    let base = std::env::var_os("SEQTRAN_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let folder = base.join(what);
    if !folder.is_dir() {
        skipped(&format!("no {} (set SEQTRAN_TEST_DATA to the folder of real volumes)", folder.display()));
        return None;
    }
    Some(folder)
}
