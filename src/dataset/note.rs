//! Something about the data that a person should know, though it does not stop the work.

use std::path::PathBuf;

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// An image without its label, or a label without its image.
    Unpaired,
    /// A case that lacks one of the modalities that its neighbours have.
    Incomplete,
    /// A case that was left out because the options said so.
    Excluded,
    /// A name in a list that nothing bears.
    Missing,
    /// A file or folder that belongs to no case.
    Unused,
}

impl Topic {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Topic::Unpaired => "unpaired",
            Topic::Incomplete => "incomplete",
            Topic::Excluded => "excluded",
            Topic::Missing => "missing",
            Topic::Unused => "unused",
        }
    }
}

/// A remark about one file or case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What it is about.
    pub topic: Topic,
    /// The file or folder, or the name that a list has.
    pub place: PathBuf,
    /// What was wanted and what was found.
    pub text: String,
}

impl Note {
    /// A note about a place.
    pub fn new(topic: Topic, place: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Note { topic, place: place.into(), text: text.into() }
    }
}
