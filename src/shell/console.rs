//! The two streams a person reads: values on standard output, errors and bars on standard error.

use super::bars::Bars;
use super::style::{Palette, Role};
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::Arc;

/// Columns of a line where no terminal says how many there are.
pub const COLUMNS: usize = 100;

/// Standard output and standard error, each with colours only where it is a terminal.
#[derive(Clone)]
pub struct Console {
    bars: Arc<Bars>,
    out: Palette,
    err: Palette,
    terminal: bool,
}

impl Console {
    /// The console of this process.
    #[must_use]
    pub fn standard() -> Self {
        Console {
            bars: Arc::new(Bars::on_stderr()),
            out: Palette::of(&std::io::stdout()),
            err: Palette::of(&std::io::stderr()),
            terminal: std::io::stdout().is_terminal(),
        }
    }

    /// The bars that share its screen.
    #[must_use]
    pub fn bars(&self) -> Arc<Bars> {
        self.bars.clone()
    }

    /// Fits the bars to a window of so many columns.
    pub fn fit(&self, width: usize) {
        self.bars.fit(width);
    }

    /// Whether standard output is a terminal.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// How standard output is painted.
    #[must_use]
    pub fn palette(&self) -> Palette {
        self.out
    }

    /// How standard error is painted.
    #[must_use]
    pub fn error_palette(&self) -> Palette {
        self.err
    }

    /// A line on standard output.
    pub fn say(&self, text: &str) {
        self.bars.suspend(|| write(&mut std::io::stdout().lock(), &format!("{text}\n")));
    }

    /// A line on standard output in a low voice.
    pub fn whisper(&self, text: &str) {
        self.say(&self.out.paint(Role::Quiet, text));
    }

    /// A line on standard error.
    pub fn complain(&self, text: &str) {
        self.bars.suspend(|| write(&mut std::io::stderr().lock(), &format!("{text}\n")));
    }

    /// Codes for the terminal, as they are.
    pub fn emit(&self, codes: &str) {
        self.bars.suspend(|| write(&mut std::io::stdout().lock(), codes));
    }
}

/// Writes it all. When nobody reads any more, as in `seqtran run x | head`, there is nothing left to do for anyone, so
/// the program ends quietly.
fn write(stream: &mut impl Write, text: &str) {
    let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    if written.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        std::process::exit(0);
    }
}
