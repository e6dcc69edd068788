//! What every floor stands on: errors, checked parameters, named seeds, progress with cancellation.

pub mod choice;
pub mod error;
pub mod nearest;
pub mod params;
pub mod progress;
pub mod seed;
