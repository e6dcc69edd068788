//! Whether the memory of the machine is enough for a network and its patches: a block that is not to be had ends the program.

use crate::base::error::{Error, Result};
use crate::base::room::available;
use crate::base::size::spoken;
use crate::net::unet::UNet;

/// What is done with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Features of all stages are kept for the way back.
    Trained,
    /// One stage at a time is in memory.
    Passed,
}

/// Refuses a batch of patches whose features alone need more memory than the machine has; on a GPU its driver says so.
///
/// # Errors
/// Says how much at least is needed, and how much there is.
pub fn check(net: &UNet, patch: [usize; 3], batch: usize, how: Use) -> Result<()> {
    if !net.device().is_cpu() {
        return Ok(());
    }
    available().map_or(Ok(()), |room| within(least(net, patch, batch, how), room, patch, batch))
}

/// Bytes that are needed at least.
fn least(net: &UNet, [i, j, k]: [usize; 3], batch: usize, how: Use) -> u64 {
    let params = net.params();
    let numbers = match how {
        Use::Trained => params.feature_map_size([k, j, i]),
        // A convolution's input and result at full resolution.
        Use::Passed => (2 * params.features(0) * i * j * k) as u64,
    };
    numbers * (batch * size_of::<f32>()) as u64
}

fn within(needed: u64, room: u64, [i, j, k]: [usize; 3], batch: usize) -> Result<()> {
    if needed <= room {
        return Ok(());
    }
    let (needed, room) = (spoken(needed), spoken(room));
    let (patches, s) = if batch == 1 { ("a patch".to_owned(), "s") } else { (format!("{batch} patches"), "") };
    Err(Error::argument(format!(
        "{patches} of {i}x{j}x{k} voxels need{s} {needed} of memory or more, this machine has {room} to give"
    ))
    .help("take a smaller `patch`, `batch` or `base`"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::base::params::Params;
    use crate::base::seed::Seed;
    use crate::net::unet::UNetParams;
    use candle_core::Device;

    #[test]
    fn what_does_not_fit_is_refused() {
        let params = UNetParams { base: 4, stages: 2, ..UNetParams::default() }.check().unwrap();
        let net = UNet::new(&params, Seed::new(1), &Device::Cpu).unwrap();
        check(&net, [16; 3], 2, Use::Trained).unwrap();
        // Elsewhere the system does not say how much memory it has.
        #[cfg(target_os = "linux")]
        {
            let error = check(&net, [1 << 16; 3], 2, Use::Passed).unwrap_err();
            assert!(error.message().contains("2 patches of 65536x65536x65536 voxels need"), "{}", error.message());
        }
        // The encoder's and the decoder's convolutions, what came up, and logits; then the coarse stage.
        let voxels = 16_u64.pow(3);
        assert_eq!(least(&net, [16; 3], 1, Use::Trained), 4 * ((5 * 4 + 2) * voxels + 2 * 8 * voxels / 8));
        assert_eq!(least(&net, [16, 8, 4], 3, Use::Passed), 4 * 3 * 2 * 4 * 512);
        within(5, 5, [4; 3], 1).unwrap();
        assert!(within(6, 5, [4; 3], 1).unwrap_err().message().starts_with("a patch of 4x4x4 voxels needs 6 B"));
    }
}
