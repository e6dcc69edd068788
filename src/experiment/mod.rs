//! Strategies, runs and their comparison.

pub mod compare;
pub mod courses;
pub mod protocol;
pub mod run;
pub mod split;
pub mod strategies;
pub mod strategy;
