//! Where a training is kept, on its way and when it is done, so that it is not done twice and goes on after a power cut.
//!
//! Everything is kept under the hash of what the training depends on in the store of results, from which old entries go
//! when it is full; and in a folder, if the user names one, whose files stay and must be of the training that is asked for.

use super::identity::Identity;
use super::live::Live;
use super::model::Model;
use super::sealed::{self, Content};
use crate::base::error::{Error, Kind, Result};
use crate::io::atomic;
use crate::io::key::Key;
use crate::io::store::Store;
use crate::net::device::Device;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The text of a file that says which training it is of.
const TRAINING: &str = "training";

/// Writing states may take this part of the time.
const SHARE: f64 = 0.05;

/// Bytes of a state that are written while the user waits for the end.
const AT_ONCE: usize = 32 << 20;

/// The longest name of a task in a file's name.
const LONGEST: usize = 80;

/// What is kept of one training.
pub struct Vault<'a> {
    identity: Identity,
    key: Key,
    store: Option<&'a Store>,
    files: Option<Files>,
    /// Whether what is there is used.
    reuse: bool,
    /// Seconds between two states.
    every: f64,
    /// Steps of the last state that was written or read.
    steps: Option<usize>,
    /// When the last state was written, and how long that took.
    last: f64,
    cost: f64,
}

struct Files {
    result: PathBuf,
    state: PathBuf,
}

/// How the user wants trainings to be kept.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Whether what is there is used.
    pub reuse: bool,
    /// A folder of the user's.
    pub folder: Option<&'a Path>,
    /// Seconds between two states.
    pub every: f64,
}

impl<'a> Vault<'a> {
    /// The vault of a training, the `number`-th (from 1) of its network, on a task of this name; `now` is the clock's time.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(
        identity: Identity,
        store: Option<&'a Store>,
        wish: Wish,
        (number, task): (usize, &str),
        now: f64,
    ) -> Result<Self> {
        let files = wish.folder.map(|folder| -> Result<Files> {
            std::fs::create_dir_all(folder).map_err(|reason| {
                Error::file(folder, "cannot make the folder of `checkpoints`", reason).help("name another folder")
            })?;
            let name = file_name(number, task);
            Ok(Files {
                result: folder.join(format!("{name}.safetensors")),
                state: folder.join(format!("{name}.state")),
            })
        });
        let (key, files) = (identity.key(), files.transpose()?);
        Ok(Vault {
            identity,
            key,
            store,
            files,
            reuse: wish.reuse,
            every: wish.every,
            steps: None,
            last: now,
            cost: 0.0,
        })
    }

    /// Whether the user's folder can take a network of so many parameters: better said before a training than after it.
    ///
    /// # Errors
    /// It cannot be written, or has no room.
    pub fn check(&self, parameters: usize) -> Result<()> {
        let Some(Files { state, .. }) = &self.files else { return Ok(()) };
        atomic::check(state, 4 * parameters).map_err(|error| error.help(self.way_on()))
    }

    /// The training goes on from a state that was read, of so many steps.
    pub fn goes_on(&mut self, steps: usize) {
        self.steps = Some(steps);
    }

    /// An error in what a state holds, with its file and what to do.
    #[must_use]
    pub fn about_state(&self, error: Error) -> Error {
        match &self.files {
            Some(Files { state, .. }) => unusable(error, state),
            None => error.help("train with `reuse: false`, or empty the cache"),
        }
    }

    /// What the training gave when it was done before.
    ///
    /// # Errors
    /// The folder holds another training, or a damaged one.
    pub fn result(&self, device: &Device) -> Result<Option<Model>> {
        // What the folder holds is looked at even if it is not used: another training's is not written over.
        if let Some(Files { result, .. }) = &self.files
            && let Some(bytes) = bytes_of(result)?
        {
            let (model, texts) = Model::from_bytes(&bytes, device).map_err(|error| unusable(error, result))?;
            self.same(&texts).map_err(|error| error.at(result))?;
            return Ok(self.reuse.then_some(model));
        }
        if !self.reuse {
            return Ok(None);
        }
        let Some(bytes) = self.store.and_then(|store| store.get(&self.key)) else { return Ok(None) };
        // What cannot be read there is lost, and no harm done.
        let Ok((model, texts)) = Model::from_bytes(&bytes, device) else { return Ok(None) };
        if self.same(&texts).is_err() {
            return Ok(None);
        }
        if let Some(Files { result, .. }) = &self.files {
            atomic::write_bytes(result, &bytes)?;
        }
        Ok(Some(model))
    }

    /// The last state of the training when it was cut off: tensors and texts.
    ///
    /// # Errors
    /// The folder holds the state of another training, or a damaged one.
    pub fn state(&self, device: &Device) -> Result<Option<Content>> {
        if let Some(Files { state, .. }) = &self.files {
            let Some(bytes) = bytes_of(state)? else { return Ok(None) };
            let kept = sealed::load(&bytes, device).map_err(|error| unusable(error, state))?;
            self.same(&kept.1).map_err(|error| error.at(state))?;
            return Ok(self.reuse.then_some(kept));
        }
        if !self.reuse {
            return Ok(None);
        }
        let bytes = self.store.and_then(|store| store.get(&self.state_key()));
        let kept = bytes.and_then(|bytes| sealed::load(&bytes, device).ok());
        Ok(kept.filter(|(_, texts)| self.same(texts).is_ok()))
    }

    /// Whether it is time to keep a state.
    #[must_use]
    pub fn due(&self, now: f64) -> bool {
        (self.files.is_some() || self.store.is_some()) && now - self.last >= self.every.max(self.cost / SHARE)
    }

    /// Keeps the state of a training that is stopped, if that takes no time that anybody notices; after how many steps the last state is
    /// that is kept.
    pub fn keep_last(&mut self, live: &Live, clock: &dyn Fn() -> f64) -> Option<usize> {
        if live.progress.steps > 0
            && live.bytes() <= AT_ONCE
            && let Ok(content) = live.state()
        {
            // If that fails, what was kept before is still there.
            let _ = self.keep_state(content, live.progress.steps, clock);
        }
        self.steps
    }

    /// Keeps the state after so many steps; `clock` says how long that takes. Says whether it could: a full cache is no error.
    ///
    /// # Errors
    /// The user's folder cannot be written; the last state is still there.
    pub fn keep_state(&mut self, (tensors, mut texts): Content, steps: usize, clock: &dyn Fn() -> f64) -> Result<bool> {
        let begun = clock();
        let lost = self.store.map_or(0, Store::lost);
        texts.insert(TRAINING.to_owned(), self.identity.text());
        let tensors: Vec<_> = tensors.into_iter().collect();
        let bytes = sealed::save(&tensors, texts)?;
        match (&self.files, self.store) {
            (Some(Files { state, .. }), _) => {
                atomic::write_bytes(state, &bytes).map_err(|error| error.help(self.way_on()))?
            }
            (None, Some(store)) => store.put(&self.state_key(), &bytes),
            (None, None) => {}
        }
        self.last = clock();
        self.cost = self.last - begun;
        let kept = self.store.filter(|_| self.files.is_none()).is_none_or(|store| store.lost() == lost);
        if kept {
            self.steps = Some(steps);
        }
        Ok(kept)
    }

    /// Keeps what the training gave, and forgets its state.
    ///
    /// # Errors
    /// The user's folder cannot be written.
    pub fn keep_result(&self, model: &Model) -> Result<()> {
        if self.files.is_none() && self.store.is_none() {
            return Ok(());
        }
        let bytes = model.to_bytes(&[(TRAINING, self.identity.text())])?;
        if let Some(store) = self.store {
            store.put(&self.key, &bytes);
            store.forget(&self.state_key());
        }
        if let Some(Files { result, state }) = &self.files {
            atomic::write_bytes(result, &bytes).map_err(|error| error.help(self.way_on()))?;
            // A state that stays is not looked at any more.
            atomic::remove(state);
        }
        Ok(())
    }

    /// What to do when the folder cannot be written.
    fn way_on(&self) -> String {
        match self.steps {
            Some(steps) => {
                format!("make room and run this again: it goes on from step {steps}, whose state is still there")
            }
            None => "make room, name another folder for `checkpoints`, or leave it out".to_owned(),
        }
    }

    fn state_key(&self) -> Key {
        Key::of("state of a training").key(&self.key).done()
    }

    /// Whether a file is of this training.
    fn same(&self, texts: &BTreeMap<String, String>) -> Result<()> {
        let there = texts.get(TRAINING).and_then(|text| Identity::read(text)).ok_or_else(|| {
            Error::new(Kind::Format, "the file does not say which training it is of")
                .help("name another folder for `checkpoints`, or delete the file")
        })?;
        let differences = self.identity.differences(&there);
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::argument(format!("the file is of another training: {}", differences.join("; "))).help(
            "name another folder for `checkpoints`, delete the file, or take the options and cases it was made with",
        ))
    }
}

