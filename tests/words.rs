//! What the language says when something is wrong, and what it offers.

#![allow(clippy::unwrap_used)]

use super::scripts::Told;
use seqtran::script::environment::Host;
use seqtran::script::session::Session;

const SMALL: &str = "let tasks = phantom_tasks(#{ cases: 3, size: 12 }); let t = tasks[\"16-T2-NCR\"]; \
    let a = affinity(tasks.except_institution(\"16\"), [t], #{ size: 12, intensity: \"minmax\", reading: \"minmax\" }); \
    let g = source_graph(a); let c = g.cluster(3); let p = best_path(g, c, t);";

fn small() -> Told {
    let mut told = Told::new();
    told.value(SMALL);
    told
}

/// The whole fault, line by line.
fn says(told: &mut Told, text: &str, lines: &[&str]) {
    assert_eq!(told.error(text).lines().collect::<Vec<_>>(), lines, "{text}");
}

fn has(told: &mut Told, text: &str, parts: &[&str]) {
    let fault = told.error(text);
    for part in parts {
        assert!(fault.contains(part), "{text}: no {part:?} in\n{fault}");
    }
}

#[test]
fn an_option_out_of_range_says_its_range_and_default_under_its_key() {
    let mut told = small();
    let lines = [
        "  x option `length` must be 1 to 64, got 0",
        "  1 | best_path(g, c, t, #{ length: 0 })",
        "    |                       ^^^^^^",
        "  help: length = 2 by default, 1 to 64     (?best_path)",
    ];
    says(&mut told, "best_path(g, c, t, #{ length: 0 })", &lines);
    for (call, message, help) in [
        ("best_path(g, c, t, #{ length: -3 })", "must be 1 to 64, got -3", "length = 2 by default, 1 to 64"),
        ("paths(g, c, t, #{ top: 0 })", "`top` must be 1 to 100000, got 0", "top = 10 by default"),
        ("stability(g, c, t, #{ draws: -1 })", "must be 1 to 1000000, got -1", "draws = 200 by default"),
        ("stability(g, c, t, #{ spread: 0.5 })", "must be 1 to 1000000, got 0.5", "spread = 2 by default"),
        ("g.cluster(2, #{ ties: -1 })", "must be 0 to 0.1, got -1", "(?cluster)"),
        ("budget(g, c, t, #{ longest: 0 })", "must be 1 to 16, got 0", "longest = 3 by default, 1 to 16"),
        ("c.representatives(#{ min_cases: -1 })", "must be 1 or more, got -1", "min_cases = 1 by default, 1 or more"),
        ("g.cluster(2, #{ weight: \"newmann\" })", "one of \"newman\", \"unweighted\"", "did you mean \"newman\"?"),
        (
            "g.cluster(2, #{ method: \"leiden\" })",
            "one of \"girvan_newman\", \"louvain\"",
            "method = \"girvan_newman\" by",
        ),
        ("affinity(tasks, [], #{ alpha: -1, reading: \"minmax\" })", "`alpha` must be 0 or more", "(?affinity)"),
        ("affinity(tasks, [], #{ size: [1, 2] })", "got an array [1, 2]", "size = 128 by default"),
        ("train(t, #{ augment: \"mirrr\" })", "no augmentation \"mirrr\"", "augmentations: none"),
        ("pca_scores(t.case(0).image, #{ variance: 1 })", "must be above 0 and below 1, got 1", "variance = 0.75"),
    ] {
        has(&mut told, call, &[message, help]);
    }
    // A script that catches it is told as much.
    let text = told.value("let h = (); try { best_path(g, c, t, #{ length: 0 }) } catch (e) { h = e.help; } h");
    assert_eq!(text, "length = 2 by default, 1 to 64     (?best_path)");
    // A variable of the option's name elsewhere is not underlined.
    let text = told.error("let length = 9; best_path(g, c, t, #{ length: 0 })");
    assert!(text.contains(&format!("\n    | {}^^^^^^\n", " ".repeat(38))), "{text}");
}

#[test]
fn an_argument_is_shown_and_its_range_said_at_once() {
    let mut told = small();
    for (call, message) in [
        ("g.cluster(-1)", "argument `k` of cluster must be 1 to 18, got -1"),
        ("g.cluster(99)", "argument `k` of cluster must be 1 to 18, got 99"),
        ("g.cluster(2.5)", "argument `k` of cluster must be a whole number, got a number 2.5"),
        ("g.cluster(\"3\")", "got a text \"3\""),
        ("let half = 2.5; g.cluster(half)", "got a number 2.5"),
        ("g.levels(1, 2)", "levels takes 0 or 1 arguments, got 2"),
        ("c.of()", "of takes 1 argument, got 0"),
        ("seed(1, 2)", "seed takes 0 or 1 arguments, got 2"),
    ] {
        has(&mut told, call, &[message]);
    }
    assert_eq!(told.value("g.levels().len()"), "18");
}

