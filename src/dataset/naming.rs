//! How the files of a case are named where each case has a folder: `<case>/<case>_flair.nii.gz`.

use super::listing::{Entry, Listing, few, image_stem};
use super::note::{Note, Topic};
use super::patients::{Patient, unknown_modality};
use super::visit::Visit;
use crate::base::error::{Error, Result};
use crate::io::nifti::{write_labels, write_volume};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// How a release names the files of a case: the case, a letter, a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Naming {
    /// Between the case and the word.
    pub separator: char,
    /// The word of each canonical modality.
    pub words: [(&'static str, &'static str); 4],
    /// The word of the label.
    pub label: &'static str,
}

/// `BraTS2021_00000_t1ce.nii.gz`: BraTS until 2021, FeTS.
pub const UNDERSCORES: Naming =
    Naming { separator: '_', words: [("FLAIR", "flair"), ("T1", "t1"), ("T1ce", "t1ce"), ("T2", "t2")], label: "seg" };

/// `BraTS-GLI-00000-000-t1c.nii.gz`: BraTS since 2023.
pub const HYPHENS: Naming =
    Naming { separator: '-', words: [("FLAIR", "t2f"), ("T1", "t1n"), ("T1ce", "t1c"), ("T2", "t2w")], label: "seg" };

impl Naming {
    /// What lies in the folder of a case, which has the case's name. Other images in it are a note.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn visit(&self, folder: &Entry, institution: &str, subject: &str, notes: &mut Vec<Note>) -> Result<Visit> {
        let listing = Listing::of(&folder.path)?;
        let (mut images, mut label, mut others) = (BTreeMap::new(), None, Vec::new());
        // Some copies hold each image in a folder of the image's name.
        let wrapped: Vec<(&Entry, Listing)> = (listing.folders.iter())
            .filter(|folder| image_stem(&folder.name).is_some())
            .map(|folder| (folder, Listing::or_empty(&folder.path)))
            .collect();
        let inner = wrapped.iter().filter_map(|(folder, inside)| {
            let mut files = inside.images();
            let file = files.next().filter(|_| files.next().is_none())?;
            Some((image_stem(&folder.name)?, file.1))
        });
        for (stem, file) in listing.by_stem(notes).into_iter().chain(inner) {
            let word = self.word(stem, &folder.name).map(str::to_ascii_lowercase);
            match self.words.iter().find(|(_, own)| Some(*own) == word.as_deref()) {
                Some((modality, _)) => drop(images.insert((*modality).to_string(), file.to_path_buf())),
                None if word.as_deref() == Some(self.label) => label = Some(file.to_path_buf()),
                None => others.push(file.file_name().unwrap_or_default().to_string_lossy().into_owned()),
            }
        }
        if !others.is_empty() {
            let wanted: Vec<&str> = self.words.iter().map(|(_, word)| *word).chain([self.label]).collect();
            let (case, separator, wanted) = (&folder.name, self.separator, wanted.join(", "));
            let text = format!("not read: {}; read is {case}{separator}[{wanted}]", few(&others));
            notes.push(Note::new(Topic::Unused, &folder.path, text));
        }
        Ok(Visit {
            institution: institution.into(),
            case: folder.name.clone(),
            subject: subject.into(),
            place: folder.path.clone(),
            images,
            label,
            label_name: self.file(&folder.name, self.label),
        })
    }

    /// The word of a file of this case.
    fn word<'a>(&self, stem: &'a str, case: &str) -> Option<&'a str> {
        let start = stem.get(..case.len()).filter(|start| start.eq_ignore_ascii_case(case))?;
        stem[start.len()..].strip_prefix(self.separator)
    }

    fn file(&self, case: &str, word: &str) -> String {
        format!("{case}{}{word}.nii.gz", self.separator)
    }

    /// Writes the images and the label of a patient into the new folder `case` in `home`.
    ///
    /// # Errors
    /// When there is no word for a modality or no value for an objective, or a file cannot be written.
    pub fn write(&self, home: &Path, case: &str, patient: &Patient, values: &BTreeMap<String, u16>) -> Result<()> {
        let folder = home.join(case);
        fs::create_dir_all(&folder).map_err(|e| Error::file(&folder, "cannot make the folder", e))?;
        for (modality, source) in &patient.images {
            let Some((_, word)) = self.words.iter().find(|(name, _)| name == modality) else {
                return Err(unknown_modality(modality, &self.words.map(|(name, _)| name)));
            };
            write_volume(&folder.join(self.file(case, word)), &source.image()?)?;
        }
        write_labels(&folder.join(self.file(case, self.label)), &patient.labels(values, None)?)
    }
}
