//! What may stand at the cursor: names, members of the value's real type, option keys with defaults.

use super::reflect::{Entry, Reference};
use super::tokens::{Piece, pieces};
use rhai::{Engine, Token};

/// A word that may stand at the cursor.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What is put in.
    pub text: String,
    /// How it is called, or its default.
    pub hint: String,
    /// One sentence on it.
    pub about: String,
}

/// What may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Completion {
    /// Byte where the word under the cursor begins.
    pub start: usize,
    /// The words that may stand there, sorted.
    pub candidates: Vec<Candidate>,
    /// The text so far when the cursor is inside a string: complete it as a path.
    pub path: Option<String>,
}

const KEYWORDS: [&str; 18] = [
    "let", "const", "if", "else", "for", "in", "while", "loop", "break", "continue", "return", "fn", "switch", "try",
    "catch", "throw", "import", "true",
];

/// Candidates at byte `at`. `type_of` knows the variables' types.
pub fn complete(
    engine: &Engine,
    reference: &Reference,
    session: &[Entry],
    variables: &[&str],
    type_of: &dyn Fn(&str) -> Option<String>,
    text: &str,
    at: usize,
) -> Completion {
    let before = &text[..at.min(text.len())];
    if let Some(path) = open_string(before) {
        return Completion { start: at - path.len(), candidates: Vec::new(), path: Some(path.to_string()) };
    }
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |n| n + before[n..].chars().next().map_or(1, char::len_utf8));
    let word = &before[start..];
    let tokens = pieces(engine, &before[..start]);
    let mut candidates = if matches!(tokens.last().map(|p| &p.token), Some(Token::Period)) {
        members(reference, session, type_of, &tokens[..tokens.len() - 1])
    } else if let Some(open) = open_options(&tokens) {
        let used: Vec<&str> = tokens[open..].iter().filter_map(Piece::name).collect();
        let function = tokens[open - 1].name().unwrap_or_default();
        let first = type_at_end(reference, type_of, first_argument(&tokens, open));
        let first = first.map(|kind| super::kinds::plain_type(&kind)).filter(|kind| !kind.is_empty());
        let options = reference.options(function, first.as_deref());
        let options = options.into_iter().filter(|o| !used.contains(&o.name));
        options
            .map(|o| Candidate { text: format!("{}: ", o.name), hint: format!("= {}", o.default), about: o.meaning() })
            .collect()
    } else {
        names(reference, session, variables, type_of)
    };
    candidates.retain(|c| c.text.starts_with(word));
    candidates.sort_by(|a, b| a.text.cmp(&b.text));
    candidates.dedup_by(|a, b| a.text == b.text);
    Completion { start, candidates, path: None }
}

/// The text since the quote, when the end is inside a `"string"`.
fn open_string(before: &str) -> Option<&str> {
    let mut open = None;
    let mut escaped = false;
    let mut comment = false;
    let mut last = ' ';
    for (at, letter) in before.char_indices() {
        match letter {
            '\n' => (open, escaped, comment) = (None, false, false),
            _ if comment => {}
            _ if escaped => escaped = false,
            '\\' if open.is_some() => escaped = true,
            '"' => open = if open.is_some() { None } else { Some(at + 1) },
            '/' if last == '/' && open.is_none() => comment = true,
            _ => {}
        }
        last = letter;
    }
    open.map(|at| &before[at..])
}

/// What is written before the dot of a call, or as its first argument; `open` is where its bracket stands.
fn first_argument(tokens: &[Piece], open: usize) -> &[Piece] {
    if open >= 2 && matches!(tokens[open - 2].token, Token::Period) {
        return &tokens[..open - 2];
    }
    let mut depth = 0_i64;
    let rest = &tokens[open + 1..];
    let end = rest.iter().position(|piece| match piece.token {
        Token::LeftParen | Token::LeftBracket | Token::LeftBrace | Token::MapStart => {
            depth += 1;
            false
        }
        Token::RightParen | Token::RightBracket | Token::RightBrace => {
            depth -= 1;
            false
        }
        Token::Comma => depth == 0,
        _ => false,
    });
    &rest[..end.unwrap_or(0)]
}

