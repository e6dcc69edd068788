//! The rules of the house, as tests: down only, one foreign crate one door, silent and pure below the language.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The floors, lowest first; floors of one row do not name each other.
const FLOORS: [&[&str]; 13] = [
    &["base"],
    &["numeric", "graph", "net", "plot"],
    &["image"],
    &["io"],
    &["dataset"],
    &["affinity"],
    &["transfer"],
    &["train"],
    &["experiment"],
    &["script"],
    &["shell"],
    &["cli"],
    &["main"],
];

/// A foreign crate and the only places that may name it (path prefixes under `src/`).
const DOORS: &[(&str, &[&str])] = &[
    ("rhai", &["script/"]),
    ("rustyline", &["shell/editor.rs"]),
    ("indicatif", &["shell/bars.rs"]),
    ("rustix", &["shell/echo.rs", "base/heap.rs"]),
    ("ctrlc", &["shell/", "cli/"]),
    ("clap", &["cli/"]),
    ("base64", &["plot/", "shell/"]),
    ("candle_core", &["net/", "train/"]),
    ("candle_nn", &["net/", "train/"]),
    ("safetensors", &["net/"]),
    ("nifti", &["io/"]),
    ("blake3", &["io/"]),
    ("flate2", &["io/"]),
    ("csv", &["io/"]),
    ("bytemuck", &["base/pages.rs"]),
    ("plotters", &["plot/"]),
    ("plotters_backend", &["plot/"]),
    ("dejavu", &["plot/"]),
    ("ab_glyph", &["plot/"]),
    ("png", &["plot/"]),
    ("petgraph", &["graph/"]),
    ("nalgebra", &["numeric/"]),
    ("ndarray_stats", &["numeric/"]),
    ("libm", &["base/math.rs"]),
    ("pulp", &["base/", "numeric/", "image/"]),
];

/// What floors below `script` may not say.
const IMPURE: [&str; 9] =
    ["println!", "eprintln!", "print!", "eprint!", "std::env", "Instant", "SystemTime", "static ", "std::process"];

/// Lines a file may have before one asks what its second noun is.
const LONGEST: usize = 400;

/// A source file: its path under `src/` with `/`, and its text without comments, strings and its test module.
struct Source {
    path: String,
    text: String,
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Source { path: path.into(), text: text.into(), code: strip(without_tests(text)) }
    }

    fn floor(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }

    /// The module path of the file: `image/volume.rs` is `image::volume`, `image/mod.rs` is `image`.
    fn module(&self) -> String {
        self.path.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::")
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(files.len() > 20, "only {} source files found under {}", files.len(), root.display());
    files
        .iter()
        .map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            Source::new(&path, &fs::read_to_string(file).unwrap())
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// The text up to its `#[cfg(test)]` module, which stands last in a file.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ").or_else(|| text.find("#[cfg(test)]\n#[allow")).map_or(text, |at| &text[..at])
}

/// The code with comments, string and character literals blanked out.
fn strip(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("r#\"") {
            rest.find("\"#").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with('"') {
            string_length(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'/'") {
            3
        } else {
            0
        };
        if skip == 0 {
            let letter = rest.chars().next().unwrap();
            code.push(letter);
            at += letter.len_utf8();
        } else {
            code.extend(rest[..skip].chars().filter(|&c| c == '\n'));
            at += skip;
        }
    }
    code
}

fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Every place where `word` stands as a whole word.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        !code[..at].chars().next_back().is_some_and(inside)
            && !code[at + word.len()..].chars().next().is_some_and(|c| inside(c) && word.ends_with(inside))
    })
}

fn row_of(floor: &str) -> Option<usize> {
    FLOORS.iter().position(|row| row.contains(&floor))
}

/// The paths that follow `crate::`, groups in braces opened: `crate::{a::b, c}` gives `a::b` and `c`.
fn named_paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for at in words(code, "crate::") {
        if code[..at].ends_with('$') {
            continue;
        }
        expand("", &code[at + "crate::".len()..], &mut paths);
    }
    paths
}

fn expand(prefix: &str, rest: &str, paths: &mut Vec<String>) {
    if let Some(group) = rest.strip_prefix('{') {
        let mut depth = 0;
        let mut start = 0;
        for (at, letter) in group.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => {
                    expand(prefix, group[start..at].trim(), paths);
                    return;
                }
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    expand(prefix, group[start..at].trim(), paths);
                    start = at + 1;
                }
                _ => {}
            }
        }
    } else {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if end == 0 {
            return;
        }
        let path = format!("{prefix}{}", &rest[..end]);
        match rest[end..].strip_prefix("::") {
            Some(more) => expand(&format!("{path}::"), more, paths),
            None => paths.push(path),
        }
    }
}

