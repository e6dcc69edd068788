//! What a typed line is: a command, a question, or code.

use super::highlight::pieces;
use super::style::Role;

/// A line, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'t> {
    /// Nothing.
    Empty,
    /// `:name argument`.
    Command(&'t str, &'t str),
    /// `?name` or `name?`.
    Help(&'t str),
    /// `??name`.
    Source(&'t str),
    /// Code.
    Code(&'t str),
}

/// Takes a cell apart.
#[must_use]
pub fn read(cell: &str) -> Line<'_> {
    let text = cell.trim();
    if text.is_empty() {
        Line::Empty
    } else if let Some(rest) = text.strip_prefix(':') {
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Line::Command(name, argument.trim())
    } else if let Some(name) = text.strip_prefix("??") {
        Line::Source(name.trim())
    } else if let Some(name) = text.strip_prefix('?') {
        Line::Help(name.trim())
    } else if let Some(name) = text.strip_suffix('?').filter(|name| is_name(name.trim_end_matches('?'))) {
        match name.strip_suffix('?') {
            Some(name) => Line::Source(name),
            None => Line::Help(name),
        }
    } else {
        Line::Code(text)
    }
}

/// The variable that the last statement makes: `a` of `let b = 1; let a = f(b)`.
#[must_use]
pub fn assigned(code: &str) -> Option<&str> {
    let mut depth = 0_i32;
    let mut name = None;
    let mut begun = false;
    let mut made = false;
    for (role, piece) in pieces(code) {
        if role == Some(Role::Quiet) || piece.trim().is_empty() {
            continue;
        }
        match piece {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            ";" if depth == 0 => {
                (name, begun, made) = (None, false, false);
                continue;
            }
            _ => {}
        }
        if !begun {
            (begun, made) = (true, matches!(piece, "let" | "const"));
        } else if made && name.is_none() {
            name = Some(piece);
        }
    }
    name
}

/// A name as help knows it: letters, digits and `_`, or a method as `Tasks.filter`.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_a_cell_ends_with_is_found() {
        assert_eq!(assigned("let a = f(1)"), Some("a"));
        assert_eq!(assigned("let b = 1; const a = #{ x: |y| { let z = y; z } } // so"), Some("a"));
        assert_eq!(assigned("let a = 1; a + 1"), None);
        assert_eq!(assigned("let a = 1;"), None);
        assert_eq!(assigned("fn f() { let a = 1 }"), None);
    }

    #[test]
    fn lines_are_told_apart() {
        assert_eq!(read("  "), Line::Empty);
        assert_eq!(read(":quit"), Line::Command("quit", ""));
        assert_eq!(read(":time  a + b"), Line::Command("time", "a + b"));
        assert_eq!(read("?affinity"), Line::Help("affinity"));
        assert_eq!(read("affinity?"), Line::Help("affinity"));
        assert_eq!(read("Tasks.filter?"), Line::Help("Tasks.filter"));
        assert_eq!(read("??affinity"), Line::Source("affinity"));
        assert_eq!(read("affinity??"), Line::Source("affinity"));
        assert_eq!(read("a + b"), Line::Code("a + b"));
        assert_eq!(read("\"what?\" + x?"), Line::Code("\"what?\" + x?"));
    }
}
