//! nnU-Net raw data sets and the Medical Segmentation Decathlon.

use super::dataset_json::{DESCRIPTION, DatasetJson, Listed};
use crate::base::error::{Error, Kind, Result};
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use crate::dataset::cohort::{Cohort, Labelling, Scan};
use crate::dataset::layout::{Detection, Layout};
use crate::dataset::listing::{Entry, Listing, few, folder_name, image_stem};
use crate::dataset::modality::canonical;
use crate::dataset::note::{Note, Topic};
use crate::dataset::open_params::OpenParams;
use crate::dataset::tasks::Tasks;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// `dataset.json` beside `imagesTr` and `labelsTr`, or a folder of such folders (`nnUNet_raw`) with the same labels.
///
/// nnU-Net v2 has one file a channel, `imagesTr/CASE_0000.nii.gz`; the Decathlon lists its cases, and all channels of a case
/// may be one 4-D file. A channel is a modality, a label or region an objective; the label `ignore` is left out of scores. The
/// institution is the option `institution` or the folder's name without `Dataset001_` or `Task01_`. A case is a subject
/// of its own. Files in `imagesTs` have no labels here and are not read.
pub struct NnUnet;

impl Layout for NnUnet {
    fn name(&self) -> &'static str {
        "nnunet"
    }

    fn looks_for(&self) -> &'static str {
        "dataset.json beside imagesTr/ and labelsTr/ (nnU-Net, Decathlon), or folders Dataset001_NAME of these"
    }

    fn detect(&self, path: &Path) -> Detection {
        if path.join(DESCRIPTION).is_file() {
            return match ["imagesTr", "labelsTr"].into_iter().find(|name| path.join(name).is_dir()) {
                Some(name) => Detection::Fits(format!("{DESCRIPTION} and {name}")),
                None => Detection::Not(format!("{DESCRIPTION}, but no imagesTr")),
            };
        }
        let inside: Vec<String> = (homes(path).iter())
            .filter(|home| home.path.join("imagesTr").is_dir())
            .map(|home| home.name.clone())
            .collect();
        match inside.len() {
            0 => Detection::Not(format!("no {DESCRIPTION}")),
            _ => Detection::Fits(format!("{DESCRIPTION} and imagesTr in {}", few(&inside))),
        }
    }

    fn read(&self, path: &Path, params: &Checked<OpenParams>) -> Result<Cohort> {
        let homes = homes(path);
        let Some(first) = homes.first() else {
            return Err(Error::new(Kind::Data, format!("wanted {}, got no {DESCRIPTION}", self.looks_for())).at(path));
        };
        let mut cohort = Cohort::default();
        for home in &homes {
            let description = home.path.join(DESCRIPTION);
            let json = DatasetJson::read(&description)?;
            if !cohort.legend.objectives.is_empty() && cohort.legend != json.legend {
                return Err(Error::new(
                    Kind::Data,
                    format!("the labels of {} are not those of {}", home.name, first.name),
                )
                .at(path)
                .help(format!("data sets opened together share their labels; open one: {}", first.path.display())));
            }
            cohort.legend = json.legend.clone();
            let institution = params.institution.clone().unwrap_or_else(|| institution(&home.name));
            let mut set = DataSet::new(&home.path, &json, institution)?;
            match &json.listed {
                Listed::Nowhere => set.folders()?,
                Listed::Training(pairs) => set.training(pairs),
                Listed::Cases(cases) => set.cases(cases),
            }
            set.count(&description);
            cohort.scans.extend(set.scans);
            cohort.notes.extend(set.notes);
        }
        Ok(cohort)
    }

    fn write(&self, tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()> {
        super::nnunet_write::write(tasks, path, monitor)
    }
}

/// The folder of one data set, or those in a folder of several.
fn homes(path: &Path) -> Vec<Entry> {
    if path.join(DESCRIPTION).is_file() {
        return vec![Entry { name: folder_name(path), path: path.to_path_buf() }];
    }
    let inside = Listing::or_empty(path).folders;
    inside.into_iter().filter(|home| number(&home.name).is_some() && home.path.join(DESCRIPTION).is_file()).collect()
}

/// What follows `Dataset001_` or `Task01_` in a folder's name.
fn number(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("Dataset").or_else(|| name.strip_prefix("Task"))?;
    let (digits, name) = rest.split_once('_')?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && !name.is_empty()).then_some(name)
}

fn institution(folder: &str) -> String {
    number(folder).unwrap_or(folder).to_string()
}

/// `CASE_0001_0000` is channel 0 of `CASE_0001`.
fn case_and_channel(stem: &str) -> Option<(&str, usize)> {
    let (case, digits) = stem.rsplit_once('_')?;
    let channel = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()) && !case.is_empty();
    channel.then(|| Some((case, digits.parse().ok()?))).flatten()
}