/// Names of a floor above, or of a neighbour in the same row.
fn upward(source: &Source) -> Vec<String> {
    let Some(own) = row_of(source.floor()) else { return Vec::new() };
    named_paths(&source.code)
        .into_iter()
        .filter(|path| {
            let floor = path.split("::").next().unwrap_or_default();
            row_of(floor).is_some_and(|row| row > own || (row == own && floor != source.floor()))
        })
        .map(|path| format!("{} names crate::{path}", source.path))
        .collect()
}

/// For each file, the files of its own floor that it names.
fn neighbours(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let modules: BTreeSet<String> = sources.iter().map(Source::module).collect();
    let mut edges = BTreeMap::new();
    for source in sources {
        let own = source.module();
        let mut paths = named_paths(&source.code);
        for at in words(&source.code, "super::") {
            if source.code[..at].ends_with("super::") {
                continue;
            }
            let mut rest = &source.code[at..];
            let mut base = own.clone();
            while let Some(more) = rest.strip_prefix("super::") {
                base = base.rsplit_once("::").map_or(String::new(), |(parent, _)| parent.to_string());
                rest = more;
            }
            expand(&format!("{base}::"), rest, &mut paths);
        }
        let targets = paths.iter().filter_map(|path| longest_module(path, &modules)).filter(|m| *m != own);
        edges.insert(own.clone(), targets.collect::<BTreeSet<_>>());
    }
    edges
}

fn longest_module(path: &str, modules: &BTreeSet<String>) -> Option<String> {
    let mut path = path;
    loop {
        if modules.contains(path) {
            return Some(path.to_string());
        }
        path = path.rsplit_once("::")?.0;
    }
}

/// A cycle among files, if there is one.
fn cycle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit(
        node: &str,
        edges: &BTreeMap<String, BTreeSet<String>>,
        trail: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(at) = trail.iter().position(|n| n == node) {
            return Some(trail[at..].to_vec());
        }
        if !done.insert(node.to_string()) {
            return None;
        }
        trail.push(node.to_string());
        for next in edges.get(node).into_iter().flatten() {
            if let Some(found) = visit(next, edges, trail, done) {
                return Some(found);
            }
        }
        trail.pop();
        None
    }
    let mut done = BTreeSet::new();
    edges.keys().find_map(|node| visit(node, edges, &mut Vec::new(), &mut done))
}

/// Foreign crates named outside their door.
fn strangers(source: &Source) -> Vec<String> {
    let inside = |doors: &[&str]| doors.iter().any(|door| source.path.starts_with(door));
    DOORS
        .iter()
        .filter(|(name, doors)| {
            !inside(doors)
                && words(&source.code, name).any(|at| {
                    source.code[at + name.len()..].starts_with("::")
                        && !source.code[..at].ends_with("::")
                        && !source.code[..at].ends_with("as ")
                })
        })
        .map(|(name, doors)| format!("{} names {name}, whose door is {}", source.path, doors.join(" ")))
        .collect()
}

/// Printing, environment, clock and globals below `script`.
fn impurities(source: &Source) -> Vec<String> {
    let below = row_of(source.floor()).is_some_and(|row| row < row_of("script").unwrap());
    if !below {
        return Vec::new();
    }
    let scratch = source.path.starts_with("net/kernels/");
    // An allocator is a global of the program; the level of instructions changes no result; draws need a table of constants.
    let globals = ["base/heap.rs", "base/level.rs", "base/normal.rs"].contains(&source.path.as_str());
    let mut found: Vec<String> = IMPURE
        .iter()
        .filter(|word| {
            words(&source.code, word).any(|at| {
                let before = &source.code[..at];
                let allowed = before.ends_with('\'')
                    || (scratch && before.contains("thread_local!"))
                    || (globals && word.starts_with("static"));
                !allowed
            })
        })
        .map(|word| format!("{} says `{}`", source.path, word.trim()))
        .collect();
    if source.code.contains("thread_local!") && !scratch {
        found.push(format!("{} says `thread_local!`", source.path));
    }
    found
}

