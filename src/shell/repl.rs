//! The loop of the shell: read a cell, run it, show what it gave.

use super::command::{self, Next};
use super::console::{COLUMNS, Console};
use super::desk::Desk;
use super::echo::Echo;
use super::editor::{Editor, Entry, history_file};
use super::graphics::Mode;
use super::interrupt::Interrupt;
use super::knowledge::Knowledge;
use super::line::{self, Line};
use super::report;
use crate::base::error::Result;
use crate::script::environment::Host;
use crate::script::session::Session;
use std::sync::{Arc, Mutex};

const GREETING: &str = ":help lists the commands, ? all names, Tab completes, Ctrl-D leaves";

/// Opens the shell and stays until the person leaves.
///
/// # Errors
/// When the terminal or the handler of Ctrl-C cannot be set up.
pub fn open(host: Host, console: Console, mode: Mode) -> Result<()> {
    let session = Session::new(host);
    let interrupt = Interrupt::listen(session.cancel(), console.clone(), false)?;
    let session = Arc::new(Mutex::new(session));
    let knowledge = Arc::new(Knowledge::of(session.clone()));
    let mut editor = Editor::new(knowledge, console.palette(), history_file())?;
    let mut desk = Desk::new(session, interrupt, console, mode);
    desk.console.say(&format!("seqtran {}", env!("CARGO_PKG_VERSION")));
    desk.console.whisper(GREETING);
    let _echo = Echo::without_control_letters();
    converse(&mut desk, &mut editor)
}

fn converse(desk: &mut Desk, editor: &mut Editor) -> Result<()> {
    let mut draft = String::new();
    let mut interrupted = false;
    loop {
        desk.fit(editor.size().map_or(COLUMNS, |(columns, _)| columns));
        let entry = editor.read(&format!("st[{}]> ", desk.next), &draft)?;
        draft.clear();
        let again = std::mem::replace(&mut interrupted, entry == Entry::Interrupted);
        let cell = match entry {
            Entry::Cell(cell) => cell,
            Entry::End => return Ok(()),
            Entry::Interrupted => {
                if again {
                    desk.console.whisper("  Ctrl-D or :quit leaves");
                }
                continue;
            }
        };
        match answer(desk, &cell) {
            Ok(Next::Prompt) => {}
            Ok(Next::Edit(source)) => draft = source,
            Ok(Next::Leave) => return Ok(()),
            Err(error) => report::error(&desk.console, &error),
        }
    }
}

fn answer(desk: &mut Desk, cell: &str) -> Result<Next> {
    match line::read(cell) {
        Line::Empty => {}
        Line::Command(name, argument) => return command::run_command(desk, name, argument),
        Line::Help(topic) => command::describe(desk, topic)?,
        Line::Source(topic) => command::show_source(desk, topic)?,
        // What people type who know other shells; a variable of that name goes first.
        Line::Code(word @ ("help" | "quit" | "exit")) if !desk.session().vars().iter().any(|v| v.name == word) => {
            return command::run_command(desk, if word == "help" { "help" } else { "quit" }, "");
        }
        Line::Code(code) => desk.cell(code),
    }
    Ok(Next::Prompt)
}