/// The modality of each channel: its canonical name, the name as it stands where two channels share that, and with the
/// channel's number where they share that too.
fn modalities(channels: &[String]) -> Vec<String> {
    let known: Vec<String> = channels.iter().map(|name| canonical(name)).collect();
    let once = |list: &[String], name: &String| list.iter().filter(|other| *other == name).count() == 1;
    let told = channels.iter().zip(&known).enumerate().map(|(n, (name, known_as))| {
        if once(&known, known_as) {
            known_as.clone()
        } else if once(channels, name) {
            name.clone()
        } else {
            format!("{name}_{n:04}")
        }
    });
    told.collect()
}

/// A data set while it is read.
struct DataSet<'a> {
    home: &'a Path,
    json: &'a DatasetJson,
    institution: String,
    modalities: Vec<String>,
    images: Listing,
    labels: Listing,
    scans: Vec<Scan>,
    notes: Vec<Note>,
}

impl<'a> DataSet<'a> {
    fn new(home: &'a Path, json: &'a DatasetJson, institution: String) -> Result<Self> {
        let root = Listing::of(home)?;
        let listing = |name: &str| root.folder(name).map(|folder| Listing::of(&folder.path)).transpose();
        let (images, labels) = (listing("imagesTr")?.unwrap_or_default(), listing("labelsTr")?.unwrap_or_default());
        let mut notes = Vec::new();
        if let Some(test) = root.folder("imagesTs") {
            let count = Listing::of(&test.path)?.images().count();
            if count > 0 {
                let text = format!("{count} test images, which have no labels for training: not read");
                notes.push(Note::new(Topic::Unused, &test.path, text));
            }
        }
        let modalities = modalities(&json.channels);
        Ok(DataSet { home, json, institution, modalities, images, labels, scans: Vec::new(), notes })
    }

    fn note(&mut self, topic: Topic, place: impl Into<PathBuf>, text: impl Into<String>) {
        self.notes.push(Note::new(topic, place, text));
    }

