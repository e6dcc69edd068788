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