fn assert_none(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

#[test]
fn a_file_names_only_floors_below_its_own() {
    assert_none("down only", sources().iter().flat_map(upward).collect());
}

#[test]
fn every_file_stands_on_a_floor() {
    let lost = sources().into_iter().filter(|s| s.floor() != "lib" && row_of(s.floor()).is_none()).map(|s| s.path);
    assert_none("no floor for", lost.collect());
}

#[test]
fn no_files_name_each_other_in_a_circle() {
    let found = cycle(&neighbours(&sources()));
    assert!(found.is_none(), "circle of files: {}", found.unwrap().join(" -> "));
}

#[test]
fn a_foreign_crate_has_one_door() {
    assert_none("one door", sources().iter().flat_map(strangers).collect());
}

#[test]
fn floors_below_the_language_are_silent_and_pure() {
    assert_none("silent and pure", sources().iter().flat_map(impurities).collect());
}

#[test]
fn unsafe_code_lives_in_the_kernels_and_the_allocator() {
    let found = sources()
        .into_iter()
        .filter(|s| {
            !s.path.starts_with("net/kernels/") && s.path != "base/heap.rs" && words(&s.code, "unsafe").next().is_some()
        })
        .map(|s| s.path);
    assert_none("unsafe outside net/kernels/ and base/heap.rs", found.collect());
}

#[test]
fn no_file_holds_two_nouns() {
    let found = sources()
        .into_iter()
        .filter(|s| s.text.lines().count() > LONGEST)
        .map(|s| format!("{} has {} lines, more than {LONGEST}", s.path, s.text.lines().count()));
    assert_none("too long", found.collect());
    let names = ["utils", "util", "helpers", "helper", "common", "manager", "types", "misc"];
    let vague = sources().into_iter().filter(|s| names.iter().any(|n| s.module().split("::").any(|part| part == *n)));
    assert_none("vague names", vague.map(|s| s.path).collect());
}

#[test]
fn a_mod_file_is_a_table_of_contents() {
    let found = sources().into_iter().filter(|s| s.path.ends_with("mod.rs") || s.path == "lib.rs").flat_map(|s| {
        let stray = |line: &&str| !line.is_empty() && !line.starts_with("pub mod ") && !line.starts_with("mod ");
        let lines: Vec<String> = s.code.lines().map(str::trim).filter(stray).map(String::from).collect();
        lines.into_iter().map(move |line| format!("{}: {line}", s.path)).collect::<Vec<_>>()
    });
    assert_none("more than `pub mod` lines", found.collect());
}

#[test]
fn main_is_short() {
    let main = sources().into_iter().find(|s| s.path == "main.rs").unwrap();
    assert!(main.text.lines().count() <= 30);
}

/// A rule that cannot fail is no rule: each is shown a file that breaks it.
#[test]
fn the_rules_catch_what_they_forbid() {
    let bad = |path: &str, text: &str| Source::new(path, text);
    assert_eq!(upward(&bad("image/x.rs", "use crate::io::nifti;")).len(), 1);
    assert_eq!(upward(&bad("image/x.rs", "use crate::{base::error::Result, io::{nifti, table}};")).len(), 2);
    assert_eq!(upward(&bad("plot/x.rs", "fn f() { crate::graph::graph::f() }")).len(), 1);
    assert_eq!(upward(&bad("io/x.rs", "use crate::image::volume::Volume; // crate::script\n")).len(), 0);
    assert_eq!(strangers(&bad("image/x.rs", "use candle_core::Tensor;")).len(), 1);
    assert_eq!(strangers(&bad("shell/shell.rs", "rustyline::Editor::new()")).len(), 1);
    assert_eq!(strangers(&bad("shell/shell.rs", "use crate::io::nifti::read_volume;")).len(), 0);
    assert_eq!(impurities(&bad("train/x.rs", "fn f() { println!(\"x\"); }")).len(), 1);
    assert_eq!(impurities(&bad("train/x.rs", "let t = std::time::Instant::now();")).len(), 1);
    assert_eq!(impurities(&bad("train/x.rs", "static X: u32 = 1; fn f(x: &'static str) {}")).len(), 1);
    assert_eq!(impurities(&bad("train/x.rs", "fn f(x: &'static str) {} // println!")).len(), 0);
    let knot = [bad("image/a.rs", "use super::b::B;"), bad("image/b.rs", "use crate::image::a::A;")];
    assert!(cycle(&neighbours(&knot)).is_some());
    let line = [bad("image/a.rs", "use super::b::B;"), bad("image/b.rs", "")];
    assert!(cycle(&neighbours(&line)).is_none());
}
