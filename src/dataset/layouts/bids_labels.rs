//! Labels among the derivatives of a BIDS data set: which pipelines have some, and what their values mean.

use super::bids_name::BidsName;
use super::dataset_json::IGNORE;
use super::tsv::Tsv;
use crate::base::error::{Error, Kind, Result};
use crate::dataset::cohort::Legend;
use crate::dataset::listing::{Entry, Listing};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The name of the labels that lie beside the images.
const RAW: &str = "raw";

/// A label file.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// The parts of its name.
    pub name: BidsName,
    /// Where it is.
    pub path: PathBuf,
    /// The nearest `dseg.tsv` that says what its values mean.
    pub meaning: Option<PathBuf>,
}

/// Labels of one kind that one pipeline made.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// The pipeline's folder under `derivatives`, or `raw`.
    pub pipeline: String,
    /// `mask`, `dseg`, or what tells a segmentation from another, such as `desc-aseg`.
    pub variant: String,
    /// The labels by session.
    pub labels: BTreeMap<String, Vec<Label>>,
}

impl Set {
    /// Whether each objective is a file of its own.
    #[must_use]
    pub fn masks(&self) -> bool {
        self.variant == "mask"
    }

    /// What the option `release` calls it.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.pipeline, self.variant)
    }

    /// What the values mean, by the tables; none if there is no table.
    ///
    /// # Errors
    /// When a table is wrong, or two of them differ.
    pub fn legend(&self) -> Result<Option<Legend>> {
        let tables: BTreeSet<&PathBuf> = self.labels.values().flatten().filter_map(|l| l.meaning.as_ref()).collect();
        let mut known: Option<(&PathBuf, Legend)> = None;
        for path in tables {
            let legend = legend(path)?;
            match &known {
                Some((first, before)) if *before != legend => {
                    return Err(Error::format(
                        path,
                        format!("it gives other names to values than {}", first.display()),
                    )
                    .help("make them equal, or name the values: objectives: #{ name: [values] }"));
                }
                Some(_) => {}
                None => known = Some((path, legend)),
            }
        }
        Ok(known.map(|(_, legend)| legend))
    }
}

/// The labels that `release` names, or the only ones there are; none if there are none. `raw` are the sessions of `root`.
///
/// # Errors
/// When there are several, or none of this name: says which there are and how to choose.
pub fn chosen(root: &Path, raw: &[Session], release: Option<&str>) -> Result<Option<Set>> {
    let mut sets = sets(root, raw)?;
    let list = sets.iter().map(|set| {
        let files = set.labels.values().map(Vec::len).sum::<usize>();
        format!("{} ({files} files)", set.full_name())
    });
    let list = list.collect::<Vec<_>>().join(", ");
    let help = |name: String| format!("say which: #{{ release: \"{name}\" }}");
    if let Some(release) = release {
        let named = |set: &Set| set.full_name() == release || set.pipeline == release;
        return match sets.iter().filter(|set| named(set)).count() {
            1 => Ok(sets.into_iter().find(|set| named(set))),
            0 if sets.is_empty() => {
                Err(Error::argument(format!("no labels `{release}`: there are none at all")).at(root))
            }
            0 => Err(Error::argument(format!("no labels `{release}`; there are {list}"))
                .at(root)
                .help(help(sets[0].full_name()))),
            _ => Err(Error::argument(format!("`{release}` has several kinds of labels; there are {list}"))
                .at(root)
                .help(help(sets.iter().find(|set| named(set)).map_or_else(String::new, Set::full_name)))),
        };
    }
    match sets.len() {
        0 | 1 => Ok(sets.pop()),
        _ => Err(Error::new(Kind::Data, format!("there are labels of several kinds: {list}"))
            .at(root)
            .help(help(sets[0].full_name()))),
    }
}

/// All labels of a data set, by pipeline and kind.
fn sets(root: &Path, raw: &[Session]) -> Result<Vec<Set>> {
    let mut sets: BTreeMap<[String; 2], Set> = BTreeMap::new();
    let top = Listing::of(root)?;
    let above = tables(&top);
    let mut walk = |pipeline: &str, places: &[Session], above: &[Table]| {
        for (session, label) in labels(places, above) {
            let variant = variant(&label.name);
            let key = [pipeline.to_string(), variant.clone()];
            let set = Set { pipeline: pipeline.to_string(), variant, labels: BTreeMap::new() };
            sets.entry(key).or_insert(set).labels.entry(session).or_default().push(label);
        }
    };
    walk(RAW, raw, &above);
    if let Some(folder) = top.folder("derivatives") {
        let derivatives = Listing::of(&folder.path)?;
        let above = nearer(&derivatives, &above);
        walk(&folder.name, &sessions(&derivatives)?, &above);
        for pipeline in derivatives.folders.iter().filter(|folder| !folder.name.starts_with("sub-")) {
            let home = Listing::of(&pipeline.path)?;
            walk(&pipeline.name, &sessions(&home)?, &nearer(&home, &above));
        }
    }
    Ok(sets.into_values().collect())
}

