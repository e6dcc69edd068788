//! FeTS 2021 and 2022: a folder for each subject, and a CSV that says at which institution each was seen.

use crate::base::error::{Error, Kind, Result};
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use crate::dataset::cohort::{Cohort, Legend};
use crate::dataset::homes::{Home, found, homes};
use crate::dataset::layout::{Detection, Layout};
use crate::dataset::listing::{Entry, Listing, folder_name};
use crate::dataset::naming::UNDERSCORES;
use crate::dataset::note::{Note, Topic};
use crate::dataset::open_params::OpenParams;
use crate::dataset::patients::{Patient, one_visit, patients};
use crate::dataset::tasks::Tasks;
use crate::dataset::visit;
use crate::io::table::{Cell, Table};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The label values: necrotic core, oedema, enhancing tumour.
const LABELS: [(&str, &[u16]); 3] = [("NCR", &[1]), ("ED", &[2]), ("ET", &[4])];

/// The columns of a partitioning.
const COLUMNS: [&str; 2] = ["Partition_ID", "Subject_ID"];

/// Folders `FeTS2022_01341/` (2021: `FeTS21_Training_001/`) with `FeTS2022_01341_{flair,t1,t1ce,t2,seg}.nii.gz`, and beside
/// them (or in the folder above) `partitioning_1.csv`, `partitioning_2.csv` with the columns `Partition_ID` and `Subject_ID`.
///
/// The option `release` is the number of the partitioning, 1 if it is there. The institutions are the partitions, with at
/// least two digits: `01`. A folder above that holds the data is found, too.
pub struct Fets;

impl Layout for Fets {
    fn name(&self) -> &'static str {
        "fets"
    }

    fn looks_for(&self) -> &'static str {
        "folders FeTS2022_* with the images of one subject, and partitioning_1.csv"
    }

    fn detect(&self, path: &Path) -> Detection {
        let homes = found(path, 2, &|listing| subjects(listing).next().is_some());
        let Some(first) = homes.first() else {
            return Detection::Not(if is_subject(&folder_name(path)) {
                "this is the folder of one subject, open the one above".into()
            } else {
                "no folders FeTS2022_*".into()
            });
        };
        let count: usize = homes.iter().map(|home| subjects(&home.listing).count()).sum();
        let name = subjects(&first.listing).next().map_or("", |subject| subject.name.as_str());
        let folders = format!("{count} folders {}*", &name[..name.find('_').map_or(0, |at| at + 1)]);
        let csv = homes.iter().find_map(|home| partitionings(&home.listing).into_values().next());
        match csv.or_else(|| partitionings(&Listing::or_empty(path)).into_values().next()) {
            Some(csv) => Detection::Fits(format!("{} and {folders}", folder_name(&csv))),
            None => Detection::Not(format!("no partitioning_1.csv with the {folders}")),
        }
    }

    fn read(&self, path: &Path, params: &Checked<OpenParams>) -> Result<Cohort> {
        params.no_institution(self.name())?;
        Listing::of(path)?;
        let mut cohort = Cohort { legend: Legend::of(&LABELS), ..Cohort::default() };
        let homes = homes(path, 2, &|listing| subjects(listing).next().is_some(), &mut cohort.notes);
        if homes.is_empty() {
            return Err(Error::new(Kind::Data, format!("wanted {}, got no such folder", self.looks_for())).at(path));
        }
        let (homes, partitionings) = partitioned(path, homes, &mut cohort.notes)?;
        let csv = chosen(&partitionings, params.release.as_deref()).map_err(|e| e.at(path))?;
        let mut institutions = read_partitioning(csv, &mut cohort.notes).map_err(|e| e.at(csv))?;
        let mut visits = Vec::new();
        for home in &homes {
            for subject in &home.listing.folders {
                if !is_subject(&subject.name) {
                    cohort.notes.push(Note::new(Topic::Unused, &subject.path, "not the folder of a subject"));
                    continue;
                }
                let other_case = |name: &&String| name.eq_ignore_ascii_case(&subject.name);
                let institution = institutions.remove(&subject.name).or_else(|| {
                    let name = institutions.keys().find(other_case).cloned()?;
                    institutions.remove(&name)
                });
                let Some(institution) = institution else {
                    let text = format!("no row of {} names this subject", folder_name(csv));
                    cohort.notes.push(Note::new(Topic::Unpaired, &subject.path, text));
                    continue;
                };
                visits.push(UNDERSCORES.visit(subject, &institution, &subject.name, &mut cohort.notes)?);
            }
        }
        for (subject, institution) in institutions {
            let text =
                format!("{} has this subject at institution {institution}, but it has no folder", folder_name(csv));
            cohort.notes.push(Note::new(Topic::Missing, subject, text));
        }
        visit::add(visits, &mut cohort);
        Ok(cohort)
    }

    fn write(&self, tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()> {
        let patients = patients(tasks);
        one_visit(&patients, self.name())?;
        let stage = monitor.stage("write fets", patients.len());
        let values = LABELS.iter().map(|(name, values)| ((*name).to_string(), values[0])).collect();
        let mut table = Table::new(COLUMNS);
        let partitions: Vec<i64> = patients.iter().map(partition).collect::<Result<_>>()?;
        for ((n, patient), partition) in patients.iter().enumerate().zip(partitions) {
            let subject = format!("FeTS2022_{:05}", n + 1);
            UNDERSCORES.write(path, &subject, patient, &values)?;
            table.push(vec![Cell::from(partition), Cell::from(subject)])?;
            stage.advance(1)?;
        }
        table.save(&path.join("partitioning_1.csv"))
    }
}

