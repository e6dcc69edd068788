//! Help texts, all from the doc comments.

use super::reflect::{Entry, Origin, Reference};
use std::collections::BTreeMap;

/// The help on a topic; an empty topic gives the overview.
#[must_use]
pub fn help(reference: &Reference, session: &[Entry], topic: &str) -> Option<String> {
    let topic = topic.trim().trim_start_matches('.').trim_end_matches("()");
    if topic.is_empty() {
        return Some(overview(reference));
    }
    let (kind, name) = topic.split_once('.').map_or((None, topic), |(kind, name)| (Some(kind), name));
    let mut found: Vec<&Entry> =
        reference.named(name).into_iter().chain(session.iter().filter(|e| e.name == name)).collect();
    if let Some(kind) = kind {
        found.retain(|e| e.arguments.first().is_some_and(|(name, k)| k == kind || name == kind));
    }
    if found.iter().any(|e| e.origin != Origin::Language) {
        found.retain(|e| e.origin != Origin::Language);
    }
    if found.is_empty() {
        return of_type(reference, topic);
    }
    let mut parts: Vec<String> = Vec::new();
    for (entry, options) in found.iter().zip(reference.listed(&found)) {
        parts.push(entry_text(entry));
        if options.is_empty() {
            continue;
        }
        let width = options.iter().map(|o| o.to_string().chars().count()).max().unwrap_or(0);
        let lines: Vec<String> =
            options.iter().map(|o| format!("  {:width$}   {}", o.to_string(), o.meaning())).collect();
        parts.push(format!("options\n{}", lines.join("\n")));
    }
    Some(parts.join("\n\n"))
}

/// One overload: how it is called, then its doc, indented.
fn entry_text(entry: &Entry) -> String {
    let mut text = entry.usage();
    if !entry.returns.is_empty() && entry.returns != "()" {
        text += &format!(" -> {}", entry.returns);
    }
    for line in entry.doc.lines() {
        let line = line.strip_prefix("# ").map_or_else(|| line.to_string(), str::to_lowercase);
        if line.trim() == "```" {
            continue;
        }
        text += &if line.is_empty() { "\n".to_string() } else { format!("\n  {line}") };
    }
    text
}

fn of_type(reference: &Reference, kind: &str) -> Option<String> {
    let members: Vec<&Entry> = reference.members(kind).filter(|e| e.origin != Origin::Language).collect();
    if members.is_empty() {
        return None;
    }
    let makers = reference.documented().filter(|e| e.returns == kind && e.receiver().is_none());
    let mut makers: Vec<String> = makers.map(|e| e.usage()).collect();
    makers.dedup();
    let mut text = kind.to_string();
    if !makers.is_empty() {
        text += &format!("   made by {}", makers.join(", "));
    }
    Some(format!("{text}\n{}", table(&members)))
}

fn table(entries: &[&Entry]) -> String {
    let usages: Vec<String> = entries.iter().map(|e| e.usage()).collect();
    let width = usages.iter().map(|u| u.chars().count()).max().unwrap_or(0).min(44);
    let lines = usages.iter().zip(entries).map(|(usage, e)| format!("  {usage:width$}  {}", e.summary()));
    lines.collect::<Vec<_>>().join("\n")
}

/// All that speaks of a word, in its name or its doc.
#[must_use]
pub fn apropos(reference: &Reference, word: &str) -> String {
    let word = word.to_lowercase();
    let speaks = |e: &&Entry| e.name.to_lowercase().contains(&word) || e.doc.to_lowercase().contains(&word);
    let found: Vec<&Entry> = reference.documented().filter(speaks).collect();
    if found.is_empty() { format!("nothing speaks of {word:?}") } else { table(&found) }
}

fn overview(reference: &Reference) -> String {
    let mut groups: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in reference.documented() {
        groups.entry(entry.receiver().unwrap_or("")).or_default().push(entry);
    }
    let verbs = groups.remove("").unwrap_or_default();
    let kinds: Vec<&str> = groups.keys().copied().collect();
    format!("values: {}     (?Task)\n\n{}", kinds.join(" "), table(&verbs))
}
