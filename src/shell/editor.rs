//! The line editor: cells of many lines, history, colours, hints and Tab.

use super::cell::{self, CONTINUATION, Enter};
use super::highlight::highlight;
use super::insight::{Candidate, Insight};
use super::style::{Palette, Role};
use crate::base::error::{Error, Result};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter, HistoryHinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, CompletionType, ConditionalEventHandler, Config, Context, Event, EventContext, EventHandler, Helper, KeyCode,
    KeyEvent, Modifiers, Movement, RepeatCount,
};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Cells the history file keeps.
const REMEMBERED: usize = 5000;

/// What came from the keyboard.
#[derive(Debug, PartialEq, Eq)]
pub enum Entry {
    /// A whole cell, as source text.
    Cell(String),
    /// Ctrl-C at the prompt.
    Interrupted,
    /// Ctrl-D at an empty prompt.
    End,
}

/// The line editor with its history.
pub struct Editor {
    inner: rustyline::Editor<Assistant, DefaultHistory>,
    file: Option<PathBuf>,
}

impl Editor {
    /// An editor that asks `insight` about what is typed and keeps its history in `file`.
    ///
    /// # Errors
    /// When the terminal cannot be set up.
    pub fn new(insight: Arc<dyn Insight>, palette: Palette, file: Option<PathBuf>) -> Result<Self> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .bell_style(rustyline::config::BellStyle::None)
            .tab_stop(4)
            .max_history_size(REMEMBERED)
            .map_err(trouble)?
            .build();
        let mut inner = rustyline::Editor::with_config(config).map_err(trouble)?;
        for key in [Key::Enter, Key::Backspace, Key::Home, Key::Tab] {
            for event in key.events() {
                let handler = Box::new(Handler { key, insight: insight.clone() });
                inner.bind_sequence(event, EventHandler::Conditional(handler));
            }
        }
        inner.set_helper(Some(Assistant { insight, palette, past: HistoryHinter::new() }));
        let mut editor = Editor { inner, file };
        editor.recall();
        Ok(editor)
    }

    /// Reads what is typed after `prompt`, where `draft` stands already.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn read(&mut self, prompt: &str, draft: &str) -> Result<Entry> {
        let read = if draft.is_empty() {
            self.inner.readline(prompt)
        } else {
            self.inner.readline_with_initial(prompt, (draft, ""))
        };
        match read {
            Ok(text) => {
                self.remember(&text);
                Ok(Entry::Cell(cell::source(&text)))
            }
            Err(ReadlineError::Interrupted) => Ok(Entry::Interrupted),
            Err(ReadlineError::Eof) => Ok(Entry::End),
            Err(ReadlineError::Signal(_)) => Ok(Entry::Interrupted),
            Err(other) => Err(trouble(other)),
        }
    }

    /// The size of the terminal in columns and rows.
    pub fn size(&mut self) -> Option<(usize, usize)> {
        self.inner.dimensions().map(|(columns, rows)| (usize::from(columns), usize::from(rows)))
    }

    /// Loads the history; a session without one, or with one it cannot read, starts empty.
    fn recall(&mut self) {
        if let Some(file) = self.file.as_deref().filter(|file| file.exists()) {
            let _ = self.inner.load_history(file);
        }
    }

    /// Adds a cell to the history and its file at once, so that a crash forgets nothing.
    fn remember(&mut self, text: &str) {
        let added = !text.trim().is_empty() && self.inner.add_history_entry(text.trim_end()).unwrap_or(false);
        let Some(file) = self.file.as_deref().filter(|_| added) else { return };
        let _ = file.parent().map(std::fs::create_dir_all);
        if self.inner.append_history(file).is_err() {
            self.file = None;
        }
    }
}

/// The size of the terminal that standard output is, in columns and rows.
#[must_use]
pub fn terminal_size() -> Option<(usize, usize)> {
    let mut bare = rustyline::Editor::<(), DefaultHistory>::new().ok()?;
    bare.dimensions().map(|(columns, rows)| (usize::from(columns), usize::from(rows)))
}

/// Where the history is kept: `SEQTRAN_HISTORY`, else the state folder of the user; an empty variable keeps none.
#[must_use]
pub fn history_file() -> Option<PathBuf> {
    if let Some(chosen) = std::env::var_os("SEQTRAN_HISTORY") {
        return (!chosen.is_empty()).then(|| chosen.into());
    }
    let state = std::env::var_os("XDG_STATE_HOME").filter(|folder| Path::new(folder).is_absolute());
    let folder = state.map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".local/state")))?;
    Some(folder.join("seqtran").join("history"))
}

