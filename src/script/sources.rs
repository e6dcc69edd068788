//! The texts a session has read: where a function was written, and what stands at a position.

use super::call;
use super::fault::Place;
use super::tokens::{Piece, offset, pieces};
use rhai::{Engine, Position};
use std::collections::HashMap;

/// One text.
pub struct Source {
    /// A file, or `st[3]`.
    pub name: String,
    /// What it says.
    pub text: String,
    /// Whether a person of this session wrote it (the library is not).
    pub own: bool,
}

/// All texts, and which of them defined a function last.
#[derive(Default)]
pub struct Sources {
    texts: Vec<Source>,
    functions: HashMap<String, usize>,
}

impl Sources {
    /// Adds a text.
    pub fn add(&mut self, name: &str, text: &str, own: bool) -> usize {
        self.texts.push(Source { name: name.into(), text: text.into(), own });
        self.texts.len() - 1
    }

    /// Notes that a text defines functions.
    pub fn defines<'a>(&mut self, source: usize, functions: impl Iterator<Item = &'a str>) {
        for name in functions {
            self.functions.insert(name.into(), source);
        }
    }

    /// Which text defines a function.
    #[must_use]
    pub fn defining(&self, function: &str) -> Option<usize> {
        self.functions.get(function).copied()
    }

    /// A text by its number.
    #[must_use]
    pub fn get(&self, source: usize) -> &Source {
        &self.texts[source]
    }

    /// The lines of a script function with its doc comment.
    #[must_use]
    pub fn definition(&self, engine: &Engine, function: &str) -> Option<String> {
        let text = &self.get(self.defining(function)?).text;
        let tokens = pieces(engine, text);
        let at =
            tokens.windows(2).position(|w| matches!(w[0].token, rhai::Token::Fn) && w[1].name() == Some(function))?;
        let mut depth = 0_i64;
        let close = tokens[at..].iter().find(|piece| {
            match piece.token {
                rhai::Token::LeftBrace | rhai::Token::MapStart => depth += 1,
                rhai::Token::RightBrace => depth -= 1,
                _ => return false,
            }
            depth == 0
        })?;
        let (first, last) = (tokens[at].position.line()?, close.position.line()?);
        let lines: Vec<&str> = text.lines().collect();
        let docs = lines[..first - 1].iter().rev().take_while(|line| line.trim_start().starts_with("///")).count();
        Some(lines[first - 1 - docs..last.min(lines.len())].join("\n"))
    }

    /// The place of a position, underlining the first word of `focus` that stands in the call there, else what stands there.
    #[must_use]
    pub fn place(&self, engine: &Engine, source: usize, position: Position, focus: &[Box<str>]) -> Option<Place> {
        let Source { name, text, .. } = self.get(source);
        let tokens = pieces(engine, text);
        let start = offset(text, position)?;
        let found = focus.iter().find_map(|word| focused(text, &tokens, position, word));
        let (at, width) = found.unwrap_or_else(|| (start, width_at(text, &tokens, position)));
        let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
        Some(Place {
            source: name.clone(),
            line: text[..at].matches('\n').count() + 1,
            column: text[line_start..at].chars().count() + 1,
            width: width.max(1),
            text: text[line_start..].lines().next().unwrap_or_default().to_string(),
        })
    }
}

/// Where `word` stands in the call at `position`, or behind that if there is no call: its byte offset and width in
/// characters. The key of a map comes before other words.
fn focused(text: &str, tokens: &[Piece], position: Position, word: &str) -> Option<(usize, usize)> {
    let start = tokens.iter().position(|piece| piece.position >= position)?;
    let close = call::end(tokens, start).unwrap_or(tokens.len() - 1);
    let is_key = |at: &usize| tokens.get(at + 1).is_some_and(|next| matches!(next.token, rhai::Token::Colon));
    let found: Vec<usize> = (start..=close).filter(|&at| tokens[at].word() == Some(word)).collect();
    let at = *found.iter().find(|at| is_key(at)).or(found.first())?;
    let quoted = matches!(tokens[at].token, rhai::Token::StringConstant(_));
    Some((offset(text, tokens[at].position)?, word.chars().count() + if quoted { 2 } else { 0 }))
}

fn width_at(text: &str, tokens: &[Piece], position: Position) -> usize {
    let here = tokens.iter().find(|piece| piece.position == position);
    let quoted = here.is_some_and(|piece| matches!(piece.token, rhai::Token::StringConstant(_)));
    match here.and_then(Piece::word) {
        Some(word) => word.chars().count() + if quoted { 2 } else { 0 },
        None => offset(text, position).map_or(1, |at| {
            let rest = text[at..].chars();
            rest.take_while(|c| c.is_alphanumeric() || *c == '_').count().max(1)
        }),
    }
}
