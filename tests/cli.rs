//! The command line: exit codes, which stream says what, and messages for bad input.

use crate::folder::Folder;
use seqtran::io::store::{Key, Store};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs the program and checks what holds for every run without a terminal: no escape codes, and something on standard
/// error exactly when it failed.
fn seqtran(arguments: &[&str]) -> Answer {
    told(arguments, "")
}

fn told(arguments: &[&str], input: &str) -> Answer {
    let mut child = program(arguments);
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let answer = Answer { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) };
    assert!(!answer.out.contains('\x1b') && !answer.err.contains('\x1b'), "{}{}", answer.out, answer.err);
    assert_eq!(answer.code == Some(0), answer.err.is_empty(), "{:?}: {}", answer.code, answer.err);
    answer
}

fn program(arguments: &[&str]) -> std::process::Child {
    crate::program::seqtran()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A script in a file of its own, removed at the end.
struct Script(PathBuf);

impl Script {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("seqtran-cli-{}-{name}.rhai", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Script(path)
    }
    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

#[test]
fn a_value_goes_to_standard_output() {
    let answer = seqtran(&["eval", "let a = 40; a + 2"]);
    assert_eq!((answer.code, answer.out.as_str()), (Some(0), "42\n"));
    assert_eq!(seqtran(&["eval", "40 + 2;"]).out, "");
    assert_eq!(seqtran(&["eval", "print(1); 2"]).out, "1\n2\n");
}

#[test]
fn a_script_sees_its_arguments_and_its_last_value_is_printed() {
    let script = Script::new("args", "#!/usr/bin/env -S seqtran run\nargs.len.to_string() + args[0] + args[1]");
    let answer = seqtran(&["run", script.path(), "A", "--seed"]);
    assert_eq!((answer.code, answer.out.as_str()), (Some(0), "2A--seed\n"));
}

#[test]
fn a_script_may_come_through_a_pipe() {
    assert_eq!(told(&[], "let a = 1;\na + 1").out, "2\n");
    assert_eq!(told(&[], "let a = ").code, Some(1));
}

#[test]
fn a_failing_script_is_code_1_and_says_where() {
    let script = Script::new("fails", "let a = 1;\nlet b = a + c;\n");
    let answer = seqtran(&["run", script.path()]);
    assert_eq!((answer.code, answer.out.as_str()), (Some(1), ""));
    says(&answer.err, &["unknown variable `c`", "2 | let b = a + c;", "fails.rhai:2:13"]);
}

#[test]
fn bad_input_is_named_with_what_to_do() {
    let unknown = seqtran(&["eval", "sede(1)"]);
    assert_eq!(unknown.code, Some(1));
    says(&unknown.err, &["unknown function `sede`", "did you mean `seed`?"]);
    let kind = seqtran(&["eval", "seed(\"seven\")"]);
    assert_eq!(kind.code, Some(1));
    says(&kind.err, &["seed", "seven", "whole number"]);
}

#[test]
fn a_command_line_that_cannot_be_followed_is_code_2() {
    let missing = seqtran(&["run", "no/such.rhai"]);
    assert_eq!(missing.code, Some(2));
    says(&missing.err, &["no/such.rhai", "no such file", "help:"]);
    let option = seqtran(&["--sede", "7"]);
    assert_eq!(option.code, Some(2));
    says(&option.err, &["--sede", "--seed"]);
    let plot = seqtran(&["--plot", "kity", "eval", "1"]);
    assert_eq!(plot.code, Some(2));
    says(&plot.err, &["kity", "kitty", "iterm", "text", "file"]);
    assert_eq!(seqtran(&["bogus"]).code, Some(2));
    assert_eq!(seqtran(&["--threads", "0", "eval", "1"]).code, Some(2));
    assert_eq!(seqtran(&["run"]).code, Some(2));
}

#[test]
fn check_reads_without_running() {
    let good = Script::new("good", "print(\"it has run\"); no_such_function_is_no_syntax_error();");
    let answer = seqtran(&["check", good.path()]);
    assert_eq!(answer.code, Some(0));
    assert!(!answer.out.contains("it has run"));
    let bad = Script::new("bad", "let a = 1;\nlet = 2;\n");
    let answer = seqtran(&["check", bad.path()]);
    assert_eq!(answer.code, Some(1));
    says(&answer.err, &["2 | let = 2;", "bad.rhai:2:"]);
}

#[test]
fn settings_reach_the_script() {
    assert_eq!(seqtran(&["--seed", "7", "eval", "seed()"]).out, "7\n");
    assert_eq!(seqtran(&["eval", "1", "--threads", "1"]).out, "1\n");
}

#[test]
fn a_level_of_instructions_that_does_not_exist_is_named() {
    let output = crate::program::seqtran().args(["eval", "1"]).env("SEQTRAN_LEVEL", "avx3").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true), "{told}");
    says(&told, &["SEQTRAN_LEVEL", "`portable`, `avx2`, `avx512`", "got `avx3`"]);
}

