//! Batches as tensors.

use super::patch::{Cut, copy, mirror, vary};
use super::prepared::Example;
use super::recipe::Augment;
use crate::base::error::Result;
use crate::base::seed::Seed;
use candle_core::{Device, Tensor};

/// Patches of one batch.
pub struct Batch {
    /// Images, `[N, 1, D, H, W]`: D is the volume's k, W its i.
    pub image: Tensor,
    /// Classes, one after another in the image's order: 1 inside the objective.
    pub label: Vec<u8>,
}

/// Cuts the patches of a batch.
///
/// # Errors
/// The device has no memory left.
pub fn assemble(
    examples: &[Example],
    cuts: &[Cut],
    patch: [usize; 3],
    augment: Augment,
    seed: Seed,
    device: &Device,
) -> Result<Batch> {
    let voxels: usize = patch.iter().product();
    let mut image = Vec::with_capacity(cuts.len() * voxels);
    let mut label = Vec::with_capacity(cuts.len() * voxels);
    for (sample, cut) in cuts.iter().enumerate() {
        let example = &examples[cut.example];
        copy(&example.image.image, example.image.shape, cut.corner, patch, &mut image);
        copy(&example.label, example.image.shape, cut.corner, patch, &mut label);
        let (image, label) = (&mut image[sample * voxels..], &mut label[sample * voxels..]);
        if cut.mirror {
            mirror(image, patch, example.image.left_right);
            mirror(label, patch, example.image.left_right);
        }
        if augment == Augment::Intensity {
            vary(image, &mut seed.nth(sample as u64).rng());
        }
    }
    Ok(Batch { image: image_tensor(image, cuts.len(), patch, device)?, label })
}

/// Patches (i fastest) as a tensor `[N, 1, k, j, i]`.
///
/// # Errors
/// The device has no memory left.
pub fn image_tensor(voxels: Vec<f32>, count: usize, [i, j, k]: [usize; 3], device: &Device) -> Result<Tensor> {
    Ok(Tensor::from_vec(voxels, (count, 1, k, j, i), device)?)
}
