//! Files and folders, as far as a script that prepares data needs them.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::base::error::Error;
use crate::io::atomic;
use crate::script::fault::Answer;
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine};
use std::path::{Path, absolute};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// Whether a name fits a pattern in which `*` stands for any letters and `?` for one.
fn fits(name: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some(('*', rest)) => (0..=name.len()).any(|at| fits(&name[at..], rest)),
        Some(('?', rest)) => !name.is_empty() && fits(&name[1..], rest),
        Some((letter, rest)) => name.first() == Some(letter) && fits(&name[1..], rest),
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The paths in a folder whose names fit a pattern, sorted; hidden files are left out.
    ///
    /// # Arguments
    /// - `folder`: where to look; folders inside it are listed but not entered
    /// - `pattern`: `*` stands for any letters, `?` for one
    ///
    /// # Example
    /// ```
    /// make_folder("few");
    /// table("t").add(#{ a: 1 }).save("few/b.csv");
    /// table("t").add(#{ a: 1 }).save("few/a.csv");
    /// list_files("few", "*.csv")          // => ["few/a.csv", "few/b.csv"]
    /// list_files("nowhere", "*")          // error: nowhere: cannot list the folder: no such file or directory
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn list_files(folder: &str, pattern: &str) -> Answer<Array> {
        let wrong = |e| Error::file(folder, "cannot list the folder", e);
        let pattern: Vec<char> = pattern.chars().collect();
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(wrong)? {
            let name = entry.map_err(wrong)?.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && fits(&name.chars().collect::<Vec<_>>(), &pattern) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names.iter().map(|name| Dynamic::from(Path::new(folder).join(name).display().to_string())).collect())
    }

    /// The last part of a path.
    ///
    /// # Example
    /// ```
    /// file_name("data/a.nii.gz")          // => a.nii.gz
    /// ```
    pub fn file_name(path: &str) -> String {
        Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The last part of a path up to its first dot.
    ///
    /// # Example
    /// ```
    /// file_stem("data/a.nii.gz")          // => a
    /// ```
    pub fn file_stem(path: &str) -> String {
        file_name(path).split('.').next().unwrap_or_default().into()
    }

    /// The path from the root, whatever the current folder is.
    ///
    /// # Example
    /// ```
    /// absolute_path("a.csv").ends_with("a.csv")       // => true
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn absolute_path(path: &str) -> Answer<String> {
        let full = absolute(path).map_err(|e| Error::file(path, "cannot find the current folder", e))?;
        Ok(full.display().to_string())
    }

    /// Whether a file or folder is there.
    ///
    /// # Example
    /// ```
    /// exists("nowhere")                   // => false
    /// ```
    #[rhai_fn(volatile)]
    pub fn exists(path: &str) -> bool {
        Path::new(path).exists()
    }

    /// Writes a text file, whole or not at all; one that is there is replaced.
    ///
    /// # Example
    /// ```
    /// write_text("notes.md", "# Notes\n");
    /// exists("notes.md")                  // => true
    /// write_text("nowhere/notes.md", "")  // error: nowhere/notes.md:
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn write_text(path: &str, text: &str) -> Answer<()> {
        Ok(atomic::write_bytes(Path::new(path), text.as_bytes())?)
    }

    /// Makes a folder and those above it; nothing happens if it is there.
    ///
    /// # Example
    /// ```
    /// make_folder("out/figures");
    /// exists("out/figures")               // => true
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn make_folder(path: &str) -> Answer<()> {
        std::fs::create_dir_all(path).map_err(|e| Error::file(path, "cannot make the folder", e).into())
    }
}
