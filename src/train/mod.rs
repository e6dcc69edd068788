//! Training and judging one network on one task.

pub mod abandon;
pub mod augment;
pub mod batch;
pub mod checkpoint;
pub mod context;
pub mod evaluate;
pub mod features;
pub mod history;
pub mod model;
pub mod objective;
pub mod optimiser;
pub mod options;
pub mod patch;
pub mod planner;
pub mod predict;
pub mod prepared;
pub mod recipe;
pub mod schedule;
pub mod scores;
pub mod shape;
pub mod trainer;
pub mod voxels;
pub mod watch;
