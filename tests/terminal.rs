//! The shell in a real terminal, driven by keys alone.

mod tmux;

use std::time::Instant;
use tmux::Terminal;

#[test]
fn cells_are_typed_completed_and_corrected() {
    let Some(terminal) = Terminal::open("") else { return };
    // What a cell makes is shown, in a line.
    assert!(terminal.cell(1, "let a = 40").contains("let a = 40\n40\nst[2]>"));
    assert!(terminal.cell(2, "a + 2").contains("\n42\nst[3]>"));
    // A cell goes on until it is whole.
    terminal.line("let m = #{");
    terminal.see("\n  ...>");
    terminal.line("  deep: a,");
    terminal.line("};");
    terminal.cell(4, "m.deep");
    // A typo says what was meant, in colour.
    terminal.line("sede(1)");
    let screen = terminal.prompt(6);
    assert!(screen.contains("unknown function `sede`"), "{screen}");
    assert!(screen.contains("^^^^  did you mean `seed`?"), "{screen}");
    assert!(terminal.coloured().contains("\x1b[1m\x1b[31m"), "{}", terminal.coloured());
    // The value of a cell that ends with a semicolon is hidden; two empty lines run a cell that is not whole.
    assert!(!terminal.cell(6, "a * 1000;").contains("\n40000"));
    terminal.line("a +");
    terminal.line("");
    terminal.line("");
    terminal.see("script is incomplete");
    terminal.prompt(8);
    // The history holds whole cells.
    for _ in 0..5 {
        terminal.press("Up");
    }
    terminal.see("st[8]> let m = #{\n  ...>   deep: a,\n  ...> };");
    terminal.press("C-c");
    terminal.prompt(8);
    terminal.press("C-d");
    terminal.see("left with 0");
    let history = std::fs::read_to_string(terminal.folder().join("history")).unwrap();
    assert!(history.contains("a + 2"), "{history}");
}

#[test]
fn tab_and_questions_show_what_there_is() {
    let Some(terminal) = Terminal::open("") else { return };
    terminal.prompt(1);
    terminal.keys("see");
    terminal.press("Tab");
    terminal.see("st[1]> seed(");
    terminal.press("C-u");
    terminal.line("let tally = #{ one: 1 }");
    terminal.prompt(2);
    terminal.keys("tal");
    terminal.press("Tab");
    terminal.see("st[2]> tally");
    terminal.press("C-u");
    // Paths inside a text, and commands.
    std::fs::write(terminal.folder().join("brain.nii.gz"), "").unwrap();
    terminal.keys("\"bra");
    terminal.press("Tab");
    terminal.see("st[2]> \"brain.nii.gz");
    terminal.press("C-u");
    terminal.keys(":ap");
    terminal.press("Tab");
    terminal.see("st[2]> :apropos");
    terminal.press("C-u");
    for question in ["?seed", "seed?"] {
        terminal.line(question);
        terminal.see("Sets the seed of every random draw after this line.");
        terminal.line(":keys");
        terminal.see("Ctrl-R    searches the history");
        terminal.press("C-l");
        terminal.prompt(2);
    }
    terminal.line("?sede");
    terminal.see("did you mean ?seed");
    terminal.line(":hsitory");
    terminal.see("did you mean :history?");
    terminal.line(":vars");
    terminal.see("tally  map");
    terminal.line(":quit");
    terminal.see("left with 0");
}

#[test]
fn ctrl_c_stops_the_cell_and_nothing_else() {
    let Some(terminal) = Terminal::open("") else { return };
    terminal.cell(1, "let kept = 12345");
    terminal.cell(2, "fn forever() { let n = 0; loop { n += 1; } }");
    for (number, code) in [(3, "sleep(600)"), (4, "forever()")] {
        terminal.prompt(number);
        terminal.line(code);
        terminal.wait("the cell to run", |screen| screen.lines().last().is_some_and(|line| line.contains(code)));
        std::thread::sleep(std::time::Duration::from_millis(300));
        let pressed = Instant::now();
        terminal.press("C-c");
        terminal.prompt(number + 1);
        assert!(pressed.elapsed().as_secs() < 10, "{:?}", pressed.elapsed());
    }
    assert!(terminal.screen().contains("every variable keeps its value"));
    assert!(terminal.cell(5, "kept").contains("\n12345\n"));
    // At the prompt it only drops what is typed.
    terminal.keys("half a cell");
    terminal.press("C-c");
    terminal.prompt(6);
    terminal.press("C-c");
    terminal.see("Ctrl-D or :quit leaves");
    assert!(terminal.cell(6, "kept + 1").contains("\n12346\n"));
    terminal.press("C-d");
    terminal.see("left with 0");
}

