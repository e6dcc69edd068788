//! Strategies, runs and their comparison.

pub mod compare;
pub mod protocol;
pub mod run;
pub mod split;
pub mod strategies;
pub mod strategy;
