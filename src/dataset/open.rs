//! `open_tasks`: a folder or manifest becomes tasks.

use super::layout::{Detection, Layout};
use super::layouts::list::LAYOUTS;
use super::listing::Listing;
use super::tasks::{Opening, Tasks};
use crate::base::error::{Error, Kind, Result};
use crate::base::nearest::nearest;
use crate::base::params::Params;
use std::path::Path;

pub use super::open_params::OpenParams;

/// Opens the tasks at `path`, in the layout that was named or, without a name, the one that is detected.
///
/// # Errors
/// When there is nothing at `path`, the layout is unknown, or none or several layouts fit; else what the layout says.
pub fn open_tasks(path: &Path, mut params: OpenParams) -> Result<Tasks> {
    if let Some(list) = &params.exclude_file {
        let text = std::fs::read_to_string(list).map_err(|e| Error::file(list, "cannot read the exclusion list", e))?;
        let names = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        params.exclude.extend(names.filter(|name| !name.is_empty()).map(String::from));
    }
    let params = params.check()?;
    std::fs::metadata(path).map_err(|e| {
        Error::file(path, "cannot open the tasks", e).help("relative paths are relative to the current folder")
    })?;
    let (layout, because) = match &params.layout {
        Some(name) => (named(name)?, "as the options say".to_string()),
        None => detected(path)?,
    };
    let cohort = layout.read(path, &params)?;
    let found = cohort.scans.len();
    let (tasks, notes) = cohort.tasks(&params).map_err(|e| e.at(path))?;
    if tasks.is_empty() {
        let why = if found > 0 { "every case was left out" } else { "no image with a label was found" };
        let error = Error::new(Kind::Data, format!("no tasks here (layout {}): {why}", layout.name())).at(path);
        return Err(match notes.first() {
            Some(note) => {
                error.help(format!("the first of {} notes: {}: {}", notes.len(), note.place.display(), note.text))
            }
            None => error.help(format!("layout {} is {}", layout.name(), layout.looks_for())),
        });
    }
    let opening = Opening { path: path.into(), layout: layout.name(), because, notes };
    Ok(Tasks::new(tasks)?.opened(opening))
}

/// The layout of this name.
///
/// # Errors
/// Says which there are, and the nearest.
pub fn named(name: &str) -> Result<&'static dyn Layout> {
    LAYOUTS.iter().copied().find(|layout| layout.name() == name).ok_or_else(|| {
        let all: Vec<&str> = LAYOUTS.iter().map(|layout| layout.name()).collect();
        let error = Error::argument(format!("unknown layout `{name}`"));
        match nearest(name, all.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("layouts: {}", all.join(", "))),
        }
    })
}

/// A line that says what a layout saw or missed.
fn reason((layout, answer): &&(&'static dyn Layout, Detection)) -> String {
    format!("\n    {}: {}", layout.name(), answer.because())
}

/// The one layout that fits, and what was seen that says so.
fn detected(path: &Path) -> Result<(&'static dyn Layout, String)> {
    if path.is_dir() {
        // A folder that cannot be read is not one without data.
        Listing::of(path)?;
    }
    let answers: Vec<(&'static dyn Layout, Detection)> =
        LAYOUTS.iter().map(|layout| (*layout, layout.detect(path))).collect();
    let fitting: Vec<&(&'static dyn Layout, Detection)> = answers.iter().filter(|(_, answer)| answer.fits()).collect();
    match fitting[..] {
        [(layout, answer)] => Ok((*layout, answer.because().to_string())),
        [] => {
            let what = if path.is_dir() { "this folder" } else { "this file" };
            let missed: Vec<String> = answers.iter().map(|answer| reason(&answer)).collect();
            Err(Error::new(Kind::Data, format!("{what} has no layout that is known:{}", missed.concat()))
                .at(path)
                .help("write a manifest (a CSV of case,institution,modality,image,label) and open that"))
        }
        _ => {
            let seen: Vec<String> = fitting.iter().map(reason).collect();
            Err(Error::new(Kind::Data, format!("several layouts fit:{}", seen.concat()))
                .at(path)
                .help(format!("say which: #{{ layout: \"{}\" }}", fitting[0].0.name())))
        }
    }
}
