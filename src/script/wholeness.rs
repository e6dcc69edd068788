//! Whether a cell is whole, or more lines are to come.

use super::tokens::offset;
use rhai::{Engine, ParseErrorType};

/// Whether the text is a whole cell: it parses, or it is wrong in a way that more lines would not mend.
#[must_use]
pub fn is_whole(engine: &Engine, text: &str) -> bool {
    if text.trim().is_empty() {
        return true;
    }
    if open_at_end(text) {
        return false;
    }
    let Err(error) = engine.compile(text) else { return true };
    if matches!(error.err_type(), ParseErrorType::UnexpectedEOF) {
        return false;
    }
    let position = error.position();
    let end = text.trim_end().len();
    let past_the_end = position.is_none() || offset(text, position).is_none_or(|at| at >= end);
    !past_the_end
}

/// Whether the text ends inside a backtick string or a block comment; these span lines.
fn open_at_end(text: &str) -> bool {
    let mut letters = text.chars().peekable();
    let mut comments = 0;
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        match (letter, next) {
            ('/', Some('*')) => {
                letters.next();
                comments += 1;
            }
            ('*', Some('/')) if comments > 0 => {
                letters.next();
                comments -= 1;
            }
            _ if comments > 0 => {}
            ('/', Some('/')) => while letters.next_if(|c| *c != '\n').is_some() {},
            ('"' | '\'', _) => {
                while let Some(inside) = letters.next() {
                    match inside {
                        '\\' => {
                            letters.next();
                        }
                        '\n' => break,
                        _ if inside == letter => break,
                        _ => {}
                    }
                }
            }
            ('`', _) if letters.by_ref().all(|c| c != '`') => return true,
            _ => {}
        }
    }
    comments > 0
}
