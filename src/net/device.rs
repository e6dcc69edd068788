//! Where networks are computed.
//!
//! A CPU gives the same bits as every other CPU, on any number of threads. A GPU does not: its libraries choose the order of sums.

use super::fault::told;
use crate::base::error::{Error, Result};

pub use candle_core::Device;

/// The device a person named: `cpu`, `cuda` or `cuda:N`.
///
/// # Errors
/// The name is none of these, this build has no CUDA, or there is no such GPU.
pub fn choose(name: &str) -> Result<Device> {
    let name = name.trim().to_lowercase();
    if name == "cpu" {
        return Ok(Device::Cpu);
    }
    let ordinal = match name.strip_prefix("cuda") {
        Some("") => Some(0),
        Some(rest) => rest.strip_prefix(':').and_then(|number| number.parse::<usize>().ok()),
        None => None,
    };
    let Some(ordinal) = ordinal else {
        return Err(Error::argument(format!("device must be `cpu`, `cuda` or `cuda:N`, got `{name}`")));
    };
    if !candle_core::utils::cuda_is_available() {
        return Err(Error::argument(format!("device `{name}` needs a build with CUDA, this one has none"))
            .help("use device \"cpu\", or build with --features cuda"));
    }
    Device::new_cuda(ordinal).map_err(|error| {
        Error::argument(format!("device `{name}` cannot be opened: {}", told(&error))).help("use device \"cpu\"")
    })
}

/// The device's name, as [`choose`] reads it.
#[must_use]
pub fn name(device: &Device) -> String {
    match device.location() {
        candle_core::DeviceLocation::Cpu => "cpu".to_string(),
        candle_core::DeviceLocation::Cuda { gpu_id } => format!("cuda:{gpu_id}"),
        candle_core::DeviceLocation::Metal { gpu_id } => format!("metal:{gpu_id}"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_wrong_ones_say_what_is_possible() {
        assert!(choose(" CPU ").unwrap().is_cpu());
        assert_eq!(name(&choose("cpu").unwrap()), "cpu");
        for wrong in ["gpu", "cuda:x", "cuda0", ""] {
            assert!(choose(wrong).unwrap_err().message().contains("`cuda:N`"), "{wrong}");
        }
    }
}
