//! Names of files by the Brain Imaging Data Structure: `sub-01_ses-1_ce-GADOLINIUM_T1w`.

use crate::dataset::modality::canonical;
use std::collections::BTreeMap;

/// The file that every BIDS data set has.
pub const DESCRIPTION: &str = "dataset_description.json";

/// The table of subjects.
pub const PARTICIPANTS: &str = "participants.tsv";

/// Entities that tell images of one session apart; a label that has one belongs to the images that have the same.
const TELLING: [&str; 12] = ["acq", "ce", "rec", "dir", "run", "echo", "flip", "inv", "mt", "part", "stain", "sample"];

/// Suffixes of what is made from images.
const MADE: [&str; 4] = ["mask", "dseg", "probseg", "defacemask"];

/// The parts of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BidsName {
    /// `ses` is `1` in `ses-1`.
    pub entities: BTreeMap<String, String>,
    /// What the file holds: `T1w`, `dseg`.
    pub suffix: String,
    /// The suffix of the image it was made from: `T1w` in `sub-01_T1w_label-lesion_mask`, or the entity `mod`.
    pub made_from: Option<String>,
}

impl BidsName {
    /// The parts of a name without extension; none if it does not end in a suffix or has an entity twice.
    #[must_use]
    pub fn parse(stem: &str) -> Option<Self> {
        let mut entities = BTreeMap::new();
        let (front, suffix) = stem.rsplit_once('_').unwrap_or(("", stem));
        let mut made_from = None;
        for part in front.split('_').filter(|part| !part.is_empty()) {
            match part.split_once('-') {
                Some((key, value)) => {
                    if entities.insert(key.to_string(), value.to_string()).is_some() {
                        return None;
                    }
                }
                None => made_from = Some(part.to_string()),
            }
        }
        made_from = made_from.or_else(|| entities.get("mod").cloned());
        let plain = !suffix.is_empty() && !suffix.contains('-');
        plain.then(|| BidsName { entities, suffix: suffix.to_string(), made_from })
    }

    /// The value of an entity.
    #[must_use]
    pub fn get(&self, entity: &str) -> Option<&str> {
        self.entities.get(entity).map(String::as_str)
    }

    /// `sub-01` or `sub-01_ses-1`; none without a subject.
    #[must_use]
    pub fn session(&self) -> Option<String> {
        let subject = self.get("sub")?;
        Some(match self.get("ses") {
            Some(session) => format!("sub-{subject}_ses-{session}"),
            None => format!("sub-{subject}"),
        })
    }

    /// Whether it was made from images: a mask, a segmentation.
    #[must_use]
    pub fn is_made(&self) -> bool {
        MADE.contains(&self.suffix.as_str())
    }

    /// The canonical modality: `T1w` with a contrast agent (the entity `ce`) is `T1ce`.
    #[must_use]
    pub fn modality(&self) -> String {
        let word = canonical(&self.suffix);
        if self.get("ce").is_some() { format!("{word}ce") } else { word }
    }

    /// How many of the entities that tell images apart this label shares with an image; none if it belongs to another.
    #[must_use]
    pub fn fits(&self, image: &BidsName) -> Option<usize> {
        if self.made_from.as_ref().is_some_and(|suffix| *suffix != image.suffix) {
            return None;
        }
        let own = || TELLING.iter().filter_map(|key| Some((*key, self.get(key)?)));
        own().all(|(key, value)| image.get(key) == Some(value)).then(|| own().count())
    }

    /// The objective of a mask: its `label`, else its `desc`, with the side of the brain if it has one.
    #[must_use]
    pub fn objective(&self) -> String {
        let name = self.get("label").or_else(|| self.get("desc")).unwrap_or("mask");
        match self.get("hemi") {
            Some(side) => format!("{name}_{side}"),
            None => name.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let name = |stem: &str| BidsName::parse(stem).unwrap();
        let image = name("sub-01_ses-1_acq-3d_ce-GADOLINIUM_run-2_T1w");
        assert_eq!((image.modality().as_str(), image.session().unwrap().as_str()), ("T1ce", "sub-01_ses-1"));
        assert_eq!(name("sub-01_FLAIR").modality(), "FLAIR");
        assert_eq!(name("sub-01_PDw").modality(), "PDw");
        assert_eq!(name("dseg").session(), None);
        assert!(!image.is_made() && name("sub-01_desc-x_mask").is_made());
        assert_eq!(BidsName::parse("sub-01"), None);
        assert_eq!(BidsName::parse("sub-01_run-1_run-2_T1w"), None);
        assert_eq!(BidsName::parse(""), None);
        assert_eq!(name("sub-01_hemi-L_label-HC_desc-manual_mask").objective(), "HC_L");
        assert_eq!(name("sub-01_desc-lesion_mask").objective(), "lesion");
        let fits = |label: &str| name(label).fits(&image);
        assert_eq!(fits("sub-01_ses-1_space-T1w_dseg"), Some(0));
        assert_eq!(fits("sub-01_ses-1_acq-3d_run-2_dseg"), Some(2));
        assert_eq!(fits("sub-01_ses-1_acq-2d_dseg"), None);
        assert_eq!(fits("sub-01_ses-1_T2w_label-cord_mask"), None);
        assert_eq!(fits("sub-01_ses-1_T1w_label-cord_mask"), Some(0));
        assert_eq!(fits("sub-01_ses-1_mod-FLAIR_label-cord_mask"), None);
    }
}
