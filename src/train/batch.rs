//! Batches as tensors.

use super::augment::intensity;
use super::augment::list::{Choice, vary};
use super::augment::mirror::mirror;
use super::augment::place::Source;
use super::patch::{Cut, fill};
use super::prepared::Example;
use super::recipe::Augment;
use crate::base::error::Result;
use crate::base::seed::Seed;
use candle_core::{Device, Tensor};
use rayon::prelude::*;

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
    let mut image = vec![0.0; cuts.len() * voxels];
    let mut label = vec![0; cuts.len() * voxels];
    let samples = image.par_chunks_mut(voxels).zip(label.par_chunks_mut(voxels)).zip(cuts).enumerate();
    samples.for_each(|(sample, ((image, label), cut))| {
        let Example { image: from, label: mask, .. } = &examples[cut.example];
        let (shape, corner, seed) = (from.shape, cut.corner, seed.nth(sample as u64));
        if augment == Augment::NnUNet {
            let source = Source { image: &from.image, label: mask, shape, corner };
            return vary(&source, patch, Choice::Chance, seed, image, label);
        }
        fill(&from.image, shape, corner, patch, image);
        fill(mask, shape, corner, patch, label);
        if cut.mirror {
            mirror(image, patch, from.left_right);
            mirror(label, patch, from.left_right);
        }
        if augment == Augment::Intensity {
            intensity::vary(image, &mut seed.rng());
        }
    });
    Ok(Batch { image: image_tensor(image, cuts.len(), patch, device)?, label })
}

/// Patches (i fastest) as a tensor `[N, 1, k, j, i]`.
///
/// # Errors
/// The device has no memory left.
pub fn image_tensor(voxels: Vec<f32>, count: usize, [i, j, k]: [usize; 3], device: &Device) -> Result<Tensor> {
    Ok(Tensor::from_vec(voxels, (count, 1, k, j, i), device)?)
}
