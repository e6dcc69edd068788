//! Every binding has one sentence and an example, and every example says what happens.

#![allow(clippy::unwrap_used)]

use seqtran::script::environment::Host;
use seqtran::script::examples::{Example, examples};
use seqtran::script::session::Session;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn every_binding_has_a_sentence_and_an_example() {
    let session = Session::new(Host::quiet());
    let mut missing = Vec::new();
    for entry in session.reference().documented() {
        let summary = entry.summary();
        if summary.is_empty() || summary.chars().count() > 120 || !summary.ends_with('.') {
            missing.push(format!("{}: one sentence, got {summary:?}", entry.usage()));
        }
        if entry.section("Example").is_none() {
            missing.push(format!("{}: no example", entry.usage()));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The examples write files: they run in a process of their own whose folder is an empty one.
#[test]
fn every_example_gives_what_it_says() {
    let folder = std::env::temp_dir().join(format!("seqtran-examples-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["docs::examples_in_this_folder", "--exact", "--ignored", "--nocapture"])
        .current_dir(&folder)
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(child.status.success(), "{}{}", text(&child.stdout), text(&child.stderr));
}

#[test]
#[ignore = "run by every_example_gives_what_it_says in a folder of its own"]
fn examples_in_this_folder() {
    let mut session = Session::new(Host::quiet());
    let all: Vec<Example> = session.reference().documented().filter_map(examples).collect();
    assert!(all.len() > 20, "only {} examples", all.len());
    let mut wrong = Vec::new();
    for example in &all {
        let mut run = |line: &str| {
            let outcome = session.eval(line, "example");
            outcome.map(|o| o.text.unwrap_or_default()).map_err(|fault| fault.to_string())
        };
        wrong.extend(example.check(&mut run).err());
        session.reset();
    }
    assert!(wrong.is_empty(), "{} examples are wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_reference_page_is_fresh() {
    let page = format!("{}\n", seqtran::cli::page::page(Session::new(Host::quiet()).reference()));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/reference.md");
    if std::env::var_os("SEQTRAN_WRITE_DOCS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &page).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let first = kept.lines().zip(page.lines()).position(|(a, b)| a != b);
    assert!(
        kept == page,
        "tests/golden/reference.md is stale from line {:?}: run `seqtran doc > tests/golden/reference.md`",
        first.map(|n| n + 1)
    );
}
