//! One test binary; each module is a kind of test.

// Made-up inputs and formulas that results are compared with, to a tolerance.
#![allow(clippy::disallowed_methods)]
#![allow(clippy::unwrap_used)]

mod affinity;
mod alarm;
mod augmentation;
mod augmentation_pictures;
mod blink;
mod checkpoints;
mod cli;
mod docs;
mod figures;
mod folder;
mod full_disk;
mod images;
mod images_analyze;
mod images_channels;
mod images_hostile;
mod images_mutated;
mod images_odd;
mod images_spacing;
mod laws;
mod layouts;
mod lessons;
mod multi_task;
mod mutation;
mod networks;
mod oracle;
mod parity;
mod phantoms;
mod plans;
mod predictions;
mod program;
mod readme;
mod report;
mod reproducible;
mod resume;
mod scripts;
mod shelf;
mod skip;
mod store;
mod tasks;
mod terminal;
mod tidy;
mod training;
mod voxels;
mod words;

/// The tests run at the level of instructions that `SEQTRAN_LEVEL` names, as the program does.
#[ctor::ctor(unsafe)]
fn lower_the_level() {
    if let Ok(name) = std::env::var("SEQTRAN_LEVEL") {
        seqtran::base::level::Level::limit(seqtran::base::level::Level::named(&name).expect("a name of a level"));
    }
}
