//! The documentation of the language, read back from the engine: one source for help, completion, errors, the
//! reference page and the examples test.

use super::kinds::plain_type;
use super::options::OptionDoc;
use rhai::{AST, Engine};
use std::collections::{BTreeMap, BTreeSet};

/// Where a function is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// In Rust, as a binding of this crate.
    Binding,
    /// In the library that is written in the language.
    Library,
    /// In the session.
    Session,
    /// In the language itself (arrays, texts, arithmetic).
    Language,
}

/// One function, method or property.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name as scripts write it.
    pub name: String,
    /// Whether it is read as `value.name`, without brackets.
    pub property: bool,
    /// Names and types (empty when any type will do) of its arguments, the receiver included.
    pub arguments: Vec<(String, String)>,
    /// The type it gives back; empty when that is not known.
    pub returns: String,
    /// The doc comment without its slashes.
    pub doc: String,
    /// Where it is written.
    pub origin: Origin,
}

impl Entry {
    /// How it is called: `cluster(graph, k, options)` or `graph.nodes`.
    #[must_use]
    pub fn usage(&self) -> String {
        let names: Vec<&str> = self.arguments.iter().map(|(name, _)| name.as_str()).collect();
        match (self.property, self.receiver()) {
            (true, _) => format!("{}.{}", names.first().copied().unwrap_or("value"), self.name),
            (false, Some(_)) if self.is_method() => format!("{}.{}({})", names[0], self.name, names[1..].join(", ")),
            _ => format!("{}({})", self.name, names.join(", ")),
        }
    }

    /// The type of its first argument, when it is one of ours.
    #[must_use]
    pub fn receiver(&self) -> Option<&str> {
        let (_, kind) = self.arguments.first()?;
        kind.starts_with(char::is_uppercase).then_some(kind.as_str())
    }

    /// Whether people write it after a dot: its doc says so by naming its first argument as its type does.
    #[must_use]
    pub fn is_method(&self) -> bool {
        self.arguments.first().is_some_and(|(name, kind)| *name == kind.to_lowercase())
    }

    /// Whether one of its arguments is a map, such as options are given in.
    #[must_use]
    pub fn takes_a_map(&self) -> bool {
        self.arguments.iter().any(|(_, kind)| kind == "map")
    }

    /// The first sentence of the doc.
    #[must_use]
    pub fn summary(&self) -> &str {
        self.doc.lines().next().unwrap_or_default()
    }

    /// The text of a `# Section` of the doc.
    #[must_use]
    pub fn section(&self, title: &str) -> Option<String> {
        let mut lines = self.doc.lines().skip_while(|line| line.trim() != format!("# {title}"));
        lines.next()?;
        let text: Vec<&str> = lines.take_while(|line| !line.starts_with("# ")).collect();
        Some(text.join("\n").trim().to_string())
    }
}

/// All that can be called, and its options.
pub struct Reference {
    entries: Vec<Entry>,
    options: BTreeMap<&'static str, Vec<OptionDoc>>,
}

impl Reference {
    /// Reads an engine and a library; `options` lists the options of functions by name, or by name and type of the first
    /// argument, `plot(Graph)`, where that decides.
    #[must_use]
    pub fn new(engine: &Engine, library: &AST, options: &[(&'static str, Vec<OptionDoc>)]) -> Self {
        let mut entries = native(engine, false, Origin::Binding);
        let own: Vec<(String, usize)> = entries.iter().map(|e| (e.name.clone(), e.arguments.len())).collect();
        entries.extend(scripted(library, Origin::Library));
        let language = native(engine, true, Origin::Language);
        entries.extend(language.into_iter().filter(|e| !own.contains(&(e.name.clone(), e.arguments.len()))));
        // Every part of an entry takes part: the engine gives them in an order that changes from run to run.
        let key = |e: &Entry| (e.origin, e.name.clone(), e.arguments.len(), e.arguments.clone(), e.property);
        entries.sort_by_cached_key(key);
        Reference { entries, options: options.iter().cloned().collect() }
    }

    /// Everything.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What belongs to this project: bindings and library.
    pub fn documented(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| matches!(e.origin, Origin::Binding | Origin::Library))
    }

    /// All overloads of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<&Entry> {
        self.entries.iter().filter(|e| e.name == name).collect()
    }

