//! Transferability metrics: how well a trained network suits a task, by its outputs or features on some of the task's voxels.

pub mod gbc;
pub mod h_score;
pub mod leep;
pub mod list;
pub mod logme;
pub mod metric;
pub mod nce;
pub mod sample;
pub mod transrate;