/// The bracket of the call whose option map is open at the end, if the next word would be a key of it.
fn open_options(tokens: &[Piece]) -> Option<usize> {
    if !matches!(tokens.last()?.token, Token::MapStart | Token::Comma) {
        return None;
    }
    let (mut round, mut curly, mut square) = (0_i64, 0_i64, 0_i64);
    let mut inside = false;
    for (at, piece) in tokens.iter().enumerate().rev() {
        match piece.token {
            Token::RightParen => round += 1,
            Token::RightBrace => curly += 1,
            Token::RightBracket => square += 1,
            Token::LeftBracket => square -= 1,
            Token::MapStart if curly == 0 && !inside => inside = true,
            Token::LeftBrace | Token::MapStart => curly -= 1,
            Token::LeftParen if round == 0 && inside => {
                return tokens.get(at.checked_sub(1)?)?.name().map(|_| at);
            }
            Token::LeftParen => round -= 1,
            _ => {}
        }
        if square < 0 || (round < 0) || curly < 0 {
            return None;
        }
    }
    None
}

fn members(
    reference: &Reference,
    session: &[Entry],
    type_of: &dyn Fn(&str) -> Option<String>,
    receiver: &[Piece],
) -> Vec<Candidate> {
    let _ = session;
    let Some(kind) = type_at_end(reference, type_of, receiver) else { return Vec::new() };
    let kind = super::kinds::plain_type(&kind);
    reference.members(&kind).map(candidate).collect()
}

fn candidate(entry: &Entry) -> Candidate {
    let brackets = if entry.property { "" } else { "(" };
    Candidate { text: format!("{}{brackets}", entry.name), hint: entry.usage(), about: entry.summary().into() }
}

fn names(
    reference: &Reference,
    session: &[Entry],
    variables: &[&str],
    type_of: &dyn Fn(&str) -> Option<String>,
) -> Vec<Candidate> {
    let plain = |text: &str, hint: String| Candidate { text: text.into(), hint, about: String::new() };
    let mut all: Vec<Candidate> = variables.iter().map(|v| plain(v, type_of(v).unwrap_or_default())).collect();
    all.extend(session.iter().map(candidate));
    all.extend(reference.documented().filter(|e| !e.property && !e.is_method()).map(candidate));
    all.extend(KEYWORDS.iter().map(|word| plain(word, String::new())));
    all
}

/// The type of the expression the tokens end with: a variable, a call, and properties and methods of these.
fn type_at_end(reference: &Reference, type_of: &dyn Fn(&str) -> Option<String>, tokens: &[Piece]) -> Option<String> {
    let last = tokens.last()?;
    match &last.token {
        Token::StringConstant(_) | Token::InterpolatedString(_) => return Some("string".into()),
        Token::RightBracket => {
            let open = opening(tokens)?;
            let kind = type_at_end(reference, type_of, &tokens[..open]);
            return match kind.as_deref() {
                None => Some("array".into()),
                Some("Tasks") => Some("Task".into()),
                Some(_) => None,
            };
        }
        Token::RightBrace => return Some("map".into()),
        _ => {}
    }
    let (name_at, call) = match last.token {
        Token::RightParen => (opening(tokens)?.checked_sub(1)?, true),
        // `()` is one token.
        Token::Unit => (tokens.len().checked_sub(2)?, true),
        _ => (tokens.len() - 1, false),
    };
    let name = tokens.get(name_at)?.name()?;
    let dotted = name_at > 0 && matches!(tokens[name_at - 1].token, Token::Period);
    if !dotted && !call {
        return type_of(name);
    }
    let receiver = if dotted { type_at_end(reference, type_of, &tokens[..name_at - 1]) } else { None };
    let found = reference.entries().iter().filter(|e| e.name == name && e.property != call && !e.returns.is_empty());
    let fits = |e: &&Entry| receiver.is_none() || e.arguments.first().map(|(_, k)| k.as_str()) == receiver.as_deref();
    found.filter(fits).map(|e| e.returns.clone()).next()
}

/// Where the bracket that the tokens end with was opened.
fn opening(tokens: &[Piece]) -> Option<usize> {
    let mut depth = 0_i64;
    tokens.iter().enumerate().rev().find_map(|(at, piece)| {
        match piece.token {
            Token::RightParen | Token::RightBracket | Token::RightBrace => depth += 1,
            Token::LeftParen | Token::LeftBracket | Token::LeftBrace | Token::MapStart => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}