    /// The options of a function whose first argument is of a type; of all its forms when the type is not known.
    #[must_use]
    pub fn options(&self, name: &str, first: Option<&str>) -> Vec<&OptionDoc> {
        let own = first.and_then(|kind| self.options.get(format!("{name}({kind})").as_str()));
        if let Some(list) = own.or_else(|| self.options.get(name)) {
            return list.iter().collect();
        }
        let forms = || self.options.iter().filter(|(key, _)| key.split('(').next() == Some(name));
        if first.is_some_and(|kind| !kind.is_empty()) {
            return Vec::new();
        }
        let mut all: Vec<&OptionDoc> = forms().flat_map(|(_, list)| list).collect();
        let mut seen = BTreeSet::new();
        all.retain(|option| seen.insert(option.name));
        all
    }

    /// What is listed behind each of some overloads: its options, where the next one does not take the same.
    #[must_use]
    pub fn listed(&self, overloads: &[&Entry]) -> Vec<Vec<&OptionDoc>> {
        let of = |entry: &Entry| {
            let first = entry.arguments.first().map_or("", |(_, kind)| kind.as_str());
            self.options(&entry.name, Some(first))
        };
        let with_map = overloads.iter().any(|entry| entry.takes_a_map());
        let mut lists: Vec<Vec<&OptionDoc>> = overloads
            .iter()
            .map(|entry| if entry.takes_a_map() || !with_map { of(entry) } else { Vec::new() })
            .collect();
        for at in 0..lists.len() {
            if lists[at + 1..].contains(&lists[at]) {
                lists[at].clear();
            }
        }
        lists
    }

    /// Properties and methods of a type, as scripts name types.
    pub fn members<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |e| e.arguments.first().is_some_and(|(_, first)| first == kind))
    }
}

/// The functions of a script.
#[must_use]
pub fn scripted(script: &AST, origin: Origin) -> Vec<Entry> {
    script
        .iter_functions()
        .filter(|f| !f.name.starts_with("anon$"))
        .map(|f| Entry {
            name: f.name.to_string(),
            property: false,
            arguments: f.params.iter().map(|p| ((*p).to_string(), String::new())).collect(),
            returns: String::new(),
            doc: undress(f.comments.iter().copied()),
            origin,
        })
        .collect()
}

/// Functions of the language that the engine replaces, to print values as people want them.
const PRINTING: [&str; 4] = ["print", "debug", "to_string", "to_debug"];

fn native(engine: &Engine, standard: bool, origin: Origin) -> Vec<Entry> {
    engine.collect_fn_metadata(
        None,
        |info| {
            let meta = info.metadata;
            let (name, property) = match meta.name.strip_prefix("get$") {
                Some(name) => (name, true),
                None if meta.name.contains('$') || !meta.name.starts_with(|c: char| c.is_alphabetic()) => return None,
                None => (meta.name.as_str(), false),
            };
            let origin = if PRINTING.contains(&name) { Origin::Language } else { origin };
            let arguments: Vec<(String, String)> = if meta.params_info.is_empty() {
                (0..meta.num_params).map(|_| ("value".to_string(), String::new())).collect()
            } else {
                meta.params_info.iter().map(|text| argument(text)).collect()
            };
            let doc = undress(meta.comments.iter().map(|text| text.as_str()));
            Some(Entry { name: name.into(), property, arguments, returns: plain_type(&meta.return_type), doc, origin })
        },
        standard,
    )
}

/// `tasks: &mut Tasks` is (`tasks`, `Tasks`).
fn argument(text: &str) -> (String, String) {
    let (name, kind) = text.split_once(':').unwrap_or((text, ""));
    (name.trim().trim_start_matches('_').trim_start_matches("mut ").to_string(), plain_type(kind))
}

/// Doc comments without their slashes; a comment may hold several lines.
fn undress<'a>(comments: impl Iterator<Item = &'a str>) -> String {
    let lines = comments.flat_map(str::lines).map(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("///").unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_string()
}
