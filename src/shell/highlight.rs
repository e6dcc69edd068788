//! Source text in colours: a quick reading of words, good enough while a person types.

use super::style::{Palette, Role};

/// Words of the language.
pub const KEYWORDS: [&str; 28] = [
    "let",
    "const",
    "if",
    "else",
    "switch",
    "while",
    "loop",
    "do",
    "until",
    "for",
    "in",
    "continue",
    "break",
    "return",
    "throw",
    "try",
    "catch",
    "fn",
    "private",
    "import",
    "export",
    "as",
    "this",
    "true",
    "false",
    "is_def_var",
    "is_def_fn",
    "type_of",
];

/// The text with its words painted; the visible characters are the same.
#[must_use]
pub fn highlight(text: &str, palette: Palette) -> String {
    let mut painted = String::with_capacity(text.len() * 2);
    for (role, piece) in pieces(text) {
        match role {
            // An escape code that spans a line end would colour whatever the editor writes there.
            Some(role) => {
                let lines: Vec<String> = piece.split('\n').map(|line| palette.paint(role, line)).collect();
                painted.push_str(&lines.join("\n"));
            }
            None => painted.push_str(piece),
        }
    }
    painted
}

/// The text cut into pieces, each with what it is; joined again they are the text.
#[must_use]
pub fn pieces(text: &str) -> Vec<(Option<Role>, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (role, length) = if rest.starts_with("//") {
            (Some(Role::Quiet), rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (Some(Role::Quiet), rest.find("*/").map_or(rest.len(), |end| end + 2))
        } else if matches!(first, '"' | '`') {
            (Some(Role::Text), quoted(rest, first))
        } else if first.is_ascii_digit() {
            (Some(Role::Number), number(rest))
        } else if is_letter(first) {
            let length = rest.find(|c: char| !is_letter(c) && !c.is_ascii_digit()).unwrap_or(rest.len());
            (word(&rest[..length], &rest[length..]), length)
        } else {
            (None, first.len_utf8())
        };
        found.push((role, &rest[..length]));
        rest = &rest[length..];
    }
    found
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn word(word: &str, after: &str) -> Option<Role> {
    if KEYWORDS.contains(&word) {
        Some(Role::Keyword)
    } else if after.starts_with('(') {
        Some(Role::Call)
    } else {
        None
    }
}

/// The length of a text in quotes, to its end or to the end of the input.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if letter == quote => return at + letter.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// The length of a number; the dots of `0..3` are not part of it.
fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let inside = match bytes[at] {
            b'.' => bytes.get(at + 1).is_some_and(u8::is_ascii_digit),
            b'+' | b'-' => matches!(bytes[at - 1], b'e' | b'E'),
            letter => letter.is_ascii_alphanumeric() || letter == b'_',
        };
        if !inside {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn roles(text: &str) -> Vec<(Role, &str)> {
        pieces(text).into_iter().filter_map(|(role, piece)| Some((role?, piece))).collect()
    }

    #[test]
    fn words_numbers_and_texts_are_told_apart() {
        let found = roles("let a = f(1.5e-3, \"x\\\"y\") // end\nfor i in 0..3");
        let wanted = [
            (Role::Keyword, "let"),
            (Role::Call, "f"),
            (Role::Number, "1.5e-3"),
            (Role::Text, "\"x\\\"y\""),
            (Role::Quiet, "// end"),
            (Role::Keyword, "for"),
            (Role::Keyword, "in"),
            (Role::Number, "0"),
            (Role::Number, "3"),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_text_over_two_lines_is_painted_line_by_line() {
        assert_eq!(highlight("`a\nb`", Palette::COLOURS), "\x1b[32m`a\x1b[0m\n\x1b[32mb`\x1b[0m");
    }

    proptest! {
        #[test]
        fn no_character_is_lost(text in ".{0,60}") {
            let joined: String = pieces(&text).into_iter().map(|(_, piece)| piece).collect();
            prop_assert_eq!(&joined, &text);
            prop_assert_eq!(highlight(&text, Palette::PLAIN), text);
        }
    }
}