/// The number of a patient's institution.
fn partition(patient: &Patient) -> Result<i64> {
    let number = whole(&patient.institution).filter(|number| institution(*number) == patient.institution);
    number.ok_or_else(|| {
        let text = format!("FeTS institutions are numbers of two digits or more, got `{}`", patient.institution);
        Error::new(Kind::Data, text).help("choose another layout, such as folders")
    })
}

/// Whether a folder's name is a subject's: `FeTS2022_01341`, `FeTS21_Training_001`.
fn is_subject(name: &str) -> bool {
    let Some(rest) = name.get(..4).filter(|start| start.eq_ignore_ascii_case("fets")).map(|_| &name[4..]) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    rest.split_once('_').is_some_and(|(year, rest)| digits(year) && digits(rest.rsplit('_').next().unwrap_or_default()))
}

fn subjects(listing: &Listing) -> impl Iterator<Item = &Entry> {
    listing.folders.iter().filter(|folder| is_subject(&folder.name))
}

/// The files `partitioning_<release>.csv` by release.
fn partitionings(listing: &Listing) -> BTreeMap<String, PathBuf> {
    let release = |file: &Entry| {
        let name = file.name.to_ascii_lowercase();
        Some((name.strip_prefix("partitioning_")?.strip_suffix(".csv")?.to_string(), file.path.clone()))
    };
    listing.files.iter().filter_map(release).collect()
}

/// The homes that a partitioning is for, and the partitionings: those that lie beside the subjects, else at the top.
fn partitioned(path: &Path, homes: Vec<Home>, notes: &mut Vec<Note>) -> Result<(Vec<Home>, BTreeMap<String, PathBuf>)> {
    let (with, without): (Vec<Home>, Vec<Home>) =
        homes.into_iter().partition(|home| !partitionings(&home.listing).is_empty());
    if with.is_empty() {
        let top = partitionings(&Listing::of(path)?);
        if top.is_empty() {
            return Err(Error::new(Kind::Data, "wanted partitioning_1.csv beside the subjects' folders, but there is none")
                .at(&without[0].path)
                .help("it comes with the FeTS data and says which subject was seen at which institution; data without it may be opened as a manifest"));
        }
        return Ok((without, top));
    }
    if let [first, second, ..] = &with[..] {
        let (first, second) = (first.path.display(), second.path.display());
        return Err(Error::new(Kind::Data, format!("both {first} and {second} hold subjects with a partitioning"))
            .at(path)
            .help("open one of them"));
    }
    for home in without {
        let text = format!("no partitioning lies beside the {} subjects here", subjects(&home.listing).count());
        notes.push(Note::new(Topic::Unpaired, home.path, text));
    }
    let partitionings = with.iter().flat_map(|home| partitionings(&home.listing)).collect();
    Ok((with, partitionings))
}

/// The partitioning of this release; without one 1, else 2, else the only one.
fn chosen<'a>(partitionings: &'a BTreeMap<String, PathBuf>, release: Option<&str>) -> Result<&'a Path> {
    let there = || partitionings.keys().cloned().collect::<Vec<_>>().join(", ");
    let found = match release {
        Some(release) => partitionings.get(release.trim()),
        None => ["1", "2"].iter().find_map(|release| partitionings.get(*release)),
    };
    let only = partitionings.values().next().filter(|_| release.is_none() && partitionings.len() == 1);
    found.or(only).map(PathBuf::as_path).ok_or_else(|| match release {
        Some(wanted) => Error::argument(format!("option `release`: there is no partitioning_{wanted}.csv"))
            .help(format!("there are the releases {}", there())),
        None => Error::data(format!("there are several partitionings: {}", there()))
            .help("say which by the option `release`"),
    })
}

