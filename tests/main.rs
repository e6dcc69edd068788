//! One test binary; each module is a kind of test.

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
