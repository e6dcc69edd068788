//! Segmenting a whole volume by overlapping windows.
//!
//! Windows lie half a patch apart at most and weigh by a Gaussian with a standard deviation of an eighth of the patch.
//!
//! Source: nnU-Net v2's predictor. Deviates: weights are single floats, there half floats.

use super::abandon::abandonable;
use super::augment::mirror::mirror;
use super::batch::image_tensor;
use super::model::Model;
use super::patch::{copy, overlap, windows};
use super::prepared::Prepared;
use super::recipe::Augment;
use super::room::{self, Use};
use crate::base::error::Result;
use crate::base::heap::Reuse;
use crate::base::math::exp32;
use crate::base::params::{Params, Range};
use crate::base::progress::Cancel;
use crate::image::components::largest;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use candle_core::Tensor;

/// How a network is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PredictParams {
    /// Whether logits are the mean over all ways to mirror the axes that the network has seen mirrored in its last training: eight
    /// ways after nnU-Net's augmentation, two where only left and right were exchanged or nobody knows; the axes that a checkpoint of
    /// nnU-Net names.
    pub mirroring: bool,
    /// Whether only the largest connected part is kept.
    pub largest_component: bool,
}

impl Params for PredictParams {
    const RANGES: &'static [Range] = &[];

    fn validate(&self) -> Result<()> {
        Ok(())
    }
}

impl Model {
    /// The voxels of a volume that belong to the objective, on the volume's grid.
    ///
    /// # Errors
    /// Those of the device, of kind `cancelled`, or the network has another number of channels or classes.
    pub fn predict(&self, volume: &Volume, cancel: &Cancel) -> Result<Mask> {
        self.predict_by(volume, PredictParams::default(), cancel)
    }

    /// The same, asked in a certain way.
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn predict_by(&self, volume: &Volume, how: PredictParams, cancel: &Cancel) -> Result<Mask> {
        let prepared = Prepared::at(volume, self.about().spacing, self.about().scope)?;
        let margin = prepared.back(self.margin(&prepared, how.mirroring, cancel)?);
        let inside: Vec<bool> = margin.iter().map(|&m| m > 0.0).collect();
        let mask = prepared.paste(&inside);
        Ok(if how.largest_component { largest(&mask) } else { mask })
    }

    /// Logit of the objective minus that of the background over a prepared box; where windows overlap, a mean weighted
    /// by closeness to the windows' middles.
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn margin(&self, prepared: &Prepared, mirroring: bool, cancel: &Cancel) -> Result<Vec<f32>> {
        self.check_binary()?;
        room::check(self.net(), self.about().patch, 1, Use::Passed)?;
        let _work = Reuse::begin();
        let patch = self.about().patch;
        let axes = if mirroring { self.mirrored(prepared) } else { Vec::new() };
        let corners = windows(prepared.shape, patch);
        let weights = if corners.len() > 1 { closeness(patch) } else { vec![1.0; patch.iter().product()] };
        let (mut sum, mut total) = (vec![0.0_f32; prepared.image.len()], vec![0.0_f32; prepared.image.len()]);
        for corner in corners {
            let mut voxels = Vec::new();
            copy(&prepared.image, prepared.shape, corner, patch, &mut voxels);
            let window = self.window(&voxels, patch, &axes, cancel)?;
            overlap(prepared.shape, corner, patch, |inside, outside, length| {
                for n in 0..length {
                    sum[inside + n] += weights[outside + n] * window[outside + n];
                    total[inside + n] += weights[outside + n];
                }
            });
        }
        // Not the sign of a sum alone: what is brought to another grid afterwards is a mean of logits.
        sum.iter_mut().zip(&total).for_each(|(sum, total)| *sum /= total);
        Ok(sum)
    }

    /// The axes that the network has seen mirrored; left and right where nobody knows, for so were all recipes once.
    fn mirrored(&self, prepared: &Prepared) -> Vec<usize> {
        if let Some(axes) = &self.about().mirrored {
            return axes.clone();
        }
        match self.about().augment {
            Some(Augment::NnUNet) => vec![0, 1, 2],
            Some(Augment::None) => Vec::new(),
            Some(Augment::Mirror | Augment::Intensity) | None => vec![prepared.left_right],
        }
    }

    /// The mean over all ways to mirror the axes of a window, each mirrored back.
    fn window(&self, voxels: &[f32], patch: [usize; 3], axes: &[usize], cancel: &Cancel) -> Result<Vec<f32>> {
        let ways = 1_u32 << axes.len();
        let mut sum = vec![0.0; voxels.len()];
        for way in 0..ways {
            let flip = |values: &mut [f32]| {
                let flipped = axes.iter().enumerate().filter(|(bit, _)| way >> bit & 1 == 1);
                flipped.for_each(|(_, axis)| mirror(values, patch, *axis));
            };
            let mut own = voxels.to_vec();
            flip(&mut own);
            let net = self.net().clone();
            let mut margin =
                abandonable(cancel, move || margin_of(&net.predict(&image_tensor(own, 1, patch, net.device())?)?))?;
            flip(&mut margin);
            sum.iter_mut().zip(&margin).for_each(|(sum, m)| *sum += m / ways as f32);
        }
        Ok(sum)
    }
}

/// Logit of class 1 minus that of class 0, sample after sample.
///
/// # Errors
/// Those of the device.
pub fn margin_of(logits: &Tensor) -> Result<Vec<f32>> {
    let class = |n| logits.narrow(1, n, 1);
    Ok((class(1)? - class(0)?)?.flatten_all()?.to_vec1::<f32>()?)
}

/// The least weight, that of the smallest half float above 0 in a Gaussian of height 10: nnU-Net's.
const LEAST: f32 = 6e-9;

/// A Gaussian of height 1 over a window with a standard deviation of an eighth of it, around the voxel behind its middle.
pub(super) fn closeness(patch: [usize; 3]) -> Vec<f32> {
    let square = |x: f32| x * x;
    let along = patch.map(|n| {
        let (middle, sigma) = ((n / 2) as f32, n as f32 / 8.0);
        (0..n).map(|at| exp32(-0.5 * square((at as f32 - middle) / sigma))).collect::<Vec<f32>>()
    });
    let mut weights = Vec::with_capacity(patch.iter().product());
    for z in &along[2] {
        for y in &along[1] {
            weights.extend(along[0].iter().map(|x| (x * y * z).max(LEAST)));
        }
    }
    weights
}
