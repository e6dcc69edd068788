//! Looking through all data of tasks before they are trusted: what cannot be read, does not fit, or looks odd.

use super::case::Case;
use super::task::TaskName;
use super::tasks::Tasks;
use crate::base::error::{Error, Kind, Result};
use crate::base::progress::Monitor;
use crate::io::table::{Cell, Table};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

use super::brightness::{Brightness, out_of_family};

/// What may be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// A file that cannot be read, or whose content is wrong.
    Unreadable,
    /// An image and a label on different grids.
    GridMismatch,
    /// A mask without any voxel.
    EmptyObjective,
    /// A subject's name at two institutions.
    DuplicateSubject,
    /// The same voxels under two names.
    DuplicateImage,
    /// Voxels that are not numbers.
    NotFinite,
    /// An image with one value everywhere.
    Constant,
    /// An image far brighter or darker than the others of its institution and modality.
    OutOfFamily,
}

impl Topic {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Topic::Unreadable => "unreadable",
            Topic::GridMismatch => "grid mismatch",
            Topic::EmptyObjective => "empty objective",
            Topic::DuplicateSubject => "duplicate subject",
            Topic::DuplicateImage => "duplicate image",
            Topic::NotFinite => "not finite",
            Topic::Constant => "constant image",
            Topic::OutOfFamily => "out of family",
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What.
    pub topic: Topic,
    /// Where.
    pub institution: String,
    /// Which case, or which subject.
    pub case: String,
    /// In which modality; empty if it is about the label alone.
    pub modality: String,
    /// For which objective; empty if it is about the image alone.
    pub objective: String,
    /// What was wanted and what was found.
    pub text: String,
}

impl Finding {
    /// Whether the data cannot be used as they are: a file cannot be read, or does not fit its label.
    #[must_use]
    pub fn broken(&self) -> bool {
        matches!(self.topic, Topic::Unreadable | Topic::GridMismatch)
    }
}

/// One image or mask of the tasks, each file once.
struct Item<'a> {
    name: &'a TaskName,
    case: &'a Case,
}

/// What reading one image or mask said.
type Seen<T> = std::result::Result<T, Error>;

/// Reads every header, every label and every image of the tasks once, and says what is wrong or odd, the worst first.
///
/// Reported are files that cannot be read, labels on another grid than their image, empty objectives, subjects with the
/// same name at two institutions, equal images under two names, voxels that are not finite, constant images, and images
/// whose median brightness is out of the family of their institution and modality (see [`out_of_family`]).
///
/// # Errors
/// Only when the user stops it: what is wrong with the data is a finding.
pub fn check(tasks: &Tasks, monitor: &Monitor) -> Result<Vec<Finding>> {
    let (mut images, mut pairs, mut masks) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for task in tasks {
        let name = task.fields();
        for case in task.cases() {
            let (image, mask) = (case.source.image_key(), case.source.mask_key());
            pairs.entry((image.clone(), mask.clone())).or_insert(Item { name, case });
            images.entry(image).or_insert(Item { name, case });
            masks.entry(mask).or_insert(Item { name, case });
        }
    }
    let stage = monitor.stage("check", pairs.len() + masks.len() + images.len());
    let mut findings = duplicate_subjects(tasks);

    let pairs: Vec<(&(String, String), &Item)> = pairs.iter().collect();
    let grids = read(&pairs, |item| item.case.source.grid().map(|_| ()), &stage)?;
    let mut bad = BTreeSet::new();
    for ((key, item), seen) in pairs.iter().zip(grids) {
        if let Err(error) = seen {
            bad.extend([key.0.clone(), key.1.clone()]);
            findings.push(fault(item, &error, true, true));
        }
    }
    // A pair that failed was reported: its halves are not read again.
    let masks: Vec<(&String, &Item)> = masks.iter().filter(|(key, _)| !bad.contains(*key)).collect();
    let counts = read(&masks, |item| item.case.source.mask().map(|mask| mask.count()), &stage)?;
    for ((_, item), seen) in masks.iter().zip(counts) {
        match seen {
            Err(error) => findings.push(fault(item, &error, false, true)),
            Ok(0) => {
                let text = "the label holds no voxel of the objective".to_string();
                findings.push(finding(Topic::EmptyObjective, item, false, true, text));
            }
            Ok(_) => {}
        }
    }
    let images: Vec<(&String, &Item)> = images.iter().filter(|(key, _)| !bad.contains(*key)).collect();
    let looks = read(&images, |item| item.case.source.image().map(|image| Brightness::of(&image)), &stage)?;
    let mut known: Vec<(&Item, Brightness)> = Vec::new();
    for ((_, item), seen) in images.iter().zip(looks) {
        match seen {
            Err(error) => findings.push(fault(item, &error, true, false)),
            Ok(look) => known.push((*item, look)),
        }
    }
    findings.extend(odd_images(&known));
    findings.extend(duplicate_images(&known));
    // The members of a family are told by one name each.
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// The findings as a table.
#[must_use]
pub fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new(["finding", "institution", "case", "modality", "objective", "text"]).named("check");
    for finding in findings {
        let cell = |text: &String| if text.is_empty() { Cell::Empty } else { Cell::from(text.clone()) };
        table.add([
            ("finding", Cell::from(finding.topic.name())),
            ("institution", cell(&finding.institution)),
            ("case", cell(&finding.case)),
            ("modality", cell(&finding.modality)),
            ("objective", cell(&finding.objective)),
            ("text", cell(&finding.text)),
        ]);
    }
    table
}

