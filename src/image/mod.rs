//! Images in memory: where voxels lie, what they hold, how they are cropped, normalised, resized and turned.

pub mod bounds;
pub mod components;
pub mod geometry;
pub mod labels;
pub mod mask;
pub mod normalize;
pub mod orientation;
pub mod planes;
pub mod resample;
pub mod resizer;
pub mod spacing;
pub mod taps;
pub mod volume;
