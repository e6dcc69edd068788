//! Training patches changed at random, as nnU-Net v2 changes them: one file a transform, one list.

pub mod blur;
pub mod brightness;
pub mod contrast;
pub mod gamma;
pub mod intensity;
pub mod lines;
pub mod list;
pub mod mirror;
pub mod noise;
pub mod place;
pub mod resolution;
pub mod rotation;
pub mod scaling;
pub mod transform;
pub mod turn;
