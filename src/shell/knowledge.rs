//! What the editor may know: the language and the variables of the session, commands, and paths.

use super::command::{self, COMMANDS};
use super::insight::{Candidate, Insight};
use super::line::{self, Line};
use super::paths;
use crate::script::session::Session;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The running session, asked while a person types.
pub struct Knowledge {
    session: Arc<Mutex<Session>>,
}

/// A hint longer than this is cut.
const HINT: usize = 76;

impl Knowledge {
    /// What is known from a session.
    #[must_use]
    pub fn of(session: Arc<Mutex<Session>>) -> Self {
        Knowledge { session }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn code(&self, text: &str, cursor: usize) -> (usize, Vec<Candidate>) {
        let found = self.session().complete(text, cursor);
        if let Some(path) = found.path {
            let (kept, candidates) = paths::complete(&path);
            return (found.start + kept, candidates);
        }
        let shown = |text: &str, hint: &str| {
            if hint.starts_with('=') { format!("{}{hint}", text.replace(':', "")) } else { text.into() }
        };
        let candidate = |found: crate::script::completion::Candidate| Candidate {
            shown: shown(&found.text, &found.hint),
            text: found.text,
        };
        (found.start, found.candidates.into_iter().map(candidate).collect())
    }
}

impl Insight for Knowledge {
    fn is_complete(&self, text: &str) -> bool {
        match line::read(text) {
            Line::Code(code) => self.session().is_complete(code),
            _ => true,
        }
    }

    fn complete(&self, text: &str, cursor: usize) -> (usize, Vec<Candidate>) {
        let before = &text[..cursor];
        if let Some(rest) = before.trim_start().strip_prefix(':') {
            let start = cursor - rest.len();
            let Some((name, argument)) = rest.split_once(' ') else {
                let names = COMMANDS.iter().filter(|command| command.name.starts_with(rest));
                return (start, names.map(|command| Candidate::plain(command.name)).collect());
            };
            if command::takes_path(name) {
                let (kept, candidates) = paths::complete(argument);
                return (cursor - argument.len() + kept, candidates);
            }
        }
        let asks = text.len() - text.trim_start_matches([' ', '?']).len();
        let (start, mut candidates) = self.code(text, cursor);
        if asks > 0 && text.trim_start().starts_with('?') {
            for candidate in &mut candidates {
                candidate.text = candidate.text.trim_end_matches('(').into();
            }
        }
        (start, candidates)
    }

    fn hint(&self, text: &str, cursor: usize) -> Option<String> {
        let before = text[..cursor].trim_end_matches('(');
        let opened = before.len() < cursor;
        if !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') || text.starts_with([':', '?']) {
            return None;
        }
        let found = self.session().complete(before, before.len());
        let word = &before[found.start..];
        let exact = |text: &str| text.trim_end_matches('(') == word && (opened == text.ends_with('(') || !opened);
        let candidate = found.candidates.into_iter().find(|candidate| exact(&candidate.text))?;
        if !candidate.text.ends_with('(') {
            return None;
        }
        let usage = candidate.hint.split_once('(').map_or("", |(_, arguments)| arguments);
        let hint = if opened { usage.to_string() } else { format!("({usage}   {}", candidate.about) };
        let cut: String = hint.chars().take(HINT).collect();
        // A closing bracket alone says nothing.
        (cut.trim().len() > 1).then(|| cut.trim_end().to_string())
    }
}
