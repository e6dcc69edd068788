//! The desk a person works at: the session, what was typed so far, and how results are shown.

use super::cache;
use super::console::Console;
use super::graphics::Mode;
use super::interrupt::Interrupt;
use super::line;
use super::report;
use super::timing;
use crate::base::error::Kind;
use crate::script::fault::Fault;
use crate::script::session::{Outcome, Session};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A cell that was run.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Its number in the prompt.
    pub number: usize,
    /// Its source.
    pub source: String,
    /// Whether it ran to its end.
    pub fine: bool,
}

/// See the module.
pub struct Desk {
    session: Arc<Mutex<Session>>,
    interrupt: Interrupt,
    /// Where results are written.
    pub console: Console,
    /// How figures are shown.
    pub mode: Mode,
    /// Whether every cell says how long it took, not only the slow ones.
    pub always_time: bool,
    /// Columns of the window.
    pub width: usize,
    /// The cells so far.
    pub cells: Vec<Cell>,
    /// Figures that went to files.
    pub plots: Vec<PathBuf>,
    /// The number of the next cell.
    pub next: usize,
}

impl Desk {
    /// An empty desk.
    #[must_use]
    pub fn new(session: Arc<Mutex<Session>>, interrupt: Interrupt, console: Console, mode: Mode) -> Self {
        Desk {
            session,
            interrupt,
            console,
            mode,
            always_time: false,
            width: super::console::COLUMNS,
            cells: Vec::new(),
            plots: Vec::new(),
            next: 1,
        }
    }

    /// The session.
    pub fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fits values to a window of so many columns.
    pub fn fit(&mut self, width: usize) {
        self.width = width;
        self.console.fit(width);
        self.session().set_width(width.saturating_sub(1));
    }

    /// Runs a cell that was typed and shows what it gave.
    pub fn cell(&mut self, source: &str) {
        let number = self.next;
        let fine = self.run(source, &format!("st[{number}]"), self.always_time).is_some();
        self.cells.push(Cell { number, source: source.into(), fine });
    }

    /// Runs code and shows what it gave; its outcome when it ran to its end.
    pub fn run(&mut self, source: &str, name: &str, timed: bool) -> Option<Outcome> {
        let started = Instant::now();
        let outcome = self.quietly(source, name)?;
        self.show(source, &outcome, started.elapsed(), timed);
        Some(outcome)
    }

    /// Runs code and shows only its fault, if it has one.
    pub fn quietly(&mut self, source: &str, name: &str) -> Option<Outcome> {
        let session = self.session.clone();
        let started = Instant::now();
        let result = self.interrupt.during(|| {
            let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
            session.eval(source, name)
        });
        self.next += 1;
        let store = self.session().store();
        cache::tell_trouble(&store, &self.console);
        match result {
            Ok(outcome) => return Some(outcome),
            Err(fault) if fault.kind == Kind::Cancelled.name() => {
                let time = timing::spoken(started.elapsed());
                // Over the `^C` that the terminal has shown.
                self.console.emit("\r");
                let told = with_kept(fault).help.map_or_else(String::new, |help| format!("; {help}"));
                self.console.whisper(&format!("  stopped after {time}; every variable keeps its value{told}"));
            }
            Err(fault) => report::fault(&self.console, &with_kept(fault)),
        }
        None
    }

    fn show(&mut self, source: &str, outcome: &Outcome, took: Duration, timed: bool) {
        let shown = !outcome.hidden;
        if let Some(figure) = outcome.figure.as_ref().filter(|_| shown) {
            let monitor = self.session().monitor();
            let name = format!("cell {}", self.next - 1);
            let png = self.interrupt.during(|| figure.png(&monitor));
            let show = |png: Vec<u8>| report::figure(&self.console, self.mode, (figure, &png), self.width, &name);
            match png.and_then(show) {
                Ok(path) => self.plots.extend(path),
                Err(problem) if problem.kind() == Kind::Cancelled => {
                    self.console.emit("\r");
                    self.console.whisper("  the figure is not drawn: stopped");
                }
                Err(problem) => report::error(&self.console, &problem),
            }
        }
        let value = outcome.text.clone().filter(|_| shown && outcome.figure.is_none());
        let text = value.or_else(|| self.assigned(source).filter(|_| shown)).unwrap_or_default();
        let with_time = if timed { timing::always_beside } else { timing::beside };
        let text = with_time(&text, took, self.width);
        if !text.is_empty() {
            self.console.say(&text);
        }
    }

    /// The line of the variable that the cell ends by making.
    fn assigned(&self, source: &str) -> Option<String> {
        let name = line::assigned(source)?;
        let variables = self.session().vars();
        variables.into_iter().find(|variable| variable.name == name).map(|variable| variable.line)
    }
}

/// Says where to find what stopped work had made.
fn with_kept(mut fault: Fault) -> Fault {
    if fault.kept {
        let help = fault.help.take().map_or_else(String::new, |help| format!("; {help}"));
        fault.help = Some(format!("the network so far is in `_`{help}").into());
    }
    fault
}
