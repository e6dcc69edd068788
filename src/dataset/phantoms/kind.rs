//! Kinds of subjects: what is imaged of them, what is to be segmented, and the values that their data set writes.

use super::tissue::Tissue::{
    self, Csf, DeepGrey, Enhancing, Grey, Hyperintensity, Infarct, Necrosis, Oedema, Outside, Ventricle, White,
};

/// Something to segment.
#[derive(Debug, PartialEq)]
pub struct Objective {
    /// Its name in a task.
    pub name: &'static str,
    /// What it is made of.
    pub tissues: &'static [Tissue],
    /// Its value in the label image of the data set it is modelled on.
    pub label: u16,
}

/// What sort of people an institution sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Adults with a glioma, after FeTS and BraTS.
    Tumour,
    /// Elderly with white matter hyperintensities, after the WMH challenge; some had an infarct too.
    Lesions,
    /// Infants of six months, after iSeg: in T1 their white matter is darker than their cortex.
    Infant,
}

const TUMOUR: &[Objective] = &[
    Objective { name: "ED", tissues: &[Oedema], label: 2 },
    Objective { name: "ET", tissues: &[Enhancing], label: 4 },
    Objective { name: "NCR", tissues: &[Necrosis], label: 1 },
];

const LESIONS: &[Objective] = &[Objective { name: "WMH", tissues: &[Hyperintensity], label: 1 }];

const INFANT: &[Objective] = &[
    Objective { name: "CSF", tissues: &[Csf, Ventricle], label: 10 },
    Objective { name: "GM", tissues: &[Grey, DeepGrey], label: 150 },
    Objective { name: "WM", tissues: &[White], label: 250 },
];

impl Kind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Tumour => "tumour",
            Kind::Lesions => "lesions",
            Kind::Infant => "infant",
        }
    }

    /// What is imaged, in alphabetic order.
    #[must_use]
    pub const fn modalities(self) -> &'static [&'static str] {
        match self {
            Kind::Tumour => &["FLAIR", "T1", "T1ce", "T2"],
            Kind::Lesions => &["FLAIR", "T1"],
            Kind::Infant => &["T1", "T2"],
        }
    }

    /// What can be segmented, in alphabetic order. Objectives of one subject never overlap.
    #[must_use]
    pub const fn objectives(self) -> &'static [Objective] {
        match self {
            Kind::Tumour => TUMOUR,
            Kind::Lesions => LESIONS,
            Kind::Infant => INFANT,
        }
    }

    /// The objective of a name.
    #[must_use]
    pub fn objective(self, name: &str) -> Option<&'static Objective> {
        self.objectives().iter().find(|objective| objective.name == name)
    }

    /// The tissues there are. Their draws come in this order, so that a new kind leaves the others' subjects as they are.
    #[must_use]
    pub const fn tissues(self) -> &'static [Tissue] {
        match self {
            Kind::Tumour => &[Outside, Csf, Ventricle, Grey, DeepGrey, White, Oedema, Enhancing, Necrosis],
            Kind::Lesions => &[Outside, Csf, Ventricle, Grey, DeepGrey, White, Hyperintensity, Infarct],
            Kind::Infant => &[Outside, Csf, Ventricle, Grey, DeepGrey, White],
        }
    }

    /// The tissue whose voxels no score counts, and its label value.
    #[must_use]
    pub const fn ignored(self) -> Option<(Tissue, u16)> {
        match self {
            Kind::Lesions => Some((Infarct, 2)),
            Kind::Tumour | Kind::Infant => None,
        }
    }

    /// The value of a tissue in the label image; 0 is background.
    #[must_use]
    pub fn label(self, tissue: Tissue) -> u16 {
        let objective = self.objectives().iter().find(|objective| objective.tissues.contains(&tissue));
        match (objective, self.ignored()) {
            (Some(objective), _) => objective.label,
            (None, Some((ignored, label))) if ignored == tissue => label,
            _ => 0,
        }
    }
}
