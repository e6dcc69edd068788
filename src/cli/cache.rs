//! Where the program keeps results between runs, and arrays that outgrow memory: what the surroundings say.

use crate::base::error::Result;
use crate::base::{room, size};
use crate::io::shelf::Scratch;
use crate::io::store::Store;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Bytes the cache may take unless `SEQTRAN_CACHE_SIZE` says another number.
const CAP: u64 = 10_000_000_000;

/// Bytes of arrays that stay in memory where the system does not say how much is free.
const MEMORY: u64 = 2_000_000_000;

/// The store of `SEQTRAN_CACHE`, else the cache folder of the user; an empty variable or `off` is no store.
///
/// # Errors
/// When `SEQTRAN_CACHE_SIZE` is no size.
pub fn store(variable: impl Fn(&str) -> Option<OsString>) -> Result<Store> {
    let cap = bytes("SEQTRAN_CACHE_SIZE", &variable)?.unwrap_or(CAP);
    Ok(folder(&variable).map_or_else(Store::none, |folder| Store::within(&folder, cap)))
}

fn folder(variable: &impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(chosen) = variable("SEQTRAN_CACHE") {
        return (!chosen.is_empty() && chosen != "off").then(|| chosen.into());
    }
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let home = || variable("HOME").filter(|home| !home.is_empty()).map(PathBuf::from).or_else(std::env::home_dir);
    Some(cache.or_else(|| Some(home()?.join(".cache")))?.join("seqtran"))
}

/// Half of the memory that is free, or what `SEQTRAN_MEMORY` says; and a folder for what goes beyond: `TMPDIR`, else one
/// that lies on a disk where the temporary folder may be memory itself.
///
/// # Errors
/// When `SEQTRAN_MEMORY` is no size.
pub fn scratch(variable: impl Fn(&str) -> Option<OsString>) -> Result<Scratch> {
    let memory = bytes("SEQTRAN_MEMORY", &variable)?.unwrap_or_else(|| room::free().unwrap_or(2 * MEMORY) / 2);
    let disk = Path::new("/var/tmp");
    let chosen = variable("TMPDIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = chosen.unwrap_or_else(|| if disk.is_dir() { disk.into() } else { std::env::temp_dir() });
    Ok(Scratch { memory: usize::try_from(memory).unwrap_or(usize::MAX), folder })
}

fn bytes(name: &str, variable: &impl Fn(&str) -> Option<OsString>) -> Result<Option<u64>> {
    let Some(text) = variable(name) else { return Ok(None) };
    size::parse(&text.to_string_lossy()).map(Some).map_err(|error| error.during(name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn said(variables: &[(&'static str, &'static str)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into())
    }

    #[test]
    fn the_folder_is_the_chosen_one_else_that_of_the_user() {
        let of = |variables: &[(&'static str, &'static str)]| {
            store(said(variables)).unwrap().folder().map(|folder| folder.display().to_string())
        };
        let home = ("HOME", "/home/ada");
        assert_eq!(of(&[home]).unwrap(), "/home/ada/.cache/seqtran");
        assert_eq!(of(&[home, ("XDG_CACHE_HOME", "/fast")]).unwrap(), "/fast/seqtran");
        assert_eq!(of(&[home, ("XDG_CACHE_HOME", "not/absolute")]).unwrap(), "/home/ada/.cache/seqtran");
        assert_eq!(of(&[home, ("XDG_CACHE_HOME", "")]).unwrap(), "/home/ada/.cache/seqtran");
        assert_eq!(of(&[home, ("XDG_CACHE_HOME", "/fast"), ("SEQTRAN_CACHE", "mine")]).unwrap(), "mine");
        assert_eq!(of(&[home, ("SEQTRAN_CACHE", "")]), None);
        assert_eq!(of(&[home, ("SEQTRAN_CACHE", "off")]), None);
    }

    #[test]
    fn sizes_are_checked() {
        let cap = |text| store(said(&[("SEQTRAN_CACHE", "x"), ("SEQTRAN_CACHE_SIZE", text)])).map(|store| store.cap());
        assert_eq!(cap("2 MB").unwrap(), 2_000_000);
        assert_eq!(store(said(&[("SEQTRAN_CACHE", "x")])).unwrap().cap(), CAP);
        let error = store(said(&[("SEQTRAN_CACHE_SIZE", "many")])).err().unwrap();
        assert!(error.message().contains("SEQTRAN_CACHE_SIZE") && error.message().contains("`many`"), "{error}");
        assert_eq!(scratch(said(&[("SEQTRAN_MEMORY", "3kB")])).unwrap().memory, 3000);
        assert!(scratch(said(&[("SEQTRAN_MEMORY", "3 apples")])).is_err());
        assert!(scratch(said(&[])).unwrap().memory > 1_000_000);
    }
}
