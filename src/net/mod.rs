//! Networks: kernels, layers, loss, optimiser.

pub mod adam;
pub mod checkpoint;
pub mod compute;
pub mod device;
pub mod fault;
pub mod init;
pub mod kernels;
pub mod loss;
pub mod names;
pub mod ops;
pub mod plan;
pub mod recognition;
pub mod recompute;
pub mod schedule;
pub mod topology;
pub mod unet;
