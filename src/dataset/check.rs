//! Looking through all data of tasks before they are trusted: what cannot be read, does not fit, or looks odd.

use super::brightness::{Brightness, out_of_family};
use super::case::Case;
use super::listing::few;
use super::task::TaskName;
use super::tasks::Tasks;
use crate::base::error::{Error, Kind, Result};
use crate::base::math::log10;
use crate::base::parallel::try_map;
use crate::base::progress::Monitor;
use crate::io::table::{Cell, Table};
use std::collections::{BTreeMap, BTreeSet};

/// So many images out of a family, and more than a quarter of it, are no strangers: the family has no common scale.
const SCATTERED: usize = 5;

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
    /// Which case, or which subject; empty if it is about all images of the institution and modality.
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

/// Reads every header and every image of the tasks once and every label once for each objective, and says what is wrong or
/// odd, the worst first.
///
/// Reported are files that cannot be read, labels on another grid than their image, empty objectives, subjects with the
/// same name at two institutions, equal images under two names, voxels that are not finite, constant images, and images
/// whose median brightness is out of the family of their institution and modality (see [`out_of_family`]); where five or
/// more and over a quarter are, that is one finding. What is wrong with one file is one finding, however many tasks it is in.
///
/// # Errors
/// Only when the user stops it: what is wrong with the data is a finding.
pub fn check(tasks: &Tasks, monitor: &Monitor) -> Result<Vec<Finding>> {
    let (mut images, mut pairs, mut masks) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    for task in tasks {
        let name = task.fields();
        for case in task.cases() {
            let (image, mask) = (case.source.image_key(), case.source.mask_key());
            pairs.entry((image.clone(), mask.clone())).or_insert(Item { name, case });
            images.entry(image).or_insert(Item { name, case });
            masks.insert(mask);
        }
    }
    let masks = masks.len();
    let stage = monitor.stage("check", images.len() + pairs.len() + masks);
    let mut findings = duplicate_subjects(tasks);

    let images: Vec<(&String, &Item)> = images.iter().collect();
    let looks = read(&images, |item| item.case.source.image().map(|image| Brightness::of(&image)), &stage)?;
    let (mut known, mut faults, mut unread) = (Vec::new(), Vec::new(), BTreeSet::new());
    for ((key, item), seen) in images.iter().zip(looks) {
        match seen {
            Ok(look) => known.push((*item, look)),
            Err(error) => {
                unread.insert(*key);
                faults.push(Fault { item, image: true, label: false, error });
            }
        }
    }
    findings.extend(odd_images(&known));
    findings.extend(duplicate_images(&known));

    // What cannot be read was said: it is not tried again with each label.
    let all = pairs.len();
    let pairs: Vec<(&(String, String), &Item)> =
        pairs.iter().filter(|((image, _), _)| !unread.contains(image)).collect();
    stage.advance(all - pairs.len())?;
    let grids = read(&pairs, |item| item.case.source.grid().map(|_| ()), &stage)?;
    let (mut misfits, mut fitting) = (BTreeMap::new(), BTreeMap::new());
    for (((_, mask), item), seen) in pairs.iter().zip(grids) {
        match seen {
            Ok(()) => {
                fitting.entry(mask).or_insert(*item);
            }
            Err(error) if error.kind() == Kind::Data => {
                let case = (&item.name.institution, &item.case.id);
                misfits.entry(case).or_insert_with(Vec::new).push((*item, error));
            }
            Err(error) => faults.push(Fault { item, image: false, label: true, error }),
        }
    }
    findings.extend(misfits.into_values().map(|misfits| misfit(&misfits)));

    // A mask is read beside an image that it fits.
    let fitting: Vec<(&String, &Item)> = fitting.into_iter().collect();
    stage.advance(masks - fitting.len())?;
    let counts = read(&fitting, |item| item.case.source.mask().map(|mask| mask.count()), &stage)?;
    for ((_, item), seen) in fitting.iter().zip(counts) {
        match seen {
            Err(error) => faults.push(Fault { item, image: false, label: true, error }),
            Ok(0) => {
                let text = "the label holds no voxel of the objective".to_string();
                findings.push(finding(Topic::EmptyObjective, item, false, true, text));
            }
            Ok(_) => {}
        }
    }
    // One file may be an image of several tasks: what is wrong with it is said once.
    let mut said = BTreeSet::new();
    for Fault { item, image, label, error } in faults {
        let text = said_first(&error);
        if said.insert((&item.name.institution, &item.case.id, text.clone())) {
            findings.push(finding(Topic::Unreadable, item, image, label, text));
        }
    }
    findings.sort();
    Ok(findings)
}

