//! The only place of `unsafe`: loops over slices of `f32` with vector instructions.
//!
//! Activations are channels-last, `[N, D, H, W, C]`: a vector is a run of channels, so a tap of any convolution is a
//! constant pointer offset whatever the size of the plane, and nothing is transposed. Two loops serve everything:
//! [`gather`] (convolution, its input gradient, transposed convolution and its input gradient) and [`correlate`] (both
//! weight gradients). Work is cut by shapes alone, every sum runs in one order whatever the
//! width of a vector, and products are added with one rounding everywhere: the bits depend neither on the threads nor on the
//! processor.

pub mod correlate;
pub mod gather;
pub mod lanes;
pub mod norm;
pub mod pack;
pub mod passes;
pub mod shared;
