//! `open_tasks`: a folder or manifest becomes tasks.

use super::layout::Layout;
use super::layouts::list::LAYOUTS;
use super::tasks::Tasks;
use crate::base::error::{Error, Kind, Result};
use crate::base::nearest::nearest;
use crate::base::params::Params;
use std::path::Path;

pub use super::layout::OpenParams;

/// Opens the tasks at `path`, in the layout that was named or, without a name, the one that is detected.
///
/// # Errors
/// When there is nothing at `path`, the layout is unknown, or none or several layouts fit; else what the layout says.
pub fn open_tasks(path: &Path, params: OpenParams) -> Result<Tasks> {
    let params = params.check()?;
    std::fs::metadata(path).map_err(|e| {
        Error::file(path, "cannot open the tasks", e).help("relative paths are relative to the current folder")
    })?;
    let layout = match &params.layout {
        Some(name) => named(name)?,
        None => detected(path)?,
    };
    let tasks = layout.open(path, &params)?;
    crate::ensure!(!tasks.is_empty(), Kind::Data, "no tasks in {} (layout {})", path.display(), layout.name());
    Ok(tasks)
}

fn named(name: &str) -> Result<&'static dyn Layout> {
    LAYOUTS.iter().copied().find(|layout| layout.name() == name).ok_or_else(|| {
        let all: Vec<&str> = LAYOUTS.iter().map(|layout| layout.name()).collect();
        let error = Error::argument(format!("unknown layout `{name}`"));
        match nearest(name, all.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("layouts: {}", all.join(", "))),
        }
    })
}

fn detected(path: &Path) -> Result<&'static dyn Layout> {
    let fitting: Vec<&'static dyn Layout> = LAYOUTS.iter().copied().filter(|layout| layout.detect(path)).collect();
    match fitting[..] {
        [layout] => Ok(layout),
        [] => {
            let what = if path.is_dir() { "this folder" } else { "this file" };
            let looked: Vec<String> =
                LAYOUTS.iter().map(|layout| format!("{}: {}", layout.name(), layout.looks_for())).collect();
            Err(Error::new(Kind::Data, format!("{what} has no layout that is known; looked for {}", looked.join("; ")))
                .at(path)
                .help("write a manifest (a CSV of case,institution,modality,image,label) and open that"))
        }
        _ => {
            let names: Vec<&str> = fitting.iter().map(|layout| layout.name()).collect();
            Err(Error::new(Kind::Data, format!("several layouts fit: {}", names.join(", ")))
                .at(path)
                .help(format!("say which: #{{ layout: \"{}\" }}", names[0])))
        }
    }
}
