//! How near two tasks are: image distance H, label similarity R, cost T.

pub mod affinity;
pub mod groups;
pub mod images;
pub mod known;
pub mod labels;
pub mod matrix;
pub mod means;
pub mod measure;
pub mod metrics;
pub mod params;
pub mod reading;
pub mod samples;
pub mod tuning;
