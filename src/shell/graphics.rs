//! Where a figure is shown: inside the terminal that can, else as text, else as a file.

use super::{iterm, kitty};
use crate::base::error::{Error, Result};
use std::path::{Path, PathBuf};

/// The folder for figures that no command of the user named.
pub const FOLDER: &str = "plots";

/// How figures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Inline by the kitty protocol.
    Kitty,
    /// Inline by iTerm2's protocol.
    Iterm,
    /// Drawn in letters, with the picture in a file.
    Text,
    /// Only the picture in a file.
    File,
}

/// The words of `--plot` and `:set plot`.
pub const MODES: [&str; 5] = ["auto", "kitty", "iterm", "text", "file"];

impl Mode {
    /// The mode a word names; `auto` looks at the terminal, and is `File` where there is none.
    ///
    /// # Errors
    /// An unknown word, with the known ones.
    pub fn named(word: &str, terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Result<Mode> {
        Ok(match word {
            "auto" if !terminal => Mode::File,
            "auto" => detect(variable),
            "kitty" => Mode::Kitty,
            "iterm" => Mode::Iterm,
            "text" => Mode::Text,
            "file" => Mode::File,
            _ => {
                let error = Error::argument(format!("unknown way to show figures `{word}`"));
                return Err(error.help(format!("one of {}", MODES.join(", "))));
            }
        })
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Mode::Kitty => "kitty",
            Mode::Iterm => "iterm",
            Mode::Text => "text",
            Mode::File => "file",
        }
    }

    /// The escape codes that show a PNG in the terminal, for the modes that can.
    #[must_use]
    pub fn inline(self, png: &[u8]) -> Option<String> {
        match self {
            Mode::Kitty => Some(kitty::encode(png)),
            Mode::Iterm => Some(iterm::encode(png)),
            Mode::Text | Mode::File => None,
        }
    }
}

/// What the terminal says of itself in the environment.
fn detect(variable: impl Fn(&str) -> Option<String>) -> Mode {
    let is = |name: &str, wanted: &str| variable(name).is_some_and(|value| value.to_lowercase().contains(wanted));
    // A multiplexer swallows pictures, while the variables of the terminal around it are still there.
    if variable("TMUX").is_some() || variable("STY").is_some() || is("TERM", "screen") || is("TERM", "tmux") {
        return Mode::Text;
    }
    let kitty = is("TERM", "kitty")
        || is("TERM", "ghostty")
        || is("TERM_PROGRAM", "ghostty")
        || variable("KITTY_WINDOW_ID").is_some()
        || variable("KONSOLE_VERSION").and_then(|version| version.parse().ok()).is_some_and(|v: u32| v >= 220_400);
    let iterm = is("TERM_PROGRAM", "iterm")
        || is("TERM_PROGRAM", "wezterm")
        || is("TERM_PROGRAM", "mintty")
        || is("LC_TERMINAL", "iterm");
    match (kitty, iterm) {
        (true, _) => Mode::Kitty,
        (_, true) => Mode::Iterm,
        _ => Mode::Text,
    }
}

/// A free path for a figure: `plots/dice.png`, then `plots/dice-2.png`.
#[must_use]
pub fn free_path(folder: &Path, title: &str) -> PathBuf {
    let stem = slug(title);
    let mut path = folder.join(format!("{stem}.png"));
    let mut number = 2;
    while path.exists() {
        path = folder.join(format!("{stem}-{number}.png"));
        number += 1;
    }
    path
}

/// The words of a title as a file name.
fn slug(title: &str) -> String {
    let letters: String = title.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words: Vec<String> = letters.split_whitespace().map(str::to_lowercase).collect();
    let stem: String = words.join("-").chars().take(40).collect();
    let stem = stem.trim_end_matches('-');
    if stem.is_empty() { "figure".into() } else { stem.into() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Mode {
        let find = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_string());
        Mode::named("auto", true, find).unwrap()
    }

    #[test]
    fn terminals_are_known_by_their_variables() {
        assert_eq!(of(&[("TERM", "xterm-kitty")]), Mode::Kitty);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")]), Mode::Kitty);
        assert_eq!(of(&[("TERM_PROGRAM", "iTerm.app")]), Mode::Iterm);
        assert_eq!(of(&[("TERM_PROGRAM", "WezTerm")]), Mode::Iterm);
        assert_eq!(of(&[("TERM", "xterm-256color")]), Mode::Text);
        assert_eq!(of(&[("KONSOLE_VERSION", "220401")]), Mode::Kitty);
    }

    #[test]
    fn a_multiplexer_inside_kitty_gets_no_picture() {
        assert_eq!(of(&[("TERM", "tmux-256color"), ("TMUX", "socket"), ("KITTY_WINDOW_ID", "1")]), Mode::Text);
    }

    #[test]
    fn what_is_no_terminal_gets_files_and_a_typo_gets_the_choices() {
        assert_eq!(Mode::named("auto", false, |_| Some("kitty".into())).unwrap(), Mode::File);
        for word in MODES {
            assert!(Mode::named(word, true, |_| None).is_ok());
        }
        let error = Mode::named("kity", true, |_| None).unwrap_err();
        assert!(error.help_line().unwrap().contains("kitty"));
    }

    #[test]
    fn file_names_come_from_titles() {
        assert_eq!(slug("Dice: scratch / direct"), "dice-scratch-direct");
        assert_eq!(slug(" "), "figure");
        let folder = std::env::temp_dir().join(format!("seqtran-free-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        assert_eq!(free_path(&folder, "A"), folder.join("a.png"));
        std::fs::write(folder.join("a.png"), "").unwrap();
        assert_eq!(free_path(&folder, "A"), folder.join("a-2.png"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
