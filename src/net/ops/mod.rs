//! Differentiable operations on channels-last tensors: each runs our kernels, or stock operations that mean the same.

pub mod block;
pub mod conv;
pub mod dice_ce;
pub mod join;
pub mod norm;
pub mod shape;
pub mod stock;
pub mod up;
