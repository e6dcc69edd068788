//! What the editor asks about the text being typed.

/// Something Tab may put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What is listed, such as `size = 128`.
    pub shown: String,
    /// What is put in, such as `size: `.
    pub text: String,
}

impl Candidate {
    /// A candidate that is listed as it is put in.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Candidate { shown: text.clone(), text }
    }
}

/// Knowledge of the language and of the running session.
pub trait Insight: Send + Sync {
    /// Whether the text is a whole cell.
    fn is_complete(&self, text: &str) -> bool;
    /// The byte where the word before the cursor begins, and what it may become.
    fn complete(&self, text: &str, cursor: usize) -> (usize, Vec<Candidate>);
    /// A word to the right of the cursor that says what may follow; it is not put in.
    fn hint(&self, text: &str, cursor: usize) -> Option<String>;
}
