//! Segmenting a whole volume by overlapping windows.

use super::abandon::abandonable;
use super::batch::image_tensor;
use super::model::Model;
use super::patch::{copy, overlap, windows};
use super::prepared::Prepared;
use crate::base::error::Result;
use crate::base::progress::Cancel;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use candle_core::Tensor;

impl Model {
    /// The voxels of a volume that belong to the objective, on the volume's grid.
    ///
    /// # Errors
    /// Those of the device, of kind `cancelled`, or the network has another number of channels or classes.
    pub fn predict(&self, volume: &Volume, cancel: &Cancel) -> Result<Mask> {
        let prepared = Prepared::new(volume);
        let margin = self.margin(&prepared, cancel)?;
        let inside: Vec<bool> = margin.iter().map(|&m| m > 0.0).collect();
        Ok(prepared.paste(&inside))
    }

    /// Logit of the objective minus that of the background over a prepared box; where windows overlap, a mean weighted
    /// by closeness to the windows' middles, times a positive number.
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn margin(&self, prepared: &Prepared, cancel: &Cancel) -> Result<Vec<f32>> {
        self.check_binary()?;
        let patch = self.about().patch;
        let corners = windows(prepared.shape, patch);
        let weights = if corners.len() > 1 { closeness(patch) } else { vec![1.0; patch.iter().product()] };
        let mut sum = vec![0.0_f32; prepared.image.len()];
        for corner in corners {
            let mut voxels = Vec::new();
            copy(&prepared.image, prepared.shape, corner, patch, &mut voxels);
            let net = self.net().clone();
            let window = abandonable(cancel, move || {
                let image = image_tensor(voxels, 1, patch, net.device())?;
                margin_of(&net.predict(&image)?)
            })?;
            overlap(prepared.shape, corner, patch, |inside, outside, length| {
                for n in 0..length {
                    sum[inside + n] += weights[outside + n] * window[outside + n];
                }
            });
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

/// A Gaussian over a window with a standard deviation of an eighth of it, at least a thousandth everywhere.
pub(super) fn closeness(patch: [usize; 3]) -> Vec<f32> {
    let along = patch.map(|n| {
        let (middle, sigma) = ((n as f32 - 1.0) / 2.0, n as f32 / 8.0);
        (0..n).map(|at| (-0.5 * ((at as f32 - middle) / sigma).powi(2)).exp()).collect::<Vec<f32>>()
    });
    let mut weights = Vec::with_capacity(patch.iter().product());
    for z in &along[2] {
        for y in &along[1] {
            weights.extend(along[0].iter().map(|x| (x * y * z).max(1e-3)));
        }
    }
    weights
}
