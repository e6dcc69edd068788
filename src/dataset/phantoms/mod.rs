//! Procedural brains with known relations between their tasks: folded cortex, ventricles and deep grey, imaged at
//! institutions with a style of their own.
//!
//! There are three kinds of subjects ([`kind::Kind`]): adults with a tumour of oedema (ED), enhancing rim (ET) and
//! necrotic core (NCR), after FeTS; elderly with white matter hyperintensities (WMH) and sometimes an infarct, which no
//! score counts, after the WMH challenge; infants whose contrast is inverted in T1, after iSeg.
//!
//! Everything is drawn from named seeds, so a subject is the same whatever is asked first, on any number of threads:
//!
//! | seed | what is drawn |
//! |---|---|
//! | `vendor` NAME MODALITY, and a third as strong `style` INSTITUTION MODALITY | gain, gamma, bias, noise, blur, brightness of tissues |
//! | `site` INSTITUTION INDEX = a subject | |
//! | subject `anatomy` ATTEMPT: `pose`, `warp x`, `warp y`, `warp z`, `skin`, `fold`, `falx` | head, cortex, ventricles |
//! | then `tumour`: `shape`, `border` 7 and 13, `core` | tumour |
//! | or `lesions`: `load`, `edge`, `foci`, `infarct` | hyperintensities, infarct |
//! | subject `jitter` | its own brightness of tissues, gamma and gain |
//! | subject `image` MODALITY: `texture`, `bias`, `noise` | what the scanner adds |
//!
//! A target institution's subject is drawn again, with the next ATTEMPT, until it has enough of every objective.

pub mod anatomy;
pub mod catalogue;
pub mod contrast;
pub mod distance;
pub mod head;
pub mod kind;
pub mod lattice;
pub mod lesions;
pub mod params;
pub mod render;
pub mod shelf;
pub mod sites;
pub mod style;
pub mod subject;
pub mod tissue;
pub mod tumour;
