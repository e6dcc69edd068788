//! A CSV file with one row for each image: case, institution, modality, image, label.

use crate::base::error::{Error, Kind, Result};
use crate::base::nearest::nearest;
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use crate::dataset::cohort::{Cohort, Labelling, Legend, Scan};
use crate::dataset::layout::{Detection, Layout};
use crate::dataset::listing::file_name;
use crate::dataset::modality::canonical;
use crate::dataset::open_params::OpenParams;
use crate::dataset::patients::{numbered, patients};
use crate::dataset::tasks::Tasks;
use crate::io::nifti::{write_labels, write_volume};
use crate::io::table::{Cell, Table};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The columns a manifest must have; it may have more.
const COLUMNS: [&str; 5] = ["case", "institution", "modality", "image", "label"];

/// A column it may have: who a case is, where one patient has several.
const SUBJECT: &str = "subject";

/// The manifest of a folder.
const CASES: &str = "cases.csv";

/// The file beside a manifest that may say what label values mean.
const OBJECTIVES: &str = "objectives.csv";

/// The name in it of what scores leave out.
const IGNORED: &str = "(ignored)";

/// A CSV file with one row for each image; paths are relative to the file.
///
/// There is one task for each institution, modality and objective; the objectives are given when it is opened, or stand
/// in a file `objectives.csv` beside it (columns objective and value).
pub struct Manifest;

impl Layout for Manifest {
    fn name(&self) -> &'static str {
        "manifest"
    }

    fn looks_for(&self) -> &'static str {
        "a .csv file with the columns case, institution, modality, image, label, or a folder with such a cases.csv"
    }

    fn detect(&self, path: &Path) -> Detection {
        if path.is_file() {
            let csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
            return if csv { Detection::Fits("a .csv file".into()) } else { Detection::Not("no .csv file".into()) };
        }
        match path.join(CASES).is_file() {
            true => Detection::Fits(CASES.into()),
            false => Detection::Not(format!("no {CASES}")),
        }
    }

    fn read(&self, path: &Path, params: &Checked<OpenParams>) -> Result<Cohort> {
        let file = if path.is_dir() { path.join(CASES) } else { path.to_path_buf() };
        if !file.is_file() {
            return Err(Error::new(
                Kind::File,
                format!("wanted a manifest (a .csv file), got a folder without {CASES}"),
            )
            .at(path)
            .help("give the path of the .csv file itself"));
        }
        let mut legend = Legend::default();
        let meanings = file.with_file_name(OBJECTIVES);
        if params.objectives.is_empty() {
            if !meanings.is_file() {
                return Err(Error::argument(
                    "a manifest does not say what its label values mean: no objectives were given",
                )
                .at(&file)
                .help("name them with their values, such as objectives: #{ lesion: [1] }"));
            }
            legend = read_objectives(&meanings)?;
        }
        Ok(Cohort { scans: rows(&file)?, legend, notes: Vec::new() })
    }

    fn write(&self, tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()> {
        let values = numbered(tasks);
        let patients = patients(tasks);
        let ignored = Some(values.len() as u16 + 1);
        let stage = monitor.stage("write manifest", patients.len());
        let mut table = Table::new(COLUMNS.into_iter().chain([SUBJECT]));
        let mut any_ignored = false;
        for patient in &patients {
            let home = format!("{}/{}", file_name(&patient.institution), file_name(&patient.case));
            fs::create_dir_all(path.join(&home)).map_err(|e| Error::file(path, "cannot write the tasks", e))?;
            let labels = patient.labels(&values, ignored)?;
            any_ignored |= labels.values().iter().any(|value| Some(*value) == ignored);
            let label = format!("{home}/label.nii.gz");
            write_labels(&path.join(&label), &labels)?;
            for (modality, source) in &patient.images {
                let image = format!("{home}/{}.nii.gz", file_name(modality));
                write_volume(&path.join(&image), &source.image()?)?;
                let cells = [&patient.case, &patient.institution, modality, &image, &label, &patient.subject];
                table.push(cells.map(|cell| Cell::from(cell.clone())).to_vec())?;
            }
            stage.advance(1)?;
        }
        table.save(&path.join(CASES))?;
        let mut meanings = Table::new(["objective", "value"]);
        for (objective, value) in &values {
            meanings.push(vec![Cell::from(objective.clone()), Cell::from(usize::from(*value))])?;
        }
        if let Some(value) = ignored.filter(|_| any_ignored) {
            meanings.push(vec![Cell::from(IGNORED), Cell::from(usize::from(value))])?;
        }
        meanings.save(&path.join(OBJECTIVES))
    }
}

/// What label values mean, from a file `objectives.csv`; the objective `(ignored)` holds what scores leave out.
fn read_objectives(path: &Path) -> Result<Legend> {
    let table = Table::read_csv_text(path)?;
    let wanted = |e: Error| e.at(path).help("needed are the columns objective and value, one label value a row");
    let (names, values) = (table.column("objective").map_err(wanted)?, table.column("value").map_err(wanted)?);
    let mut legend = Legend::default();
    for (name, value) in names.iter().zip(values) {
        let value = value.text();
        let Some(value) = value.trim().parse::<u16>().ok().filter(|value| *value > 0) else {
            return Err(wanted(Error::data(format!("wanted a label value from 1 to 65535, got `{value}`"))));
        };
        match name.text() {
            name if name == IGNORED => legend.ignored.push(value),
            name => legend.objectives.entry(name).or_default().push(value),
        }
        legend.expected.push(value);
    }
    Ok(legend)
}

/// The rows, with every file that they name in its place.
fn rows(path: &Path) -> Result<Vec<Scan>> {
    let table = Table::read_csv_text(path)?;
    let columns = columns(&table).map_err(|e| e.at(path))?;
    if table.is_empty() {
        return Err(Error::data("the manifest has no rows under its column names")
            .at(path)
            .help("add a row for each image: case,institution,modality,image,label"));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let subjects = table.columns().iter().position(|name| name == SUBJECT);
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
        let (image, label) = (folder.join(image), folder.join(label));
        for (what, file) in [("image", &image), ("label", &label)] {
            if !file.is_file() {
                missing.push((number, format!("{what} {}", file.display())));
            }
        }
        let subject = subjects.map(|at| cells[at].text().trim().to_string()).filter(|name| !name.is_empty());
        let subject = subject.unwrap_or_else(|| case.clone());
        let labels = Labelling::Values(label);
        rows.push(Scan { institution, case, subject, modality, image, channel: None, labels });
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
