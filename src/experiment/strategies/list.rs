//! The list of strategies.

use super::direct::Direct;
use super::multi_task::MultiTask;
use super::scratch::Scratch;
use super::sequential::Sequential;
use crate::experiment::strategy::Strategy;

/// All strategies, in the order of their rows in a comparison.
pub const STRATEGIES: &[&dyn Strategy] = &[&Scratch, &Direct, &Sequential, &MultiTask];