#[test]
fn help_leads_on() {
    let mut told = small();
    for (call, parts) in [
        ("c.of(\"01-T2-NRC\")", ["no group holds \"01-T2-NRC\"", "did you mean \"01-T2-NCR\"?"]),
        ("c.of(\"zz\")", ["no group holds \"zz\"", "help: `.groups` has the names of its 18 nodes"]),
        ("graph_from_edges([[\"a\", \"b\", 1], [\"b\", \"b\", 1]])", ["`edges[1]`", "help: an edge joins two nodes"]),
        ("graph_from_edges([[\"a\", \"b\", 1], [\"b\", \"a\", 1]])", ["`edges[1]`", "edges have no direction"]),
        ("graph_from_edges([[\"a\", \"b\", 1], [\"b\"]])", ["`edges[1]`", "got an array [\"b\"]"]),
        ("graph_from_edges([]).cluster(2)", ["without nodes", "help: give it at least one edge"]),
        ("graph_from_edges([]).levels()", ["without nodes", "help: give it at least one edge"]),
        ("path_of(g, [\"01-T2-NCR\"])", ["got 1 name", "help: write [source, .., target]"]),
        (
            "best_path(g, c, tasks[\"16-T2-ED\"])",
            ["`16-T2-ED` is not among the targets", "add_targets([tasks[\"16-T2-ED\"]])"],
        ),
        (
            "graph_from_edges([[\"a\", \"b\", -2]]).cluster(2, #{ method: \"louvain\" })",
            ["1/(1 + T)", "T > -1, got -2"],
        ),
        ("tune_weights(table(\"x\"))", ["no column `target`: the table has no columns", "help: its rows make them"]),
        ("judge(table(\"x\"), \"c\")", ["the table has no columns", "help:"]),
        ("a.cost.save(\"x.xls\")", ["x.xls: a matrix is saved as .csv, .md or .tex, got `.xls`", "help:"]),
    ] {
        has(&mut told, call, &parts);
    }
}

#[test]
fn words_of_the_language_are_quoted_as_keys() {
    let mut told = Told::new();
    for word in ["with", "in", "for", "switch"] {
        let part = format!("help: quote it: \"{word}\"");
        has(&mut told, &format!("let m = #{{ a: 1, {word}: 2 }};"), &[&part]);
        assert_eq!(told.value(&format!("#{{ \"{word}\": 2 }}.len()")), "1");
    }
}

#[test]
fn options_are_those_of_the_overload() {
    let told = small();
    let page = seqtran::cli::page::page(Session::new(Host::quiet()).reference());
    let section = |usage: &str| -> String {
        let at = page.find(usage).unwrap_or_else(|| panic!("{usage} is not on the page"));
        page[at + 1..].split("\n#").next().unwrap().to_owned()
    };
    let graph = section("### `graph.plot(clusters, options)");
    assert!(graph.contains("| `path` | `none`") && !graph.contains("`slice`"), "{graph}");
    let affinity = section("### `affinity.plot(options)");
    assert!(affinity.contains("| `order` |") && !affinity.contains("`title`"), "{affinity}");
    assert!(section("### `volume.plot(options)").contains("| `slice` |"));
    assert!(!section("### `plot(array)").contains("**Options**"));
    assert!(page.contains("| `length` | `2` | sources on the path; 1 to 64 |"));

    let offered = |text: &str| -> Vec<String> {
        told.session.complete(text, text.len()).candidates.into_iter().map(|c| c.text).collect()
    };
    assert_eq!(offered("plot(g, c, #{ "), ["path: ", "title: "]);
    assert_eq!(offered("plot(source_graph(a), c, #{ path: p, "), ["title: "]);
    assert_eq!(offered("plot(a, #{ "), ["order: "]);
    assert_eq!(offered("a.plot(#{ "), ["order: "]);
    assert!(offered("plot(t.case(0).image, #{ ").contains(&"slice: ".to_string()));
    assert!(offered("plot([1], #{ ").is_empty());
    assert_eq!(offered("tasks.summary().sort_d"), ["sort_down("]);
    let help = told.session.help("plot").unwrap();
    let after = |usage: &str| help[help.find(usage).unwrap()..].split("options\n").nth(1).unwrap().to_owned();
    assert!(after("graph.plot(clusters, options)").trim_start().starts_with("path = none"), "{help}");
}

