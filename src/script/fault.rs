//! The one place where errors cross the border between Rust and scripts.

use crate::base::error::{Error, Kind};
use crate::base::nearest::nearest;
use rhai::{Dynamic, EvalAltResult, Position};

/// What a binding gives back.
pub type Answer<T> = Result<T, Box<EvalAltResult>>;

/// An error as scripts and people see it: scripts read `.kind .message .help`, people see [`Fault::pretty`].
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// A word: `argument`, `file`, `format`, `data`, `infeasible`, `cancelled`, `internal`, `syntax`, `name`, `thrown`.
    pub kind: &'static str,
    /// What was wanted and what was got.
    pub message: String,
    /// What to do.
    pub help: Option<Box<str>>,
    /// Words of the source it is about: the first that stands in the call is underlined; else what stands at the position is.
    pub focus: Box<[Box<str>]>,
    /// A remark behind the underline, such as "did you mean `length`?".
    pub remark: Option<Box<str>>,
    /// Where it happened, when that is known.
    pub place: Option<Box<Place>>,
    /// The function calls it came through, innermost first.
    pub calls: Box<[String]>,
    /// Whether what the work had made so far is kept as the session's last value.
    pub kept: bool,
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The name of the source: a file, or `st[3]`.
    pub source: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Characters to underline; at least 1.
    pub width: usize,
    /// The text of the line.
    pub text: String,
}

impl Fault {
    /// A fault of a kind.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Fault {
            kind,
            message: message.into(),
            help: None,
            focus: Box::default(),
            remark: None,
            place: None,
            calls: Box::default(),
            kept: false,
        }
    }

    /// A wrong argument.
    pub fn argument(message: impl Into<String>) -> Self {
        Fault::new(Kind::Argument.name(), message)
    }

    /// The same with a line that says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into().into());
        self
    }

    /// The same about a word of the source; where that does not stand, about the words it is said to be about after this.
    #[must_use]
    pub fn about(mut self, word: &str) -> Self {
        self.focus = self.focus.into_iter().chain([word.into()]).collect();
        self
    }

    /// The same with a suggestion, if one of `known` is near the word.
    #[must_use]
    pub fn did_you_mean<'a>(mut self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.remark = nearest(word, known).map(|known| format!("did you mean `{known}`?").into());
        self
    }

    /// The same with a suggestion that is a text and not a name.
    #[must_use]
    pub fn did_you_mean_text<'a>(mut self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.remark = nearest(word, known).map(|known| format!("did you mean \"{known}\"?").into());
        self
    }

    /// The option that the message is about: such messages begin with it.
    #[must_use]
    pub fn option(&self) -> Option<&str> {
        self.message.strip_prefix("option `")?.split('`').next()
    }

    /// The error a binding returns: catchable by scripts, unless the user stopped the work.
    #[must_use]
    pub fn raise(self) -> Box<EvalAltResult> {
        if self.kind == Kind::Cancelled.name() {
            EvalAltResult::ErrorTerminated(Dynamic::from(self), Position::NONE).into()
        } else {
            EvalAltResult::ErrorRuntime(Dynamic::from(self), Position::NONE).into()
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault { help: error.help_line().map(Into::into), ..Fault::new(error.kind().name(), error.to_string()) }
    }
}

impl From<Fault> for Box<EvalAltResult> {
    fn from(fault: Fault) -> Self {
        fault.raise()
    }
}

impl From<Error> for Box<EvalAltResult> {
    fn from(error: Error) -> Self {
        Fault::from(error).raise()
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        self.remark.as_ref().map_or(Ok(()), |remark| write!(f, " ({remark})"))
    }
}

impl std::error::Error for Fault {}
