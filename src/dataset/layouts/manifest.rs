//! A CSV file with one row for each image: case, institution, modality, image, label.

use crate::base::error::{Error, Kind, Result};
use crate::base::nearest::nearest;
use crate::dataset::case::Case;
use crate::dataset::files::Files;
use crate::dataset::layout::{Layout, OpenParams};
use crate::dataset::modality::canonical;
use crate::dataset::task::{Task, TaskName};
use crate::dataset::tasks::Tasks;
use crate::io::table::{Cell, Table};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The columns a manifest must have; it may have more.
const COLUMNS: [&str; 5] = ["case", "institution", "modality", "image", "label"];

/// A CSV file with one row for each image; paths are relative to the file.
///
/// There is one task for each institution, modality and objective; the objectives are given when it is opened.
pub struct Manifest;

impl Layout for Manifest {
    fn name(&self) -> &'static str {
        "manifest"
    }

    fn looks_for(&self) -> &'static str {
        "a .csv file with the columns case, institution, modality, image, label"
    }

    fn detect(&self, path: &Path) -> bool {
        path.is_file() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
    }

    fn open(&self, path: &Path, params: &OpenParams) -> Result<Tasks> {
        if path.is_dir() {
            return Err(Error::new(Kind::File, "wanted a manifest (a .csv file), got a folder")
                .at(path)
                .help("give the path of the .csv file itself"));
        }
        if params.objectives.is_empty() {
            return Err(Error::argument(
                "a manifest does not say what its label values mean: no objectives were given",
            )
            .at(path)
            .help("name them with their values, such as objectives: #{ lesion: [1] }"));
        }
        let rows = rows(path)?;
        let mut cases: BTreeMap<TaskName, Vec<Case>> = BTreeMap::new();
        for row in &rows {
            for (objective, values) in &params.objectives {
                let name = TaskName {
                    institution: row.institution.clone(),
                    modality: row.modality.clone(),
                    objective: objective.clone(),
                };
                let source = Files { image: row.image.clone(), label: row.label.clone(), values: values.clone() };
                cases.entry(name).or_default().push(Case::new(&row.case, source));
            }
        }
        Tasks::new(cases.into_iter().map(|(name, cases)| Task::new(name, cases)).collect())
    }
}

/// One image of a manifest.
struct Row {
    case: String,
    institution: String,
    modality: String,
    image: PathBuf,
    label: PathBuf,
}

/// The rows, with every file that they name in its place.
fn rows(path: &Path) -> Result<Vec<Row>> {
    let table = Table::read_csv_text(path)?;
    let columns = columns(&table).map_err(|e| e.at(path))?;
    if table.is_empty() {
        return Err(Error::data("the manifest has no rows under its column names")
            .at(path)
            .help("add a row for each image: case,institution,modality,image,label"));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut rows = Vec::with_capacity(table.len());
    let mut seen: BTreeMap<[String; 3], usize> = BTreeMap::new();
    let mut missing: Vec<(usize, String)> = Vec::new();
    for (n, cells) in table.rows().iter().enumerate() {
        // The row that names the columns is row 1.
        let number = n + 2;
        let [case, institution, modality, image, label] = row(cells, &columns, number).map_err(|e| e.at(path))?;
        let modality = canonical(&modality);
        let key = [institution.clone(), modality.clone(), case.clone()];
        if let Some(first) = seen.insert(key, number) {
            return Err(Error::data(format!(
                "rows {first} and {number} are both case {case} of institution {institution}, modality {modality}"
            ))
            .at(path)
            .help("a case has one row for each modality: remove one of them, or give the case another id"));
        }
        let row = Row { case, institution, modality, image: folder.join(image), label: folder.join(label) };
        for (what, file) in [("image", &row.image), ("label", &row.label)] {
            if !file.is_file() {
                missing.push((number, format!("{what} {}", file.display())));
            }
        }
        rows.push(row);
    }
    if let Some((number, file)) = missing.first() {
        let more = if missing.len() > 1 { format!(", and {} more files", missing.len() - 1) } else { String::new() };
        return Err(Error::new(Kind::File, format!("row {number}: the {file} is not there{more}"))
            .at(path)
            .help("paths in a manifest are relative to the folder of the manifest"));
    }
    Ok(rows)
}

/// Where the needed columns stand.
fn columns(table: &Table) -> Result<[usize; 5]> {
    let there = table.columns();
    let mut places = [0; 5];
    for (place, wanted) in places.iter_mut().zip(COLUMNS) {
        let Some(at) = there.iter().position(|name| name == wanted) else {
            let unknown = there.iter().map(String::as_str).filter(|name| !COLUMNS.contains(name));
            let near = nearest(wanted, unknown);
            let found = there.join(", ");
            let error = Error::data(format!("the manifest has no column `{wanted}`; its columns are {found}"));
            let needed = COLUMNS.join(", ");
            return Err(match near {
                Some(near) => error.help(format!("rename `{near}` to `{wanted}`; needed are {needed}")),
                None => error.help(format!("needed are {needed}; more are allowed")),
            });
        };
        *place = at;
    }
    Ok(places)
}

/// The needed cells of a row, none of them empty.
fn row(cells: &[Cell], columns: &[usize; 5], number: usize) -> Result<[String; 5]> {
    let texts = columns.map(|at| cells[at].text().trim().to_string());
    match texts.iter().position(String::is_empty) {
        Some(at) => Err(Error::data(format!("row {number}: the column `{}` is empty", COLUMNS[at]))
            .help("fill it in, or remove the row")),
        None => Ok(texts),
    }
}