/// An institution's name.
fn institution(partition: i64) -> String {
    format!("{partition:02}")
}

/// The whole number that a text is: `1`, `1.0`, ` 01 `.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let number = text.parse::<f64>().ok().filter(|number| number.fract() == 0.0 && (0.0..1e9).contains(number));
    number.map(|number| number as i64)
}

/// The institution of each subject.
fn read_partitioning(path: &Path, notes: &mut Vec<Note>) -> Result<BTreeMap<String, String>> {
    let (columns, rows) = cells(path)?;
    let letters = |text: &str| -> String { text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect() };
    let place = |wanted: &str| {
        columns.iter().position(|name| letters(name) == letters(wanted)).ok_or_else(|| {
            Error::data(format!("wanted a column {wanted}, got {}", columns.join(", ")))
                .help(format!("a partitioning has the columns {}; more are allowed", COLUMNS.join(" and ")))
        })
    };
    let (partition_at, subject_at) = (place(COLUMNS[0])?, place(COLUMNS[1])?);
    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for (n, row) in rows.iter().enumerate() {
        let (partition, subject) = (row[partition_at].trim(), row[subject_at].trim());
        if partition.is_empty() && subject.is_empty() {
            continue;
        }
        // The row that names the columns is row 1.
        let number = n + 2;
        crate::ensure!(!subject.is_empty(), Kind::Data, "row {number}: the column {} is empty", COLUMNS[1]);
        let Some(partition) = whole(partition) else {
            return Err(Error::data(format!(
                "row {number}: wanted a whole number as {}, got `{partition}`",
                COLUMNS[0]
            )));
        };
        let institution = institution(partition);
        match found.get(subject) {
            Some((first, other)) if *other != institution => {
                return Err(Error::data(format!(
                    "rows {first} and {number} have subject {subject} at the institutions {other} and {institution}"
                ))
                .help("a subject belongs to one institution: remove one of the rows"));
            }
            Some((first, _)) => {
                let text = format!("rows {first} and {number} of {} are the same", folder_name(path));
                notes.push(Note::new(Topic::Unused, subject, text));
            }
            None => drop(found.insert(subject.to_string(), (number, institution))),
        }
    }
    crate::ensure!(!found.is_empty(), Kind::Data, "the partitioning names no subject");
    Ok(found.into_iter().map(|(subject, (_, institution))| (subject, institution)).collect())
}

/// The columns' names and the rows of a CSV file whose cells may be parted by `;` or tabs instead of commas.
fn cells(path: &Path) -> Result<(Vec<String>, Vec<Vec<String>>)> {
    let table = Table::read_csv_text(path)?;
    let columns = table.columns().to_vec();
    let rows = table.rows().iter().map(|row| row.iter().map(Cell::text).collect());
    let Some(letter) = [';', '\t'].into_iter().find(|letter| columns.len() == 1 && columns[0].contains(*letter)) else {
        return Ok((columns, rows.collect()));
    };
    let part = |line: &str| -> Vec<String> {
        line.split(letter).map(|cell| cell.trim().trim_matches('"').to_string()).collect()
    };
    let columns = part(&columns[0]);
    let rows: Vec<Vec<String>> = rows.map(|row: Vec<String>| part(&row[0])).collect();
    if let Some(n) = rows.iter().position(|row| row.len() != columns.len()) {
        let (got, wanted) = (rows[n].len(), columns.len());
        return Err(Error::data(format!("row {} has {got} cells, the first row names {wanted} columns", n + 2)));
    }
    Ok((columns, rows))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn subjects_are_known_by_their_names() {
        for name in ["FeTS2022_01341", "FeTS21_Training_001", "fets2022_00002", "FeTS21_Validation_140"] {
            assert!(is_subject(name), "{name}");
        }
        for name in
            ["FeTS2022", "FeTS2022_TrainingData", "MICCAI_FeTS2022_TrainingData", "BraTS2021_00000", "FeTS_1", "é"]
        {
            assert!(!is_subject(name), "{name}");
        }
    }

    #[test]
    fn institutions_are_whole_numbers_however_they_are_written() {
        for text in ["1", "1.0", " 01 ", "001", "1."] {
            assert_eq!(institution(whole(text).unwrap()), "01", "{text:?}");
        }
        assert_eq!(institution(whole("123").unwrap()), "123");
        for text in ["", "a", "1.5", "-1", "nan", "inf", "1;2", "1e99"] {
            assert_eq!(whole(text), None, "{text:?}");
        }
    }
}
