//! The language, told as small sessions.

#![allow(clippy::unwrap_used)]

use seqtran::script::environment::Host;
use seqtran::script::fault::Fault;
use seqtran::script::session::{Outcome, Session};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A session of cells `st[1]`, `st[2]` ...; what it prints is kept.
pub(crate) struct Told {
    pub(crate) session: Session,
    pub(crate) printed: Arc<Mutex<Vec<String>>>,
    cell: usize,
}

impl Told {
    pub(crate) fn new() -> Self {
        let printed = Arc::new(Mutex::new(Vec::new()));
        let sink = printed.clone();
        let host = Host {
            print: Arc::new(move |text| sink.lock().unwrap().push(text.to_string())),
            args: vec!["A".into(), "B".into()],
            ..Host::quiet()
        };
        Told { session: Session::new(host), printed, cell: 0 }
    }

    pub(crate) fn run(&mut self, text: &str) -> Result<Outcome, Fault> {
        self.cell += 1;
        self.session.eval(text, &format!("st[{}]", self.cell))
    }

    /// The value of a cell as text.
    pub(crate) fn value(&mut self, text: &str) -> String {
        match self.run(text) {
            Ok(outcome) => outcome.text.unwrap_or_default(),
            Err(fault) => panic!("{text}\n{}", fault.pretty()),
        }
    }

    /// The error of a cell as a person sees it.
    pub(crate) fn error(&mut self, text: &str) -> String {
        match self.run(text) {
            Ok(outcome) => panic!("{text} gave {outcome:?}"),
            Err(fault) => fault.pretty(),
        }
    }
}

#[test]
fn variables_functions_and_earlier_values_persist() {
    let mut told = Told::new();
    assert_eq!(told.value("let x = 3; fn twice(n) { n * 2 }"), "");
    assert_eq!(told.value("twice(x)"), "6");
    assert_eq!(told.value("_ + 1"), "7");
    assert_eq!(told.value("[__, _, out(2)]"), "[6, 7, 6]");
    assert_eq!(told.value("switch x { 3 => `three ${_}`, _ => \"other\" }"), "three [6, 7, 6]");
    let outcome = told.run("x + 1;").unwrap();
    assert!(outcome.hidden && outcome.text.as_deref() == Some("4"), "{outcome:?}");
    assert_eq!(told.value("args"), r#"["A", "B"]"#);
    assert_eq!(told.value("let f = |n| twice(n) + x; f.call(1)"), "5");
    assert_eq!(told.value("[1, 2].map(|n| f.call(n))"), "[5, 7]");
    assert_eq!(told.value("const K = 2; K"), "2");
    assert_eq!(told.value("total([1, 2.5, K])"), "5.5");
}

#[test]
fn a_name_that_is_let_again_lets_its_old_value_go() {
    let mut told = Told::new();
    told.value("let a = 1; let b = 2;");
    told.value("let a = \"new\"; let a = 5;");
    let names: Vec<String> = told.session.vars().iter().map(|v| format!("{}={}", v.name, v.line)).collect();
    assert_eq!(names, ["b=2", "a=5"]);
    assert!(told.session.drop_variable("b"));
    assert_eq!(told.session.vars().len(), 1);
}

#[test]
fn a_name_that_is_let_again_takes_no_other_with_it() {
    let mut told = Told::new();
    for cell in ["const K = 1;", "let x = 2;", "let y = 2;", "let y = 3;", "x = 5;"] {
        told.value(cell);
    }
    assert_eq!(told.value("[K, x, y]"), "[1, 5, 3]");
    assert!(told.run("K = 2").is_err());
}

#[test]
fn faults_say_where_and_what_to_do() {
    let mut told = Told::new();
    told.value("let target = 1;");
    assert_eq!(
        told.error("let y = 2;\ntarget + taget"),
        "  x unknown variable `taget`\n  2 | target + taget\n    |          ^^^^^  did you mean `target`?"
    );
    assert_eq!(told.error("sede(7)"), "  x unknown function `sede`\n  1 | sede(7)\n    | ^^^^  did you mean `seed`?");
    assert_eq!(
        told.error("seed(\"a\")"),
        "  x argument `n` of seed must be a whole number, got a text \"a\"\n  1 | seed(\"a\")\n    | ^^^^\n  help: write seed()\n           or seed(n)     (?seed)"
    );
    let text = told.error("let m = #{ alpha: 1 }; m.alhpa");
    assert!(text.contains("the map has no key `alhpa`") && text.contains("did you mean `alpha`?"), "{text}");
    let text = told.error("let z = (1 + ;");
    assert!(text.contains("1 | let z = (1 + ;") && text.contains('^'), "{text}");
    told.value("fn inner(n) { n.nothing }\nfn outer(n) { inner(n) }");
    let text = told.error("outer(1)");
    assert!(text.contains("1 | fn inner(n) { n.nothing }") && text.contains("outer(), called at"), "{text}");
    let text = told.error("total([1, #{}])");
    assert!(text.contains("1 | total([") && text.contains("in total()"), "{text}");
}

#[test]
fn scripts_catch_faults_and_read_them() {
    let mut told = Told::new();
    assert_eq!(told.value("try { seed(-1) } catch (e) { [e.kind, e.message, e.help] }"), "");
    assert_eq!(
        told.value("let got = (); try { seed(-1) } catch (e) { got = [e.kind, e.message, e.help]; } got"),
        r#"["argument", "the seed must be 0 or more, got -1", ""]"#
    );
    assert_eq!(told.value("let got = (); try { nothing(1) } catch (e) { got = e.kind; } got"), "script");
    assert_eq!(told.value("let got = (); try { throw \"mine\" } catch (e) { got = e; } got"), "mine");
    let text = told.error("throw \"mine\"");
    assert!(text.starts_with("  x mine\n"), "{text}");
}

#[test]
fn a_script_and_native_work_stop_when_they_are_told() {
    for text in ["let n = 0; loop { n += 1; }", "sleep(5)", "try { sleep(5) } catch (e) { loop {} }"] {
        // 200 ms are promised; a loaded machine may be late by itself, so no such limit stands here. What this
        // tells apart is work that stops from work that goes on for five seconds or for ever.
        let late = (0..3).map(|_| stopped_after(text)).min().unwrap();
        assert!(late < Duration::from_secs(2), "{text} stopped after {late:?}");
    }
}

/// How long after the flag is raised a cell ends; what was there before is still there.
fn stopped_after(text: &str) -> Duration {
    let mut told = Told::new();
    told.value("let kept = 1;");
    let cancel = told.session.cancel();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(80));
        cancel.raise();
        Instant::now()
    });
    let fault = told.run(text).unwrap_err();
    let late = stopper.join().unwrap().elapsed();
    assert_eq!(fault.kind, "cancelled", "{text}");
    assert_eq!(told.value("kept"), "1");
    late
}