fn trouble(error: ReadlineError) -> Error {
    Error::internal(format!("the terminal cannot be read: {error}"))
}

/// A key whose meaning depends on the cell.
#[derive(Clone, Copy)]
enum Key {
    Enter,
    Backspace,
    Home,
    Tab,
}

impl Key {
    fn events(self) -> Vec<KeyEvent> {
        let bare = |code| KeyEvent(code, Modifiers::NONE);
        match self {
            Key::Enter => vec![bare(KeyCode::Enter), KeyEvent::ctrl('J'), KeyEvent::ctrl('M')],
            Key::Backspace => vec![bare(KeyCode::Backspace), KeyEvent::ctrl('H')],
            Key::Home => vec![bare(KeyCode::Home), KeyEvent::ctrl('A')],
            Key::Tab => vec![bare(KeyCode::Tab)],
        }
    }
}

struct Handler {
    key: Key,
    insight: Arc<dyn Insight>,
}

impl ConditionalEventHandler for Handler {
    fn handle(&self, _: &Event, times: RepeatCount, _: bool, at: &EventContext<'_>) -> Option<Cmd> {
        let (text, cursor) = (at.line(), at.pos());
        match self.key {
            Key::Enter => Some(match cell::enter(text, cursor, |cell| self.insight.is_complete(cell)) {
                Enter::Submit => Cmd::AcceptLine,
                Enter::Insert(line) => Cmd::Insert(1, line),
            }),
            Key::Backspace => match cell::backspace(text, cursor) {
                wide if wide > 1 && times == 1 => Some(Cmd::Kill(Movement::BackwardChar(wide))),
                _ => None,
            },
            Key::Home => match cell::column(text, cursor)? {
                0 => Some(Cmd::Noop),
                column => Some(Cmd::Move(Movement::BackwardChar(column))),
            },
            Key::Tab => {
                // At the start of a continued line Tab indents; anywhere else it completes.
                let line = text[..cursor].rfind('\n').map(|end| &text[end + 1..cursor])?;
                line.trim().is_empty().then(|| Cmd::Insert(1, "  ".into()))
            }
        }
    }
}

/// What the editor asks while a person types.
struct Assistant {
    insight: Arc<dyn Insight>,
    palette: Palette,
    past: HistoryHinter,
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, candidates) = self.insight.complete(line, pos);
        let pair = |Candidate { shown, text }| Pair { display: shown, replacement: text };
        Ok((start, candidates.into_iter().map(pair).collect()))
    }
}

/// A hint: the rest of an earlier cell, which the right arrow takes, or a remark that is only read.
struct Whisper {
    shown: String,
    taken: Option<String>,
}

impl Hint for Whisper {
    fn display(&self) -> &str {
        &self.shown
    }
    fn completion(&self) -> Option<&str> {
        self.taken.as_deref()
    }
}

impl Hinter for Assistant {
    type Hint = Whisper;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<Whisper> {
        if pos < line.len() || line.is_empty() {
            return None;
        }
        if let Some(remark) = self.insight.hint(line, pos) {
            return Some(Whisper { shown: format!("  {remark}"), taken: None });
        }
        let rest = self.past.hint(line, pos, context)?;
        let first = rest.split('\n').next().unwrap_or_default();
        (!first.is_empty()).then(|| Whisper { shown: first.into(), taken: Some(rest.clone()) })
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if !cell::has_margin(line) {
            return Cow::Owned(highlight(line, self.palette));
        }
        let margin = format!("\n{}", " ".repeat(CONTINUATION.len()));
        let painted = highlight(&line.replace(&margin, "\n"), self.palette);
        let prompt = format!("\n{}", self.palette.paint(Role::Quiet, CONTINUATION));
        Cow::Owned(painted.replace('\n', &prompt))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(self.palette.paint(Role::Prompt, prompt))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.palette.paint(Role::Quiet, hint))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

/// For terminals without line editing, where the Enter key is not ours.
impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let whole = text.ends_with("\n\n\n") || text.trim().is_empty() || self.insight.is_complete(text);
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}
