//! The presets: which institutions there are, whom they see on which scanners, with how many cases.

use super::kind::Kind;

/// An institution of a preset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    /// Its name in a task.
    pub institution: &'static str,
    /// What sort of subjects it sees.
    pub kind: Kind,
    /// Its scanner's maker; institutions of one vendor look alike.
    pub vendor: &'static str,
    /// How many subjects it has.
    pub cases: usize,
    /// Whether it is there to be a target: its subjects have every objective in at least 12 voxels of a 24x24x24 grid.
    pub target: bool,
    /// The modalities its tasks are of.
    pub modalities: &'static [&'static str],
    /// The objectives its tasks are of.
    pub objectives: &'static [&'static str],
}

const MODALITIES: &[&str] = &["FLAIR", "T1", "T1ce", "T2"];
const TUMOUR: &[&str] = &["ED", "ET", "NCR"];

const fn source(institution: &'static str, vendor: &'static str, cases: usize) -> Site {
    let (kind, target) = (Kind::Tumour, false);
    Site { institution, kind, vendor, cases, target, modalities: MODALITIES, objectives: TUMOUR }
}

const fn target(institution: &'static str, kind: Kind, vendor: &'static str, cases: usize) -> Site {
    let (modalities, objectives): (_, &[&str]) = match kind {
        Kind::Tumour => (MODALITIES, TUMOUR),
        Kind::Lesions => (&["FLAIR"], &["WMH"]),
        Kind::Infant => (&["T1", "T2"], &["CSF", "GM", "WM"]),
    };
    Site { institution, kind, vendor, cases, target: true, modalities, objectives }
}

impl Site {
    const fn only(self, modalities: &'static [&'static str], objectives: &'static [&'static str]) -> Self {
        Site { modalities, objectives, ..self }
    }
}

/// A preset by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// The name scripts give.
    pub name: &'static str,
    /// Voxels along each axis.
    pub size: usize,
    /// Its institutions.
    pub sites: &'static [Site],
}

/// All presets.
///
/// `paperlike` has the institutions and targets of the paper with the case counts of FeTS 2022's first partitioning
/// (511 and 382 at 01 and 18 are cut to more than the 80 that pre-training and tests take), WMH
/// (U Utrecht, S Singapore, A Amsterdam) and iSeg-2019.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "tiny",
        size: 24,
        sites: &[
            source("01", "a", 28).only(&["FLAIR", "T1ce", "T2"], TUMOUR),
            source("18", "b", 28).only(&["FLAIR", "T1ce", "T2"], TUMOUR),
            target("16", Kind::Tumour, "a", 13).only(&["FLAIR", "T1ce", "T2"], TUMOUR),
        ],
    },
    Preset {
        name: "small",
        size: 24,
        sites: &[
            source("01", "a", 40),
            source("18", "b", 36),
            source("04", "c", 12),
            // One objective that FLAIR shows best and one that T1ce does.
            target("16", Kind::Tumour, "a", 15).only(MODALITIES, &["ED", "NCR"]),
            target("U", Kind::Lesions, "b", 15).only(&["FLAIR", "T1"], &["WMH"]),
            target("iSeg", Kind::Infant, "c", 15).only(&["T1", "T2"], &["GM"]),
        ],
    },
    Preset {
        name: "paperlike",
        size: 32,
        sites: &[
            source("01", "a", 96),
            source("04", "b", 47),
            source("06", "c", 34),
            source("13", "b", 35),
            source("18", "a", 84),
            source("20", "c", 33),
            source("21", "d", 35),
            target("16", Kind::Tumour, "d", 30),
            target("U", Kind::Lesions, "b", 20),
            target("S", Kind::Lesions, "a", 20),
            target("A", Kind::Lesions, "c", 20),
            target("iSeg", Kind::Infant, "a", 10),
        ],
    },
];

/// The preset of a name.
#[must_use]
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
