//! The presets: which institutions there are, on which scanners, with how many cases.

/// An institution of a preset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    /// Its name.
    pub institution: &'static str,
    /// Its scanner's maker; institutions of one vendor look alike.
    pub vendor: &'static str,
    /// How many subjects it has.
    pub cases: usize,
    /// Whether it is there to be a target: its subjects have every objective in at least 12 voxels of a 24x24x24 grid.
    pub target: bool,
}

const fn source(institution: &'static str, vendor: &'static str, cases: usize) -> Site {
    Site { institution, vendor, cases, target: false }
}

const fn target(institution: &'static str, vendor: &'static str, cases: usize) -> Site {
    Site { institution, vendor, cases, target: true }
}

/// A preset by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// The name scripts give.
    pub name: &'static str,
    /// Voxels along each axis.
    pub size: usize,
    /// Its modalities.
    pub modalities: &'static [&'static str],
    /// Its institutions.
    pub sites: &'static [Site],
}

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "tiny",
        size: 24,
        modalities: &["FLAIR", "T1ce", "T2"],
        sites: &[source("01", "a", 28), source("18", "b", 28), target("16", "a", 13)],
    },
    Preset {
        name: "small",
        size: 24,
        modalities: &["FLAIR", "T1", "T1ce", "T2"],
        sites: &[source("01", "a", 40), source("18", "b", 36), source("04", "c", 12), target("16", "a", 15)],
    },
    Preset {
        name: "paperlike",
        size: 32,
        modalities: &["FLAIR", "T1", "T1ce", "T2"],
        sites: &[
            source("01", "a", 63),
            source("04", "b", 47),
            source("06", "c", 34),
            source("13", "b", 35),
            source("18", "a", 63),
            source("20", "c", 33),
            source("21", "d", 35),
            target("16", "d", 23),
        ],
    },
];

/// The preset of a name.
#[must_use]
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