    /// The stem of an image of the ending that the description has.
    fn stem<'n>(&self, name: &'n str) -> Option<&'n str> {
        let Some(ending) = &self.json.ending else { return image_stem(name) };
        let (stem, end) = name.split_at_checked(name.len().checked_sub(ending.len())?)?;
        (end.eq_ignore_ascii_case(ending) && !stem.is_empty()).then_some(stem)
    }

    /// The files of a listing by stem; what is no image of the right ending is noted.
    fn by_stem(&mut self, files: &[Entry]) -> Vec<(String, PathBuf)> {
        let mut found = Vec::with_capacity(files.len());
        for file in files {
            match self.stem(&file.name) {
                Some(stem) => found.push((stem.to_string(), file.path.clone())),
                // The other half of a pair belongs to its header.
                None if file.name.to_ascii_lowercase().trim_end_matches(".gz").ends_with(".img") => {}
                None => {
                    let ending = self.json.ending.as_deref().unwrap_or(".nii.gz or .nii");
                    self.note(Topic::Unused, &file.path, format!("its name does not end in {ending}"));
                }
            }
        }
        found
    }

    fn add(&mut self, case: &str, n: usize, image: &Path, channel: Option<usize>, label: &Path) {
        self.scans.push(Scan {
            institution: self.institution.clone(),
            case: case.to_string(),
            subject: case.to_string(),
            modality: self.modalities[n].clone(),
            image: image.to_path_buf(),
            channel,
            labels: Labelling::Values(label.to_path_buf()),
        });
    }

    /// A case with one file for each channel, of which some may be missing.
    fn channels(&mut self, case: &str, images: &[(usize, PathBuf)], label: &Path) {
        for (n, image) in images {
            self.add(case, *n, image, None, label);
        }
        let missing: Vec<String> = (0..self.modalities.len())
            .filter(|n| images.iter().all(|(there, _)| there != n))
            .map(|n| format!("{n:04} ({})", self.json.channels[n]))
            .collect();
        if !missing.is_empty() {
            self.note(Topic::Incomplete, case, format!("no image of channel {}", missing.join(", ")));
        }
    }

    /// Cases by the names of files.
    fn folders(&mut self) -> Result<()> {
        let (images, labels) = (std::mem::take(&mut self.images.files), std::mem::take(&mut self.labels.files));
        let mut labels: BTreeMap<String, Vec<PathBuf>> = collected(self.by_stem(&labels));
        let mut cases: BTreeMap<String, Vec<(usize, PathBuf)>> = BTreeMap::new();
        let count = self.modalities.len();
        for (stem, path) in self.by_stem(&images) {
            match case_and_channel(&stem) {
                Some((case, channel)) if channel < count => {
                    cases.entry(case.to_string()).or_default().push((channel, path));
                }
                Some((_, channel)) => {
                    let text = format!("its name says channel {channel:04}, but {DESCRIPTION} has {count}, from 0000");
                    self.note(Topic::Unused, path, text);
                }
                None => self.note(Topic::Unused, path, "its name does not end in a channel, such as _0000"),
            }
        }
        for (case, images) in &cases {
            let Some(label) = labels.remove(case) else {
                for (_, image) in images {
                    self.note(Topic::Unpaired, image, format!("labelsTr has no label {case}"));
                }
                continue;
            };
            if let [one, other, ..] = &label[..] {
                return Err(two("labels", case, one, other));
            }
            self.channels(case, images, &label[0]);
        }
        for (case, files) in labels {
            for file in files {
                self.note(Topic::Unpaired, file, format!("imagesTr has no image {case}_0000"));
            }
        }
        Ok(())
    }

    /// Cases by the list `training`: 4-D files, or a file for each channel with `_0000` after the listed name.
    fn training(&mut self, pairs: &[[String; 2]]) {
        let (mut used, count) = (BTreeSet::new(), self.modalities.len());
        let files: BTreeSet<PathBuf> =
            self.images.files.iter().chain(&self.labels.files).map(|file| file.path.clone()).collect();
        let there = |path: &Path| files.contains(path) || path.is_file();
        for [image, label] in pairs {
            let [image, label] = [image, label].map(|name| self.place(name));
            let name = image.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(stem) = image_stem(&name).map(String::from) else {
                self.note(Topic::Unused, image, "no .nii.gz, .nii or .hdr: other images are not read");
                continue;
            };
            let ending = &name[stem.len()..];
            let mut parts: Vec<(usize, PathBuf)> = Vec::new();
            if there(&image) {
                parts = (0..count).map(|n| (n, image.clone())).collect();
            } else {
                let part = |n: usize| (n, image.with_file_name(format!("{stem}_{n:04}{ending}")));
                parts.extend((0..count).map(part).filter(|(_, path)| there(path)));
            }
            used.extend(parts.iter().map(|(_, path)| path.clone()).chain([label.clone()]));
            match (parts.is_empty(), there(&label)) {
                (false, true) if parts[0].1 == image => {
                    for (n, path) in &parts {
                        self.add(&stem, *n, path, (count > 1).then_some(*n), &label);
                    }
                }
                (false, true) => self.channels(&stem, &parts, &label),
                (true, true) => {
                    self.note(Topic::Unpaired, label, format!("its image {} is not there", image.display()))
                }
                (false, false) => {
                    for path in parts.into_iter().map(|(_, path)| path).collect::<BTreeSet<_>>() {
                        self.note(Topic::Unpaired, path, format!("its label {} is not there", label.display()));
                    }
                }
                (true, false) => self.note(
                    Topic::Missing,
                    image,
                    format!("{DESCRIPTION} lists it, but neither it nor its label is there"),
                ),
            }
        }
        let (images, labels) = (std::mem::take(&mut self.images.files), std::mem::take(&mut self.labels.files));
        for file in
            images.iter().chain(&labels).filter(|file| image_stem(&file.name).is_some() && !used.contains(&file.path))
        {
            self.note(Topic::Unused, &file.path, format!("{DESCRIPTION} does not list it under training"));
        }
    }

    /// Cases by the object `dataset`, which names every file.
    fn cases(&mut self, cases: &BTreeMap<String, (Vec<String>, String)>) {
        for (case, (images, label)) in cases {
            let label = self.place(label);
            let parts: Vec<(usize, PathBuf)> = images.iter().map(|name| self.place(name)).enumerate().collect();
            let parts: Vec<(usize, PathBuf)> = parts.into_iter().filter(|(_, path)| path.is_file()).collect();
            match (parts.is_empty(), label.is_file()) {
                (false, true) => self.channels(case, &parts, &label),
                (true, true) => self.note(Topic::Unpaired, label, format!("no image of the case {case} is there")),
                (false, false) => parts.into_iter().for_each(|(_, path)| {
                    self.note(Topic::Unpaired, path, format!("its label {} is not there", label.display()));
                }),
                (true, false) => {
                    self.note(Topic::Missing, case, format!("{DESCRIPTION} lists it, but none of its files is there"))
                }
            }
        }
    }

    /// Where a path in the description is: relative to its folder, with `/` or `\` between folders.
    fn place(&self, name: &str) -> PathBuf {
        let name = name.trim().replace('\\', "/");
        // Without `./`, so that it is equal to the path that a listing has.
        self.home
            .join(Path::new(&name))
            .components()
            .filter(|part| !matches!(part, std::path::Component::CurDir))
            .collect()
    }

    /// Compares the number of cases with what the description says.
    fn count(&mut self, description: &Path) {
        let found = self.scans.iter().map(|scan| &scan.case).collect::<BTreeSet<_>>().len() as u64;
        if let Some(said) = self.json.count.filter(|said| *said != found) {
            self.note(
                Topic::Missing,
                description,
                format!("numTraining says {said} cases, {found} have an image and a label"),
            );
        }
    }
}

fn two(what: &str, case: &str, one: &Path, other: &Path) -> Error {
    Error::data(format!("the case {case} has two {what}: {} and {}", one.display(), other.display()))
        .help("remove one of them")
}

fn collected(files: Vec<(String, PathBuf)>) -> BTreeMap<String, Vec<PathBuf>> {
    let mut map: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (stem, path) in files {
        map.entry(stem).or_default().push(path);
    }
    map
}