/// An image or label that cannot be read.
struct Fault<'a> {
    item: &'a Item<'a>,
    image: bool,
    label: bool,
    error: Error,
}

/// What is wrong, then the file: in a narrow table the reason is what must be seen.
fn said_first(error: &Error) -> String {
    let message = error.message();
    error.path().map_or_else(|| message.to_string(), |path| format!("{message}: {}", path.display()))
}

/// The images and labels of one case that lie on different grids, as one finding.
fn misfit(misfits: &[(&Item, Error)]) -> Finding {
    let (item, error) = &misfits[0];
    let words = |word: fn(&TaskName) -> &String| -> BTreeSet<&str> {
        misfits.iter().map(|(other, _)| word(other.name).as_str()).collect()
    };
    let (modalities, objectives) = (words(|name| &name.modality), words(|name| &name.objective));
    let mut text = said_first(error);
    if modalities.len() > 1 {
        let list: Vec<&str> = modalities.iter().copied().collect();
        text = format!("{text}; in the modalities {}", list.join(", "));
    }
    finding(Topic::GridMismatch, item, modalities.len() == 1, objectives.len() == 1, text)
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
    try_map(items.len(), |at| {
        let seen = read(items[at].1);
        stage.advance(1)?;
        Ok(seen)
    })
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

/// Subjects whose name is known at two or more institutions.
fn duplicate_subjects(tasks: &Tasks) -> Vec<Finding> {
    let twice = tasks.homes_of_subjects().into_iter().filter(|(_, homes)| homes.len() > 1);
    let finding = |(subject, homes): (&str, BTreeSet<&str>)| {
        let homes: Vec<&str> = homes.into_iter().collect();
        Finding {
            topic: Topic::DuplicateSubject,
            institution: homes[0].to_string(),
            case: subject.to_string(),
            modality: String::new(),
            objective: String::new(),
            text: format!(
                "{} each have a subject of this name: if it is one person, source and target would share a brain",
                homes.join(" and ")
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
        let strange = out_of_family(&medians);
        if strange.len() >= SCATTERED && 4 * strange.len() > members.len() {
            findings.push(no_family(&members, &strange));
            continue;
        }
        for (at, typical) in strange {
            let (item, median) = members[at];
            let than = match median / typical {
                times if times >= 1.0 => format!("{} times more than", brief(times)),
                times if times > 0.0 => format!("{} times less than", brief(1.0 / times)),
                _ => "of another sign than".into(),
            };
            let text = format!(
                "the median of its non-zero voxels is {}, {than} the typical {} of {} {modality} images of {institution}",
                brief(median),
                brief(typical),
                members.len()
            );
            findings.push(finding(Topic::OutOfFamily, item, true, false, text));
        }
    }
    findings
}

/// Images of which so many are strangers that the rule is the stranger: they have no scale in common.
fn no_family(members: &[(&Item, f64)], strange: &[(usize, f64)]) -> Finding {
    let medians = || members.iter().map(|(_, median)| *median);
    let names: Vec<&str> = strange.iter().map(|(at, _)| members[*at].0.case.id.as_str()).collect();
    let (item, modality) = (members[0].0, &members[0].0.name.modality);
    let text = format!(
        "{} of {} {modality} images are far from the typical {} (medians of non-zero voxels run from {} to {}): {}; they \
         share no scale, so compare them by z-scores or min-max",
        strange.len(),
        members.len(),
        brief(strange[0].1),
        brief(medians().fold(f64::INFINITY, f64::min)),
        brief(medians().fold(f64::NEG_INFINITY, f64::max)),
        few(&names),
    );
    Finding { case: String::new(), ..finding(Topic::OutOfFamily, item, true, false, text) }
}

/// Four significant digits.
fn brief(value: f64) -> String {
    let digits = 3 - (log10(value.abs().max(1e-300)).floor() as i32).clamp(-9, 3);
    format!("{value:.0$}", digits.max(0) as usize)
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
