//! The one error of the crate: what was wanted, what was got, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of thing went wrong; few on purpose, so that a script can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An argument or option that is unknown, of the wrong type, or out of range.
    Argument,
    /// A file that is missing, unreadable or not writable.
    File,
    /// A file whose content is not what it should be.
    Format,
    /// Data that are each well formed but do not fit together.
    Data,
    /// The question has no answer: no path, no connected source.
    Infeasible,
    /// The user stopped the work.
    Cancelled,
    /// A defect of this program.
    Internal,
}

impl Kind {
    /// The name scripts see in `.kind`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Argument => "argument",
            Kind::File => "file",
            Kind::Format => "format",
            Kind::Data => "data",
            Kind::Infeasible => "infeasible",
            Kind::Cancelled => "cancelled",
            Kind::Internal => "internal",
        }
    }
}

/// An error: lower case, no full stop, what was wanted and what was got.
#[derive(Debug, Clone)]
pub struct Error(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: Kind,
    message: String,
    help: Option<String>,
    path: Option<PathBuf>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of a kind with its message.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error(Box::new(Parts { kind, message: message.into(), help: None, path: None, source: None }))
    }

    /// A bad argument or option.
    pub fn argument(message: impl Into<String>) -> Self {
        Error::new(Kind::Argument, message)
    }

    /// A file that cannot be read or written, with the system's reason.
    pub fn file(path: impl Into<PathBuf>, message: impl Into<String>, source: std::io::Error) -> Self {
        let message = format!("{}: {}", message.into(), plain_io_reason(&source));
        Error::new(Kind::File, message).at(path).caused_by(source)
    }

    /// A file whose content is wrong.
    pub fn format(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Error::new(Kind::Format, message).at(path)
    }

    /// Data that do not fit together.
    pub fn data(message: impl Into<String>) -> Self {
        Error::new(Kind::Data, message)
    }

    /// A question without an answer.
    pub fn infeasible(message: impl Into<String>) -> Self {
        Error::new(Kind::Infeasible, message)
    }

    /// A defect of this program.
    pub fn internal(message: impl Into<String>) -> Self {
        Error::new(Kind::Internal, message)
    }

    /// Work stopped by the user.
    #[must_use]
    pub fn cancelled() -> Self {
        Error::new(Kind::Cancelled, "stopped")
    }

    /// The same error with a line that says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// The same error about a file; a path already there is kept.
    #[must_use]
    pub fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.path.get_or_insert_with(|| path.into());
        self
    }

    /// The same error with its cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// The same error with `what: ` before its message.
    #[must_use]
    pub fn during(mut self, what: impl fmt::Display) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The message alone, without path and help.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do, when there is something to do.
    #[must_use]
    pub fn help_line(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The file it is about.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }
}

/// The system's reason without its number: `No such file or directory (os error 2)` reads `no such file or directory`.
fn plain_io_reason(source: &std::io::Error) -> String {
    let text = source.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.0.path {
            write!(f, "{}: ", path.display())?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|cause| cause as _)
    }
}

/// Returns an argument error made like `format!`; `bail!(Kind::Data, "...")` names another kind.
#[macro_export]
macro_rules! bail {
    ($text:literal $($rest:tt)*) => {
        return Err($crate::base::error::Error::argument(format!($text $($rest)*)))
    };
    ($kind:expr, $text:literal $($rest:tt)*) => {
        return Err($crate::base::error::Error::new($kind, format!($text $($rest)*)))
    };
}

/// Unless the condition holds, returns an error as [`bail!`] does.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $($rest:tt)*) => {
        let holds: bool = $condition;
        if !holds {
            $crate::bail!($($rest)*);
        }
    };
}