#[test]
fn deep_recursion_is_a_fault_and_not_a_crash() {
    let mut told = Told::new();
    told.value("fn down(n) { if n == 0 { 0 } else { 1 + down(n - 1) } }");
    assert_eq!(told.value("down(300)"), "300");
    let text = told.error("down(100000)");
    assert!(text.contains("too deeply"), "{text}");
}

#[test]
fn cells_are_whole_or_wait_for_more() {
    let session = Told::new().session;
    for whole in
        ["", "1 + 2", "let x = 1;", "if x { 1 }", "let x = ;", "f(1, 2))", "\"open", "// f(", "`a\nb`", "/* a */ 1"]
    {
        assert!(session.is_complete(whole), "{whole:?} is whole");
    }
    for open in ["f(1,", "if x {", "let x = ", "#{ a: 1,", "`text", "/* comment", "[1, 2", "fn f(a) {\n  a +", "x."] {
        assert!(!session.is_complete(open), "{open:?} is not whole");
    }
}

#[test]
fn words_at_the_cursor() {
    let mut told = Told::new();
    told.value("let target = 1; let text = \"abc\";");
    let texts = |completion: seqtran::script::completion::Completion| -> Vec<String> {
        completion.candidates.into_iter().map(|c| c.text).collect()
    };
    assert_eq!(texts(told.session.complete("tar", 3)), ["target"]);
    assert_eq!(texts(told.session.complete("1 + see", 7)), ["seed("]);
    assert!(texts(told.session.complete("text.to_u", 9)).contains(&"to_upper(".to_string()));
    let path = told.session.complete("read_volume(\"data/", 18);
    assert_eq!((path.start, path.path.as_deref()), (13, Some("data/")));
}

#[test]
fn print_shows_values_as_cells_do() {
    let mut told = Told::new();
    told.value("print([1, \"a\", 2.5]); print(\"plain\"); print(`x = ${[1, 2]}`);");
    assert_eq!(*told.printed.lock().unwrap(), ["[1, \"a\", 2.5]", "plain", "x = [1, 2]"]);
}

