//! Which implementation of the operations runs.

use crate::base::level::Level;
use candle_core::Device;

/// Our kernels on the CPU, or a composition of the tensor library's own operations, which runs anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compute {
    /// Our kernels, for CPU tensors of `f32`.
    Kernels(Level),
    /// Stock operations: slow on a CPU, the only way on a GPU.
    Stock,
}

impl Compute {
    /// What is best on a device.
    #[must_use]
    pub fn on(device: &Device) -> Self {
        if device.is_cpu() { Compute::Kernels(Level::current()) } else { Compute::Stock }
    }
}
