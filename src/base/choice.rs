//! Options whose value is one word of a few.

use super::error::Result;

/// A type whose values have names that people write.
pub trait Choice: Copy + PartialEq + 'static {
    /// Every name and value; the first is the default.
    const CHOICES: &'static [(&'static str, Self)];

    /// The value with this name.
    ///
    /// # Errors
    /// Names the option, the words it may be and the word it was.
    fn named(option: &str, word: &str) -> Result<Self> {
        if let Some((_, value)) = Self::CHOICES.iter().find(|(name, _)| *name == word) {
            return Ok(*value);
        }
        let names: Vec<_> = Self::CHOICES.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        crate::bail!("option `{option}` must be one of {}, got \"{word}\"", names.join(", "))
    }

    /// Its name.
    fn name(self) -> &'static str {
        Self::CHOICES.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }
}