#[test]
fn what_if_asks_for_what_is_named() {
    let mut told = small();
    let mut changes = |options: &str| told.value(&format!("what_if(g, c, t, #{{ {options} }}).column(\"change\")"));
    assert_eq!(changes("without: \"01\""), r#"["now", "without 01"]"#);
    assert_eq!(changes("weights: [[1, 2]]"), r#"["now", "alpha 1, beta 2"]"#);
    assert_eq!(changes("weights: [], without: []"), r#"["now"]"#);
    assert_eq!(changes("left_out: \"01\", bring_in: \"01\""), r#"["now", "bring in 01"]"#);
    assert!(changes("left_out: \"01\"").contains("\"bring in 01\", \"without 18\""));
    assert_eq!(changes("").matches("alpha").count(), 4);
    for (options, parts) in [
        ("weights: [[-1, 2]]", ["option `weights`: `alpha` must be 0 or more, got -1", "^^^^^^^"]),
        ("weights: [1, 2]", ["must be an array of [alpha, beta], got an array [1, 2]", "help: weights ="]),
        ("bring_in: \"01\"", ["option `bring_in`: `01` is not in `left_out`", "left_out: \"01\""]),
        ("left_out: \"01\", without: \"01\"", ["option `without`: `01` is in `left_out`", "help:"]),
    ] {
        has(&mut told, &format!("what_if(g, c, t, #{{ {options} }})"), &parts);
    }
    // Equal costs that were added up in another order differ by rounding.
    let saved = told.value("what_if(g, c, t).where(|r| r.same == \"yes\").column(\"saved\").all(|x| x == 0.0)");
    assert_eq!(saved, "true");
}

#[test]
fn a_function_may_read_the_value_that_calls_it() {
    let mut told = small();
    for (text, value) in [
        ("let x = [1, 2]; x.map(|i| x[0] + i)", "[2, 3]"),
        ("let m = #{ b: 3 }; m.keys().map(|key| m[key])", "[3]"),
        ("tasks.names.map(|n| tasks[n].cases).len()", "27"),
        ("fn counts(ts) { ts.names.map(|n| ts[n].cases) } counts(tasks).len()", "27"),
        ("[1, 2].map(|y| { let z = [y, 5]; z.map(|i| z[0] + i) })", "[[2, 6], [4, 7]]"),
        ("let k = [1, 2]; [5].map(|z| k.map(|i| k[0] + i + z))", "[[7, 8]]"),
        ("let m = #{ a: [1, 2] }; m.a.map(|i| m.a[0] + i)", "[2, 3]"),
        ("let y = [1, 2]; `${y.map(|i| y[0] + i)}`", "[2, 3]"),
        ("let v = [1]; v.push(2); v.map(|i| v.len() + i)", "[3, 4]"),
        ("args.map(|word| `${args[0]}${word}`)", "[\"AA\", \"AB\"]"),
        ("const K = [1, 2]; K.map(|i| K[1] + i)", "[3, 4]"),
    ] {
        assert_eq!(told.value(text), value, "{text}");
    }
    let text = told.error("let w = [3, 1]; w.retain(|i| w.len() > i)");
    assert!(text.contains("a function reads the value that calls it") && text.contains("^^^^^^"), "{text}");
    assert!(text.contains("help: give what it reads a name of its own"), "{text}");
}

#[test]
fn lengths_that_are_too_great_are_refused() {
    let mut told = Told::new();
    told.value("let huge = graph_from_edges([[\"a\", \"b\", 1e307], [\"b\", \"c\", 1]]);");
    for call in [
        "levels()",
        "cluster(2, #{ weight: \"length\" })",
        "cluster(2, #{ method: \"louvain\" })",
        "cluster(2, #{ method: \"spectral\" })",
    ] {
        has(&mut told, &format!("huge.{call}"), &["every T must be 1e100 or less, got 1e307 between `a` and `b`"]);
    }
    assert_eq!(told.value("huge.cluster(2, #{ weight: \"unweighted\" }).groups.len()"), "2");
}

#[test]
fn a_matrix_is_written_as_its_name_says() {
    let mut told = small();
    let folder = std::env::temp_dir().join(format!("seqtran-words-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (ending, begins) in [("csv", ","), ("md", "| name | "), ("tex", "\\begin{tabular}")] {
        let path = folder.join(format!("h.{ending}"));
        told.value(&format!("a.image.save({:?})", path.display().to_string()));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(begins), "{ending}: {text}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn tables_are_whole_where_nobody_scrolls() {
    let cell = "let t = table(\"t\"); for n in 0..40 { t = t.add(#{ n: n, text: `word ${n}` }); } t";
    let long = "table(\"t\").add(#{ a: 1.5, path: \"01-T2-NCR -> 18-T2-NCR -> 06-T1ce-NCR -> 01-T1ce-NCR -> 18-T1ce-ED -> 06-T1ce-ED -> 01-T1ce-ED -> 16-T2-NCR\" })";
    let mut whole = Session::new(Host { whole: true, ..Host::quiet() });
    let mut cut = Session::new(Host::quiet());
    let text = |session: &mut Session, cell: &str| session.eval(cell, "cell").unwrap().text.unwrap();
    assert_eq!(text(&mut whole, cell).lines().count(), 42);
    assert!(text(&mut cut, cell).contains("... 16 rows hidden"));
    assert!(text(&mut whole, long).ends_with("01-T1ce-ED -> 16-T2-NCR"));
    let shown = text(&mut cut, long);
    assert!(shown.contains("...") && shown.ends_with("16-T2-NCR") && shown.contains("1.5"), "{shown}");
}
