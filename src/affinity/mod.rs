//! How near two tasks are: image distance H, label similarity R, cost T.

pub mod affinity;
pub mod groups;
pub mod images;
pub mod known;
pub mod labels;
pub mod matrix;
pub mod measure;
pub mod metrics;
pub mod params;
pub mod part;
pub mod reading;
pub mod record;
pub mod reduction;
pub mod samples;
pub mod tuning;
pub mod work;