#[test]
fn imports_stay_for_the_next_cells() {
    let folder = std::env::temp_dir().join(format!("seqtran-import-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("mine.rhai"), "fn half(x) { x / 2.0 }").unwrap();
    let mut told = Told::new();
    told.value(&format!("import {:?} as mine;", folder.join("mine").display().to_string()));
    assert_eq!(told.value("mine::half(3)"), "1.5");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_wrong_option_is_underlined_with_the_right_one_beside_it() {
    let mut told = Told::new();
    told.value("let tasks = phantom_tasks(#{ cases: 1, size: 12 }); let target = tasks[\"16-T2-NCR\"];");
    told.value("let g = source_graph(affinity(tasks.except_institution(\"16\"), [target], #{ size: 12 }));");
    told.value("let c = g.cluster(3);");
    assert_eq!(
        told.error("best_path(g, c, target, #{ lenght: 2 })"),
        "  x unknown option `lenght` for best_path\n  \
         1 | best_path(g, c, target, #{ lenght: 2 })\n    \
         |                            ^^^^^^  did you mean `length`?\n  \
         help: options: length = 2, representative = \"size\", min_cases = 1     (?best_path)"
    );
    let text = told.error("best_path(c, g, target)");
    assert!(text.contains("argument `graph` of best_path must be a Graph, got a Clusters"), "{text}");
    let text = told.error("target.nme");
    assert!(text.contains("a Task has no `.nme`") && text.contains("did you mean `name`?"), "{text}");
    let text = told.error("tasks.except_instituton(\"16\")");
    assert!(text.contains("did you mean `except_institution`?"), "{text}");
    let text = told.error("best_path(g, c, target, #{ length: \"two\" })");
    assert!(text.contains("option `length` of best_path must be a whole number, 1 to 64, got \"two\""), "{text}");
    let text = told.error("target.cases()");
    assert!(text.contains("`cases` is a property: write .cases without brackets"), "{text}");
}

#[test]
fn whole_numbers_are_numbers_everywhere() {
    let mut told = Told::new();
    assert_eq!(told.value("[mean([1, 2]), wasserstein([0], [1.5])]"), "[1.5, 1.5]");
    assert_eq!(told.value("assert_close(1, 1.0, 0); assert_close([1], [1.25], 1)"), "");
    let a = "affinity(phantom_tasks(#{ cases: 1, size: 12, shift: 1 }), [], #{ size: 12, alpha: 1, beta: 0 })";
    assert_eq!(told.value(&format!("{a}.cost.at(\"01-T2-NCR\", \"01-T2-ED\")")), "0.0");
}

#[test]
fn a_panic_is_reported_and_the_session_lives_on() {
    let mut told = Told::new();
    told.value("let kept = 7;");
    let text = told.error("let x = []; x.pad(1 << 62, 0);");
    assert!(text.starts_with("  x a panic: capacity overflow"), "{text}");
    assert_eq!(told.value("kept"), "7");
}

#[test]
fn the_shipped_scripts_parse() {
    let mut told = Told::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "rhai") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        if let Err(fault) = told.session.check(&text, &path.display().to_string()) {
            panic!("{}\n{}", path.display(), fault.pretty());
        }
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn a_stopped_training_leaves_its_network() {
    let mut told = Told::new();
    told.value("let t = phantom_tasks(#{ cases: 2, size: 12 })[\"16-T2-NCR\"];");
    let cancel = told.session.cancel();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(600));
        cancel.raise();
        Instant::now()
    });
    let fault = told.run("train(t, #{ epochs: 10000, steps: 2, base: 4, stages: 2 })").unwrap_err();
    let late = stopper.join().unwrap().elapsed();
    assert!(late < Duration::from_secs(10), "stopped after {late:?}");
    assert_eq!((fault.kind, fault.kept), ("cancelled", true));
    assert!(told.value("_.lineage[0]").contains("interrupted"));
}

#[test]
fn keys_of_option_maps_and_members_are_offered_by_type() {
    let mut told = Told::new();
    told.value("let tasks = phantom_tasks(#{ cases: 1, size: 12 }); let target = tasks[0];");
    let texts = |told: &Told, text: &str| -> Vec<String> {
        told.session.complete(text, text.len()).candidates.into_iter().map(|c| c.text).collect()
    };
    assert_eq!(texts(&told, "target.obj"), ["objective"]);
    assert_eq!(texts(&told, "tasks.filter(|t| true).sum"), ["summary("]);
    assert_eq!(texts(&told, "tasks[0].mod"), ["modality"]);
    assert_eq!(texts(&told, "affinity(tasks, [], #{ size: 12, re"), ["reading: "]);
    assert!(!texts(&told, "affinity(tasks, [], #{ size: 12, ").contains(&"size: ".to_string()));
    let found = told.session.complete("best_path(g, c, target, #{ len", 30);
    assert_eq!((found.candidates[0].text.as_str(), found.candidates[0].hint.as_str()), ("length: ", "= 2"));
}

#[test]
fn help_shows_usage_options_and_an_example() {
    let told = Told::new();
    let text = told.session.help("affinity").unwrap();
    for part in [
        "affinity(sources, targets, options) -> Affinity",
        "reading = \"dissimilarity\"",
        "example",
        "Equations 1 to 5",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(told.session.help("Task").unwrap().contains("task.take(n)"));
    assert!(told.session.help("").unwrap().contains("phantom_tasks"));
    assert!(told.session.help("nonsense").is_none());
    assert!(told.session.source("total").unwrap().starts_with("/// The sum"));
    assert!(told.session.apropos("wasserstein").contains("affinity"));
}
