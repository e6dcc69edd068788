//! Tasks written as a folder in a layout.

use super::open::named;
use super::tasks::Tasks;
use crate::base::error::{Error, Kind, Result};
use crate::base::progress::Monitor;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes tasks into the new folder `path` in a layout, so that `open_tasks` finds the same images and masks there.
/// The folder appears when everything is in it.
///
/// # Errors
/// When there are no tasks, the layout is unknown or cannot hold them, `path` is there already and not an empty folder,
/// or a file cannot be written; then nothing is left behind.
pub fn save_tasks(tasks: &Tasks, path: &Path, layout: &str, monitor: &Monitor) -> Result<()> {
    let layout = named(layout)?;
    crate::ensure!(!tasks.is_empty(), Kind::Data, "there are no tasks to write");
    let Some(name) = path.file_name() else {
        return Err(Error::argument(format!("wanted the name of a new folder, got `{}`", path.display())));
    };
    let cannot = |e| Error::file(path, "cannot write the tasks", e);
    let taken = fs::symlink_metadata(path).is_ok();
    if taken && !fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none()) {
        return Err(Error::new(Kind::File, "wanted a new or empty folder, but there is something already")
            .at(path)
            .help("give the name of a folder that is not there yet"));
    }
    let home = path.parent().filter(|home| !home.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(home).map_err(cannot)?;
    let part = Unfinished(home.join(format!(".{}.part", name.to_string_lossy())));
    // What an earlier, killed run may have left.
    let _ = fs::remove_dir_all(&part.0);
    fs::create_dir(&part.0).map_err(cannot)?;
    layout.write(tasks, &part.0, monitor)?;
    if taken {
        fs::remove_dir(path).map_err(cannot)?;
    }
    fs::rename(&part.0, path).map_err(cannot)
}

/// A folder that is removed when it is dropped, unless it has taken its final name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
