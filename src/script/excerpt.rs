//! A fault as a person reads it: the message, the line of source with the wrong word underlined, the help.

use super::fault::{Fault, Place};
use std::fmt::Write;

/// What a piece of a printed fault is, for those who colour it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The cross before the message.
    Cross,
    /// The message.
    Message,
    /// Line numbers and bars.
    Gutter,
    /// The source.
    Source,
    /// The underline and its remark.
    Mark,
    /// The word `help:`.
    Help,
}

impl Fault {
    /// The fault in plain text, lines separated by newlines, without a last newline.
    #[must_use]
    pub fn pretty(&self) -> String {
        self.painted(&|_, text| text.to_string())
    }

    /// The same with every piece given to `paint` first.
    #[must_use]
    pub fn painted(&self, paint: &dyn Fn(Ink, &str) -> String) -> String {
        let mut lines = self.message.lines();
        let mut text = format!("  {} ", paint(Ink::Cross, "x"));
        text += &paint(Ink::Message, lines.next().unwrap_or("failed"));
        for line in lines {
            let _ = write!(text, "\n    {}", paint(Ink::Message, line));
        }
        if let Some(place) = &self.place {
            self.excerpt(&mut text, place, paint);
        } else if let Some(remark) = &self.remark {
            let _ = write!(text, "\n    {}", paint(Ink::Mark, remark));
        }
        for call in &*self.calls {
            let _ = write!(text, "\n  {} {call}", paint(Ink::Gutter, "in"));
        }
        if let Some(help) = &self.help {
            let mut lines = help.lines();
            let _ = write!(text, "\n  {} {}", paint(Ink::Help, "help:"), lines.next().unwrap_or_default());
            for line in lines {
                let _ = write!(text, "\n        {line}");
            }
        }
        text
    }

    fn excerpt(&self, text: &mut String, place: &Place, paint: &dyn Fn(Ink, &str) -> String) {
        let number = place.line.to_string();
        let blank = " ".repeat(number.len());
        let source = place.text.replace('\t', " ");
        let _ = write!(text, "\n  {} {}", paint(Ink::Gutter, &format!("{number} |")), paint(Ink::Source, &source));
        let mut mark = "^".repeat(place.width);
        if let Some(remark) = &self.remark {
            let _ = write!(mark, "  {remark}");
        }
        let pad = " ".repeat(place.column.saturating_sub(1));
        let _ = write!(text, "\n  {} {pad}{}", paint(Ink::Gutter, &format!("{blank} |")), paint(Ink::Mark, &mark));
    }
}
