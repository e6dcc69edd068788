//! The report on a cohort: its files are there, its numbers agree with each other and with the language, and what is not possible
//! is said.

use crate::folder::Folder;
use crate::lessons::picture;
use crate::skip::real_volumes;
use seqtran::io::table::Table;
use std::path::Path;

/// Runs the report script, or another command of the program, and gives its exit code and what it printed.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = crate::program::seqtran().args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), format!("{}{}", text(&output.stdout), text(&output.stderr)))
}

fn report(arguments: &[&str]) -> (Option<i32>, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/affinity_report.rhai").display().to_string();
    run(&[&["run", &script], arguments].concat())
}

fn text(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn table(folder: &Folder, name: &str) -> Table {
    Table::read_csv(&folder.file(name)).unwrap()
}

/// The rows in which some columns hold these texts.
fn rows(table: &Table, wanted: &[(&str, &str)], number: &str) -> Vec<f64> {
    let numbers = table.numbers(number).unwrap();
    let fits = |row: usize| wanted.iter().all(|(column, text)| table.column(column).unwrap()[row].text() == *text);
    (0..table.len()).filter(|&row| fits(row)).map(|row| numbers[row]).collect()
}

#[test]
fn a_report_of_phantoms_on_disk() {
    let folder = Folder::new("report");
    let (data, out) = (folder.file("fets").display().to_string(), folder.file("out").display().to_string());
    let write = format!("seed(7); phantom_tasks(#{{ cases: 2, size: 12 }}).write({data:?}, #{{ layout: \"fets\" }})");
    assert_eq!(run(&["eval", &write]).0, Some(0));
    let (code, told) = report(&[&data, &out, "size=12", "draws=3", "targets=16-T2-NCR,16-T2-ED", "top=3"]);
    assert_eq!(code, Some(0), "{told}");

    let index = text(&folder, "out/index.md");
    for part in ["27 tasks of 3 institutions", "2 tasks of 16, as asked", "layout `fets`", "| size | [12, 12, 12] |"] {
        assert!(index.contains(part), "{part} is not in\n{index}");
    }
    // What the index points at is there.
    let links: Vec<&str> = index.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 25, "{links:?}");
    for link in links {
        assert!(folder.file(&format!("out/{link}")).is_file(), "{link} is missing");
    }
    let page = text(&folder, "out/target_16-T2-NCR.md");
    assert!(page.contains("Why not the next one?") && page.contains("without 18"), "{page}");
    for name in ["affinity", "levels", "graph", "graph_16-T2-NCR", "paths_16-T2-ED", "stability_cases_16-T2-NCR"] {
        picture(&folder, &format!("out/{name}.png"));
    }

    let tasks = table(&folder, "out/tasks.csv");
    let count = |role: &str| rows(&tasks, &[("role", role)], "cases").len();
    assert_eq!([count("source"), count("target"), count("left out")], [18, 2, 7]);
    // The numbers are those of the language, to the last digit that is written.
    let ask = format!(
        "let t = open_tasks({data:?}); let a = affinity(t.except_institution(\"16\"), [t[\"16-T2-ED\"], t[\"16-T2-NCR\"]], \
         #{{ size: 12, intensity: \"minmax\", reading: \"minmax\", k1: 0.01, k2: 0.03 }}); \
         `${{a.image.at(\"01-T2\", \"16-T2\")}} ${{a.label.at(\"01-ED\", \"16-NCR\")}} ${{a.cost.at(\"01-T2-ED\", \"16-T2-NCR\")}}`"
    );
    let told = run(&["eval", &ask]).1;
    let numbers: Vec<f64> = told.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let at = |file: &str, row: &str, column: &str| rows(&table(&folder, file), &[("name", row)], column)[0];
    assert_eq!(at("out/H.csv", "01-T2", "16-T2"), numbers[0]);
    assert_eq!(at("out/R.csv", "01-ED", "16-NCR"), numbers[1]);
    assert_eq!(at("out/T.csv", "01-T2-ED", "16-T2-NCR"), numbers[2]);
    let ranks = table(&folder, "out/ranks.csv");
    assert_eq!(ranks.len(), 36);
    assert_eq!(rows(&ranks, &[("target", "16-T2-NCR"), ("source", "01-T2-ED")], "cost"), [numbers[2]]);
    // A path costs the sum of its terms, and its two parts make it up.
    let (paths, terms) = (table(&folder, "out/paths.csv"), table(&folder, "out/path_terms.csv"));
    let best = [("target", "16-T2-NCR"), ("place", "1")];
    let cost = rows(&paths, &best, "cost")[0];
    assert_eq!(rows(&terms, &best, "cost").len(), 3);
    assert!((rows(&terms, &best, "cost").iter().sum::<f64>() - cost).abs() < 1e-12);
    let parts = rows(&paths, &best, "image_cost")[0] + rows(&paths, &best, "label_cost")[0];
    assert!((parts - cost).abs() < 1e-12, "{parts} and {cost}");
    let shares = rows(&table(&folder, "out/stability.csv"), &[("target", "16-T2-ED"), ("over", "cases")], "share");
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?}");
    // 14 images and 16 masks, each of a file with a hash: 64 digits.
    let hashes = table(&folder, "out/inputs.csv").column("blake3").unwrap();
    assert!(hashes.len() == 30 && hashes.iter().all(|hash| hash.text().len() == 64), "{}", hashes.len());
}