/// What `read` says of every item, in parallel, in their order.
fn read<K: Sync, T: Send>(
    items: &[(&K, &Item)],
    read: impl Fn(&Item) -> Result<T> + Sync,
    stage: &crate::base::progress::Stage,
) -> Result<Vec<Seen<T>>> {
    let seen = items.par_iter().with_max_len(1).map(|(_, item)| {
        let seen = read(item);
        stage.advance(1)?;
        Ok(seen)
    });
    seen.collect()
}

fn finding(topic: Topic, item: &Item, image: bool, label: bool, text: String) -> Finding {
    let word = |said: bool, word: &String| if said { word.clone() } else { String::new() };
    Finding {
        topic,
        institution: item.name.institution.clone(),
        case: item.case.id.clone(),
        modality: word(image, &item.name.modality),
        objective: word(label, &item.name.objective),
        text,
    }
}

fn fault(item: &Item, error: &Error, image: bool, label: bool) -> Finding {
    let topic = if error.kind() == Kind::Data { Topic::GridMismatch } else { Topic::Unreadable };
    finding(topic, item, image, label, error.to_string())
}

/// Subjects whose name is known at two or more institutions.
fn duplicate_subjects(tasks: &Tasks) -> Vec<Finding> {
    let mut homes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for task in tasks {
        for case in task.cases() {
            homes.entry(&case.subject).or_default().insert(&task.fields().institution);
        }
    }
    let twice = homes.into_iter().filter(|(_, homes)| homes.len() > 1);
    let finding = |(subject, homes): (&str, BTreeSet<&str>)| {
        let homes: Vec<&str> = homes.into_iter().collect();
        Finding {
            topic: Topic::DuplicateSubject,
            institution: homes[0].to_string(),
            case: subject.to_string(),
            modality: String::new(),
            objective: String::new(),
            text: format!(
                "the subject is known at {}: one person there would be in source and target",
                homes.join(", ")
            ),
        }
    };
    twice.map(finding).collect()
}

/// Images that are not finite, constant, or out of the family of their institution and modality.
fn odd_images(known: &[(&Item, Brightness)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut families: BTreeMap<(&str, &str), Vec<(&Item, f64)>> = BTreeMap::new();
    for (item, look) in known {
        if look.not_finite > 0 {
            let text = format!("{} voxels are NaN or infinite", look.not_finite);
            findings.push(finding(Topic::NotFinite, item, true, false, text));
        }
        if look.least == look.most {
            let text = format!("every finite voxel is {}", look.least);
            findings.push(finding(Topic::Constant, item, true, false, text));
        } else if look.median != 0.0 {
            let family = (item.name.institution.as_str(), item.name.modality.as_str());
            families.entry(family).or_default().push((item, look.median));
        }
    }
    for ((institution, modality), members) in families {
        let medians: Vec<f64> = members.iter().map(|(_, median)| *median).collect();
        for (at, typical) in out_of_family(&medians) {
            let (item, median) = members[at];
            let text = format!(
                "the median of its non-zero voxels is {median:.4}, of all {modality} images of {institution} typically {typical:.4}"
            );
            findings.push(finding(Topic::OutOfFamily, item, true, false, text));
        }
    }
    findings
}

/// Images whose voxels are those of an image with another name: another case, institution or modality.
fn duplicate_images(known: &[(&Item, Brightness)]) -> Vec<Finding> {
    let mut same: BTreeMap<u64, Vec<&Item>> = BTreeMap::new();
    for (item, look) in known.iter().filter(|(_, look)| look.least != look.most) {
        same.entry(look.digest).or_default().push(item);
    }
    let mut findings = Vec::new();
    for items in same.into_values().filter(|items| items.len() > 1) {
        let place = |item: &Item| format!("{} {} {}", item.name.institution, item.case.id, item.name.modality);
        for item in &items[1..] {
            let text = format!("its voxels are those of {}", place(items[0]));
            findings.push(finding(Topic::DuplicateImage, item, true, false, text));
        }
    }
    findings
}
