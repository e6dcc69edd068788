//! Colours for a terminal, and none for anything else.

use std::io::IsTerminal;

/// What a piece of text is; the palette decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The prompt.
    Prompt,
    /// A word of the language.
    Keyword,
    /// A function about to be called.
    Call,
    /// Text in quotes.
    Text,
    /// A number.
    Number,
    /// A comment, a hint, anything said in a low voice.
    Quiet,
    /// Something is wrong.
    Bad,
    /// What to do about it.
    Help,
    /// A name worth seeing.
    Strong,
}

/// Paints text, or leaves it plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    colours: bool,
}

impl Palette {
    /// Never an escape code.
    pub const PLAIN: Palette = Palette { colours: false };
    /// Always escape codes.
    pub const COLOURS: Palette = Palette { colours: true };

    /// Colours where the stream is a terminal that shows them and `NO_COLOR` does not forbid it.
    #[must_use]
    pub fn of(stream: &impl IsTerminal) -> Self {
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Palette { colours: stream.is_terminal() && !forbidden && !dumb }
    }

    /// The text as its role looks.
    #[must_use]
    pub fn paint(self, role: Role, text: &str) -> String {
        if !self.colours || text.is_empty() {
            return text.into();
        }
        let code = match role {
            Role::Prompt => "1;36",
            Role::Keyword => "35",
            Role::Call => "34",
            Role::Text => "32",
            Role::Number => "36",
            Role::Quiet => "2",
            Role::Bad => "1;31",
            Role::Help => "33",
            Role::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(Palette::PLAIN.paint(Role::Bad, "no"), "no");
        assert_eq!(Palette::COLOURS.paint(Role::Bad, "no"), "\x1b[1;31mno\x1b[0m");
        assert_eq!(Palette::COLOURS.paint(Role::Bad, ""), "");
    }
}