#[test]
fn a_report_says_what_is_not_possible() {
    let folder = Folder::new("report-not");
    let (data, out) = (folder.file("fets").display().to_string(), folder.file("out").display().to_string());
    let write = format!(
        "phantom_tasks(#{{ cases: 1, size: 12, modalities: \"T2\" }}).write({data:?}, #{{ layout: \"fets\" }})"
    );
    assert_eq!(run(&["eval", &write]).0, Some(0));
    // Six sources in six clusters: no path has a second source.
    let (code, told) = report(&[&data, &out, "size=12", "draws=0", "clusters=6"]);
    assert_eq!(code, Some(0), "{told}");
    let index = text(&folder, "out/index.md");
    assert!(index.contains("3 tasks of 01, the institution with the fewest cases"), "{index}");
    assert!(index.contains("none: no path of length 2 to `01-T2-NCR`"), "{index}");
    let (code, _) = report(&[&data, &out, "size=12", "targets=none", "clusters=40"]);
    let index = text(&folder, "out/index.md");
    assert!(code == Some(0) && index.contains("There is no target, so there is no path."), "{index}");
    assert!(index.contains("40 clusters are not possible: 9 sources fall into 1 to 9"), "{index}");
    // Without an affinity there is nothing to go on with: the tasks are written, the reason is, and the script fails.
    let (code, told) = report(&[&data, &out, "sise=12"]);
    assert!(code == Some(1) && told.contains("did you mean `size`?"), "{told}");
    assert!(text(&folder, "out/index.md").contains("## No affinity\n\nunknown option `sise`"));
    for (wrong, why) in [
        ("targets=99", "no institution and no task here"),
        ("length=two", "a whole number is wanted"),
        ("length=0", "length=0: 1 or more is wanted, at most 64"),
        ("draws=-1", "draws=-1: 0 or more is wanted"),
        ("weight=abc", "weight=abc: newman, unweighted or length is wanted"),
        ("objectives=core:x", "objectives=core:x: a label value is a whole number, got x"),
        ("objectives=core", "objectives=core: it is written name:value"),
    ] {
        let (code, told) = report(&[&data, &out, wrong]);
        assert!(code == Some(1) && told.contains(why), "{told}");
    }
}

#[test]
fn a_report_of_one_institution_has_an_affinity_and_no_paths() {
    let Some(volumes) = real_volumes("hippocampus") else { return };
    let folder = Folder::new("report-real");
    let row = |n: &str| {
        let file = |kind: &str| volumes.join(kind).join(format!("hippocampus_{n}.nii.gz")).canonicalize().unwrap();
        format!("{n},Vanderbilt,T1,{},{}\n", file("images").display(), file("labels").display())
    };
    let manifest = ["001", "003", "006", "008"].map(row).concat();
    let path = folder.put("cases.csv", format!("case,institution,modality,image,label\n{manifest}").as_bytes());
    let out = folder.file("out").display().to_string();
    let (code, told) = report(&[&path.display().to_string(), &out, "objectives=anterior:1,posterior:2", "size=32"]);
    assert_eq!(code, Some(0), "{told}");
    let index = text(&folder, "out/index.md");
    assert!(index.contains("There is one institution only") && index.contains("H is one number"), "{index}");
    picture(&folder, "out/affinity.png");
    let r = table(&folder, "out/R.csv");
    let across = rows(&r, &[("name", "Vanderbilt-anterior")], "Vanderbilt-posterior")[0];
    assert!(across < rows(&r, &[("name", "Vanderbilt-anterior")], "Vanderbilt-anterior")[0], "{across}");
}