#[test]
fn version_and_help_are_no_errors() {
    assert_eq!(seqtran(&["--version"]).out, format!("seqtran {}\n", env!("CARGO_PKG_VERSION")));
    says(&seqtran(&["--help"]).out, &["run", "eval", "check", "cache", "doc", "--plot", "--threads", "--seed"]);
    says(&seqtran(&["doc"]).out, &["## Functions", "### `seed(n)`"]);
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let mut child = program(&["eval", "for i in 0..1000000 { print(i) }"]);
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "0\n");
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_a_script_with_code_130() {
    let mut child = program(&["eval", "print(\"begun\"); sleep(600); print(\"not reached\")"]);
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let pressed = Instant::now();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(pressed.elapsed() < Duration::from_secs(20), "{:?}", pressed.elapsed());
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "stopped\n");
    line.clear();
    assert_eq!(reader.read_line(&mut line).unwrap(), 0, "{line}");
}

#[test]
fn data_says_what_is_in_a_folder_and_what_is_wrong() {
    let folder = Folder::new("cli-data");
    let path = folder.file("data").display().to_string();
    let write = format!(
        "phantom_tasks(#{{ cases: 2, size: 12, institutions: [\"01\", \"18\"], modalities: \"T2\" }}).write({path:?})"
    );
    assert_eq!(seqtran(&["eval", &write]).code, Some(0));

    let answer = seqtran(&["data", &path]);
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    for wanted in ["layout folders", "6 tasks, 2 institutions", "01-T2-NCR", "nothing wrong was found"] {
        assert!(answer.out.contains(wanted), "{wanted}\n{}", answer.out);
    }

    // A label without its image, an image that is cut off, and a label on another grid.
    let file = |name: &str| format!("{path}/{name}");
    std::fs::copy(file("01/label/ED/01_000.nii.gz"), file("01/label/ED/01_009.nii.gz")).unwrap();
    let whole = std::fs::read(file("18/image/T2/18_001.nii.gz")).unwrap();
    std::fs::write(file("18/image/T2/18_001.nii.gz"), &whole[..whole.len() / 2]).unwrap();
    let other = format!(
        "phantom_tasks(#{{ cases: 1, size: 14 }})[\"01-T2-ED\"].case(0).mask.save({:?})",
        file("01/label/ED/01_000.nii.gz")
    );
    assert_eq!(seqtran(&["eval", &other]).code, Some(0));
    let answer = seqtran(&["data", &path, "--exclude", "18_000"]);
    assert_eq!(answer.code, Some(1), "{}", answer.out);
    for wanted in
        ["unpaired (1)", "01_009.nii.gz", "excluded (1)", "grid mismatch (1)", "12x12x12", "14x14x14", "cut off"]
    {
        assert!(answer.out.contains(wanted), "{wanted}\n{}", answer.out);
    }
    assert!(seqtran(&["data", &path, "--quick"]).out.contains("no image was read"));

    let answer = seqtran(&["data", &folder.0.display().to_string()]);
    assert_eq!(answer.code, Some(1));
    assert!(
        answer.err.contains("no layout that is known") && answer.err.contains("    folders: no <institution>"),
        "{}",
        answer.err
    );
    assert_eq!(seqtran(&["data", &path, "--objective", "core"]).code, Some(2));
    assert_eq!(seqtran(&["data", "no/such"]).code, Some(1));
}

/// The program with the cache in a folder.
fn caching(folder: &Path, arguments: &[&str], size: &str) -> Answer {
    let mut command = crate::program::seqtran();
    let output = command.args(arguments).env("SEQTRAN_CACHE", folder).env("SEQTRAN_CACHE_SIZE", size).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Answer { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[test]
fn the_cache_is_counted_and_cleared_and_what_is_not_ours_stays() {
    let folder = Folder::new("cli-cache");
    let store = Store::open(&folder.0, 1 << 20).unwrap();
    for number in 0..3 {
        store.put(&Key::of("cli").number(number).done(), &[1; 5000]);
    }
    folder.put("v2/notes.txt", b"mine");
    folder.put("holiday.jpg", b"mine");
    let answer = caching(&folder.0, &["cache"], "2 MB");
    assert_eq!((answer.code, answer.err.as_str()), (Some(0), ""));
    says(&answer.out, &[&folder.0.display().to_string(), "entries  3", "24.6 kB of at most 2 MB"]);
    let answer = caching(&folder.0, &["cache", "clear"], "2 MB");
    assert_eq!((answer.code, answer.out.as_str()), (Some(0), "removed 3 entries, 24.6 kB\n"));
    let mut left: Vec<String> =
        std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["holiday.jpg", "v2"]);
    assert_eq!(std::fs::read_dir(folder.file("v2")).unwrap().count(), 1);
    says(&caching(&folder.0, &["cache"], "2 MB").out, &["entries  0", "size     0 B"]);
    says(&seqtran(&["cache"]).out, &["SEQTRAN_CACHE is off"]);
    let answer = caching(&folder.0, &["eval", "1"], "many");
    assert_eq!((answer.code, answer.out.as_str()), (Some(2), ""));
    says(&answer.err, &["SEQTRAN_CACHE_SIZE", "such as 10GB, got `many`", "help:"]);
}
