//! `seqtran data`: what is in a folder of images and labels, and what is wrong with it.

use super::arguments::Data;
use crate::base::error::Result;
use crate::base::progress::Monitor;
use crate::dataset::check::{Finding, check};
use crate::dataset::open::{OpenParams, open_tasks};
use crate::dataset::tasks::Tasks;
use crate::io::table::Table;
use std::fmt::Write;

/// What a command says, and whether the data can be trusted.
pub struct Report {
    /// The text for a person.
    pub text: String,
    /// Whether a file cannot be read or does not fit its label.
    pub broken: bool,
}

/// Opens the data and says what they are.
///
/// # Errors
/// As [`open_tasks`]; also when the user stops it.
pub fn report(data: Data, width: usize, monitor: &Monitor) -> Result<Report> {
    let params = OpenParams {
        layout: data.layout,
        objectives: data.objectives.into_iter().collect(),
        ignore: data.ignore,
        exclude: data.exclude,
        exclude_file: data.exclude_file,
        institution: data.institution,
        release: data.release,
    };
    let tasks = open_tasks(&data.path, params)?;
    let mut text = head(&tasks);
    put(&mut text, &tasks.institutions_table(), width);
    put(&mut text, &tasks.summary(), width);
    let notes = tasks.notes().iter().map(|note| (note.topic.name(), note.place.display().to_string(), &note.text));
    listed(&mut text, notes.collect());
    if data.quick {
        text.push_str("\nno image was read");
        return Ok(Report { text, broken: false });
    }
    let findings = check(&tasks, monitor)?;
    if findings.is_empty() {
        text.push_str("\nevery image and label was read, and nothing wrong was found");
    }
    let place = |finding: &Finding| {
        let words = [&finding.institution, &finding.case, &finding.modality, &finding.objective];
        words.into_iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    listed(&mut text, findings.iter().map(|finding| (finding.topic.name(), place(finding), &finding.text)).collect());
    Ok(Report { text: text.trim_end().into(), broken: findings.iter().any(Finding::broken) })
}

/// Remarks under their topics: a place and a text each.
fn listed(text: &mut String, remarks: Vec<(&str, String, &String)>) {
    let mut last = "";
    for (topic, place, remark) in &remarks {
        if *topic != last {
            let count = remarks.iter().filter(|(other, ..)| other == topic).count();
            let _ = writeln!(text, "\n{topic} ({count})");
            last = topic;
        }
        let _ = writeln!(text, "  {place}: {remark}");
    }
}

/// The place, the layout and why, the number of tasks.
fn head(tasks: &Tasks) -> String {
    let mut text = String::new();
    if let Some(opening) = tasks.opening() {
        let _ = writeln!(text, "{}   layout {} ({})", opening.path.display(), opening.layout, opening.because);
    }
    let (count, homes) = (tasks.len(), tasks.institutions().len());
    let (s, homes_s) = (if count == 1 { "" } else { "s" }, if homes == 1 { "" } else { "s" });
    let _ = writeln!(text, "{count} task{s}, {homes} institution{homes_s}");
    text
}

/// All rows of a table, after an empty line.
fn put(text: &mut String, table: &Table, width: usize) {
    let _ = writeln!(text, "\n{}", table.render(width, usize::MAX));
}