fn unusable(error: Error, path: &Path) -> Error {
    error
        .at(path)
        .help("delete the file to begin anew, put a copy of it back, or name another folder for `checkpoints`")
}

/// A file's bytes; none if there is no such file.
fn bytes_of(path: &Path) -> Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(reason) if reason.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(reason) => Err(unusable(Error::file(path, "cannot read the checkpoint", reason), path)),
    }
}

/// `2-01-T2-NCR`: letters that files may not have are given up; so that no two tasks share a file, a name that lost some has its hash.
fn file_name(number: usize, task: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    let short: String = task.split(' ').collect::<String>().chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if task.chars().all(|c| plain(c) || c == ' ') && short.len() <= LONGEST {
        return format!("{number}-{short}");
    }
    let short: String = short.chars().take(LONGEST).collect();
    format!("{number}-{short}-{}", &Key::of_content(task.as_bytes()).hex()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_a_file_of_its_own() {
        assert_eq!(file_name(1, "01-T2-NCR"), "1-01-T2-NCR");
        assert_eq!(file_name(2, "01-T2-NCR + 18-T2-NCR"), "2-01-T2-NCR+18-T2-NCR");
        let odd = ["a/b", "a\\b", "a_b", "../../a", "ä"].map(|task| file_name(1, task));
        assert!(odd.iter().all(|name| !name.contains(['/', '\\']) && name.starts_with("1-")), "{odd:?}");
        assert_eq!(odd.iter().collect::<std::collections::BTreeSet<_>>().len(), odd.len());
        assert!(file_name(1, &"x".repeat(1000)).len() < 100);
    }
}