#[test]
fn pasted_lines_wait_for_enter() {
    let Some(terminal) = Terminal::open("") else { return };
    terminal.prompt(1);
    terminal.paste("let first = 1;\nlet second = 2;\n    print(\"ran\");\nfirst + second");
    let screen = terminal.see("first + second");
    assert!(!screen.contains("\nran"), "{screen}");
    terminal.press("Enter");
    assert!(terminal.prompt(2).contains("\nran\n3\nst[2]>"));
    // As one cell it comes back, and as a script it is saved.
    terminal.line(":save kept.rhai");
    terminal.see("1 cells in kept.rhai");
    let saved = std::fs::read_to_string(terminal.folder().join("kept.rhai")).unwrap();
    assert_eq!(saved, "let first = 1;\nlet second = 2;\n    print(\"ran\");\nfirst + second;\n");
    terminal.line(":run kept.rhai");
    terminal.prompt(3);
}

/// The quickstart, typed line by line, with smaller networks and grids.
#[test]
fn the_method_is_typed_line_by_line_and_a_training_is_stopped() {
    let Some(terminal) = Terminal::open("--plot text") else { return };
    let lines = [
        "seed(7)",
        "let tasks = phantom_tasks(#{ preset: \"tiny\" })",
        "let target = tasks[\"16-T2-NCR\"]",
        "let sources = tasks.except_institution(\"16\")",
        "let a = affinity(sources, [target], #{ size: 24, intensity: \"minmax\", reading: \"minmax\", k1: 0.01, k2: 0.03 })",
        "plot(a).save(\"affinity.png\")",
        "let g = source_graph(a); let c = g.cluster(3)",
        "let path = best_path(g, c, target)",
    ];
    for (at, line) in lines.iter().enumerate() {
        terminal.cell(at + 1, line);
    }
    let screen = terminal.screen();
    for part in ["Tasks  27 tasks", "Affinity  19 tasks", "Path  ", "-> 16-T2-NCR"] {
        assert!(screen.contains(part), "no `{part}` in:\n{screen}");
    }
    assert!(terminal.folder().join("affinity.png").metadata().unwrap().len() > 1000);
    // A wrong option is underlined, with the right one.
    terminal.line("best_path(g, c, target, #{ lenght: 2 })");
    terminal.see("^^^^^^  did you mean `length`?");
    // Tab knows the members of the value's type and the options with their defaults.
    terminal.keys("path.exp");
    terminal.press("Tab");
    terminal.see("st[10]> path.explain(");
    terminal.press("C-u");
    terminal.keys("affinity(sources, #{ ");
    terminal.press("Tab");
    terminal.see("variance = 0.75");
    terminal.press("C-u");
    terminal.press("C-l");
    terminal.line("?affinity");
    terminal.wait("the help on affinity", |screen| screen.contains("affinity(") && screen.contains("options"));
    terminal.press("C-l");
    // Three strategies to a table; a figure as the last value goes to a file too.
    terminal.cell(10, "let opts = #{ recipe: \"quick\", base: 4, stages: 2, epochs: 1, steps: 2, source_cases: 3 }");
    terminal.line("let runs = compare(#{ scratch: scratch(target, opts), sequential: sequential(path, opts) }); runs");
    let screen = terminal.prompt(12);
    assert!(screen.contains("scratch") && screen.contains("dice"), "{screen}");
    terminal.line("plot(runs)");
    terminal.see("plots/cell-12.png");
    assert!(terminal.folder().join("plots/cell-12.png").metadata().unwrap().len() > 1000);
    // Ctrl-C in a training keeps every variable and the network so far.
    terminal.press("C-l");
    terminal.prompt(13);
    terminal.line("let long = scratch(target, #{ recipe: \"quick\", base: 4, stages: 2, epochs: 100000 })");
    terminal.see("   eta ");
    terminal.press("C-c");
    let screen = terminal.prompt(14);
    assert!(screen.contains("every variable keeps its value"), "{screen}");
    assert!(terminal.cell(14, "_").contains("U-Net"), "{}", terminal.screen());
    assert!(terminal.cell(15, "path").contains("-> 16-T2-NCR"));
}
