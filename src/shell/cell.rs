//! A cell as it stands in the editor: its first line after the prompt, each further line after a continuation prompt
//! whose width the line really has in spaces, so that the cursor stands where the terminal shows it.

/// What is drawn over the leading spaces of the second and further lines.
pub const CONTINUATION: &str = "  ...> ";

/// Whether every further line leaves room for the continuation prompt: so it is when it was typed here, and mostly
/// not so when it was pasted.
#[must_use]
pub fn has_margin(cell: &str) -> bool {
    cell.split('\n').skip(1).all(|line| margin(line) == CONTINUATION.len())
}

/// The leading spaces of a line that belong to the continuation prompt.
fn margin(line: &str) -> usize {
    line.bytes().take(CONTINUATION.len()).take_while(|&b| b == b' ').count()
}

/// The source text of a cell, without the room for the continuation prompts.
#[must_use]
pub fn source(cell: &str) -> String {
    let text = if has_margin(cell) { cell.replace(&format!("\n{}", spaces()), "\n") } else { cell.into() };
    text.trim_end().into()
}

fn spaces() -> String {
    " ".repeat(CONTINUATION.len())
}

/// What the Enter key does.
#[derive(Debug, PartialEq, Eq)]
pub enum Enter {
    /// The cell is handed over.
    Submit,
    /// This text goes in at the cursor.
    Insert(String),
}

/// A cell is handed over when `complete` says so, or after two empty lines at its end.
pub fn enter(cell: &str, cursor: usize, complete: impl Fn(&str) -> bool) -> Enter {
    let mut last = cell.rsplit('\n');
    let two_empty = last.next().is_some_and(|line| line.trim().is_empty())
        && last.next().is_some_and(|line| line.trim().is_empty());
    if cell.trim().is_empty() || (two_empty && cursor == cell.len()) || complete(&source(cell)) {
        return Enter::Submit;
    }
    Enter::Insert(if has_margin(cell) { format!("\n{}", spaces()) } else { "\n".into() })
}

/// How many characters Backspace takes: a whole continuation prompt with its line end, else one.
#[must_use]
pub fn backspace(cell: &str, cursor: usize) -> u16 {
    match column(cell, cursor) {
        Some(0) => CONTINUATION.len() as u16 + 1,
        _ => 1,
    }
}

/// Characters between the continuation prompt and the cursor; none on a line without one.
#[must_use]
pub fn column(cell: &str, cursor: usize) -> Option<u16> {
    let start = cell[..cursor].rfind('\n')? + 1;
    let text = start + CONTINUATION.len();
    if !has_margin(cell) || cursor < text {
        return None;
    }
    u16::try_from(cell[text..cursor].chars().count()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types keys as the editor would: `\n` is Enter, `<` is Backspace.
    fn typed(keys: &str) -> (String, bool) {
        let complete = |text: &str| text.matches('{').count() == text.matches('}').count();
        let mut cell = String::new();
        for key in keys.chars() {
            match key {
                '\n' => match enter(&cell, cell.len(), complete) {
                    Enter::Submit => return (source(&cell), true),
                    Enter::Insert(text) => cell.push_str(&text),
                },
                '<' => cell.truncate(cell.len() - usize::from(backspace(&cell, cell.len()))),
                key => cell.push(key),
            }
        }
        (cell, false)
    }

    #[test]
    fn a_cell_goes_on_until_it_is_complete() {
        assert_eq!(typed("1\n"), ("1".into(), true));
        assert_eq!(typed("f({\n  a\n})\n"), ("f({\n  a\n})".into(), true));
        assert_eq!(typed("f({\n"), ("f({\n       ".into(), false));
        assert_eq!(typed("\n"), (String::new(), true));
    }

    #[test]
    fn two_empty_lines_force_it() {
        assert!(!typed("f({\n\n").1);
        assert_eq!(typed("f({\n\n\n"), ("f({".into(), true));
    }

    #[test]
    fn backspace_at_a_continuation_prompt_joins_the_lines() {
        assert_eq!(typed("f({\n<"), ("f({".into(), false));
        assert_eq!(typed("f({\na<<"), ("f({".into(), false));
    }

    #[test]
    fn a_pasted_cell_keeps_its_own_margin() {
        let cell = "f({\n  a: 1,";
        assert!(!has_margin(cell));
        assert_eq!(source(cell), cell);
        assert_eq!(enter(cell, cell.len(), |_| false), Enter::Insert("\n".into()));
        assert_eq!(column(cell, cell.len()), None);
    }

    #[test]
    fn the_cursor_column_is_counted_after_the_prompt() {
        let cell = "f(\n       ab";
        assert_eq!(column(cell, cell.len()), Some(2));
        assert_eq!(column(cell, 1), None);
        assert_eq!(column(cell, 4), None);
    }
}
