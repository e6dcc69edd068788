//! The verbs and values of the language, one file a type.

pub mod affinity;
pub mod all;
pub mod arrays;
pub mod closeness;
pub mod cohort;
pub mod figure;
pub mod files;
pub mod graph;
pub mod judge;
pub mod labels;
pub mod matrix;
pub mod model;
pub mod network;
pub mod path;
pub mod plan;
pub mod run;
pub mod samples;
pub mod session;
pub mod table;
pub mod task;
pub mod tasks;
pub mod training;
pub mod transferability;
pub mod tuning;
pub mod volume;
pub mod words;
