//! The examples in doc comments, as data that a test runs.

use super::reflect::Entry;

/// What a line of an example should do.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// Run.
    Nothing,
    /// Give a value that is shown so.
    Value(String),
    /// Fail with a message that begins so.
    Error(String),
}

/// The example of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// How the function is called.
    pub usage: String,
    /// Its lines and what each should do.
    pub lines: Vec<(String, Expected)>,
}

/// The example of an entry, if it has one. Lines run until the next `// =>` or `// error:` belong together.
#[must_use]
pub fn examples(entry: &Entry) -> Option<Example> {
    let section = entry.section("Example")?;
    let mut lines = Vec::new();
    for line in section.lines().filter(|line| !line.trim_start().starts_with("```")) {
        if let Some((code, value)) = line.split_once("// => ") {
            lines.push((code.trim().to_string(), Expected::Value(value.trim().to_string())));
        } else if let Some((code, message)) = line.split_once("// error:") {
            lines.push((code.trim().to_string(), Expected::Error(message.trim().to_string())));
        } else if !line.trim().is_empty() {
            lines.push((line.trim_end().to_string(), Expected::Nothing));
        }
    }
    Some(Example { usage: entry.usage(), lines })
}

impl Example {
    /// Runs the lines with `run`, which gives the shown value or the message of the error.
    ///
    /// # Errors
    /// The first line that does something else, with what it should have done.
    pub fn check(&self, run: &mut dyn FnMut(&str) -> Result<String, String>) -> Result<(), String> {
        for (line, expected) in &self.lines {
            let got = run(line);
            let right = match (expected, &got) {
                (Expected::Nothing, Ok(_)) => true,
                (Expected::Value(value), Ok(text)) => text == value,
                (Expected::Error(message), Err(text)) => text.starts_with(message.as_str()),
                _ => false,
            };
            if !right {
                return Err(format!("{}: `{line}` should be {expected:?}, got {got:?}", self.usage));
            }
        }
        Ok(())
    }
}