/// What tells a kind of labels from another of the same pipeline.
fn variant(name: &BidsName) -> String {
    if name.suffix == "mask" {
        return "mask".into();
    }
    let part = |key: &str| name.get(key).map(|value| format!("{key}-{value}"));
    let parts: Vec<String> = ["seg", "atlas", "desc"].into_iter().filter_map(part).collect();
    if parts.is_empty() { "dseg".into() } else { parts.join("_") }
}

/// A table of label values: its name and where it is.
type Table = (BidsName, PathBuf);

fn tables(folder: &Listing) -> Vec<Table> {
    let table = |file: &Entry| {
        let name = BidsName::parse(file.name.strip_suffix(".tsv")?)?;
        (name.suffix == "dseg").then(|| (name, file.path.clone()))
    };
    folder.files.iter().filter_map(table).collect()
}

/// The tables that count inside a folder, the nearest first.
fn nearer(folder: &Listing, above: &[Table]) -> Vec<Table> {
    tables(folder).into_iter().chain(above.iter().cloned()).collect()
}

/// The labels of sessions, each with its session.
fn labels(places: &[Session], above: &[Table]) -> Vec<(String, Label)> {
    let mut found = Vec::new();
    for place in places {
        let levels = || place.levels.iter().chain(&place.anat);
        let above: Vec<Table> = levels().fold(above.to_vec(), |above, folder| nearer(folder, &above));
        // Some pipelines leave `anat` out.
        for (stem, path) in levels().flat_map(Listing::images) {
            let Some(name) = BidsName::parse(stem).filter(|name| name.suffix == "mask" || name.suffix == "dseg") else {
                continue;
            };
            if name.session().as_ref() != Some(&place.session) {
                continue;
            }
            // A table counts for the labels that have all its entities.
            let counts = |table: &&Table| table.0.entities.iter().all(|(key, value)| name.get(key) == Some(value));
            let meaning = above.iter().find(counts).filter(|_| name.suffix == "dseg").map(|(_, path)| path.clone());
            found.push((place.session.clone(), Label { meaning, path: path.to_path_buf(), name }));
        }
    }
    found
}

/// The folders of one session.
pub struct Session {
    /// `sub-01`
    pub subject: String,
    /// `sub-01` or `sub-01_ses-1`
    pub session: String,
    /// The folder of the subject, then that of the session if it has one.
    pub levels: Vec<Listing>,
    /// The folder `anat` in the innermost of these.
    pub anat: Option<Listing>,
}

/// The sessions in a folder of subjects.
///
/// # Errors
/// When a folder cannot be read.
pub fn sessions(home: &Listing) -> Result<Vec<Session>> {
    let mut found = Vec::new();
    for subject in home.folders.iter().filter(|folder| folder.name.starts_with("sub-")) {
        let own = Listing::of(&subject.path)?;
        let mut places = Vec::new();
        for folder in own.folders.iter().filter(|folder| folder.name.starts_with("ses-")) {
            let levels = vec![own.clone(), Listing::of(&folder.path)?];
            places.push((format!("{}_{}", subject.name, folder.name), levels));
        }
        places.push((subject.name.clone(), vec![own]));
        for (session, levels) in places {
            let inner = levels.last().and_then(|folder| folder.folder("anat"));
            let anat = inner.map(|anat| Listing::of(&anat.path)).transpose()?;
            found.push(Session { subject: subject.name.clone(), session, levels, anat });
        }
    }
    Ok(found)
}

/// What values mean, from a table with the columns index and name; the name `ignore` is left out of scores.
fn legend(path: &Path) -> Result<Legend> {
    let table = Tsv::read(path)?;
    let (values, names) =
        table.needed("index").and_then(|values| Ok((values, table.needed("name")?))).map_err(|e| e.at(path))?;
    let mut legend = Legend::default();
    for (value, name) in values.into_iter().zip(names) {
        let Some(value) = value.parse::<u16>().ok().filter(|_| !name.is_empty()) else {
            return Err(Error::format(
                path,
                format!("wanted an index from 0 to 65535 with a name, got `{value}` `{name}`"),
            ));
        };
        if value == 0 {
            continue;
        }
        if legend.expected.contains(&value) {
            return Err(Error::format(path, format!("the index {value} stands twice")).help("remove one of the rows"));
        }
        legend.expected.push(value);
        match name {
            IGNORE => legend.ignored.push(value),
            name => legend.objectives.entry(name.to_string()).or_default().push(value),
        }
    }
    if legend.objectives.is_empty() {
        return Err(Error::format(path, "the table names no value beside 0"));
    }
    Ok(legend)
}
