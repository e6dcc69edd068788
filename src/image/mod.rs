//! Images in memory: where voxels lie, what they hold, how they are resized.

pub mod geometry;
pub mod labels;
pub mod mask;
pub mod normalize;
pub mod resample;
pub mod volume;
