//! What a typed line is: a command, a question, or code.

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

/// A name as help knows it: letters, digits and `_`, or a method as `Tasks.filter`.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

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
