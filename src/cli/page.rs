//! The reference of the language as a page of Markdown, made from the doc comments alone.

use crate::script::options::OptionDoc;
use crate::script::reflect::{Entry, Reference};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The page: free functions first, then the members of each type.
#[must_use]
pub fn page(reference: &Reference) -> String {
    let mut groups: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in reference.documented() {
        let group = entry.receiver().filter(|_| entry.property || entry.is_method()).unwrap_or_default();
        groups.entry(group).or_default().push(entry);
    }
    let mut page = format!("# The language of seqtran {}\n", env!("CARGO_PKG_VERSION"));
    for (kind, entries) in &groups {
        let _ = write!(page, "\n## {}\n", if kind.is_empty() { "Functions" } else { kind });
        for overloads in entries.chunk_by(|a, b| a.name == b.name) {
            for (entry, list) in overloads.iter().zip(reference.listed(overloads)) {
                section(&mut page, entry);
                options(&mut page, &list);
            }
        }
    }
    page.trim_end().into()
}

fn section(page: &mut String, entry: &Entry) {
    let returns = Some(entry.returns.as_str()).filter(|kind| !kind.is_empty() && *kind != "()");
    let returns = returns.map_or_else(String::new, |kind| format!(" -> {kind}"));
    let _ = write!(page, "\n### `{}{returns}`\n\n", entry.usage());
    for line in entry.doc.lines() {
        let _ = match line.strip_prefix("# ") {
            Some(title) => writeln!(page, "**{title}**\n"),
            None => writeln!(page, "{line}"),
        };
    }
}

fn options(page: &mut String, options: &[&OptionDoc]) {
    if options.is_empty() {
        return;
    }
    let _ = write!(page, "\n**Options**\n\n| option | default | meaning |\n|---|---|---|\n");
    for option in options {
        let _ =
            writeln!(page, "| `{}` | `{}` | {} |", option.name, option.default.replace('|', "\\|"), option.meaning());
    }
}
