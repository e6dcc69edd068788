//! What every floor stands on: errors, checked parameters, memory, long arrays, sizes in bytes, named seeds, elementary functions,
//! vector instructions, progress with cancellation.

pub mod choice;
pub mod error;
pub mod heap;
pub mod lanes;
pub mod level;
pub mod math;
pub mod nearest;
pub mod normal;
pub mod pages;
pub mod parallel;
pub mod params;
pub mod plural;
pub mod progress;
pub mod room;
pub mod seed;
pub mod size;
