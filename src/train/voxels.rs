//! What a network says about some voxels of a task: the samples of the transferability metrics.

use super::abandon::abandonable;
use super::batch::image_tensor;
use super::context::Context;
use super::model::{About, Model};
use super::patch::{copy, windows};
use super::predict::{closeness, margin_of};
use super::prepared::Prepared;
use super::room::{self, Use};
use crate::affinity::metrics::sample::VoxelSample;
use crate::base::error::{Error, Kind, Result};
use crate::base::heap::Reuse;
use crate::base::math::exp;
use crate::base::params::{Checked, Params, Range};
use crate::base::progress::Cancel;
use crate::base::seed::Seed;
use crate::dataset::case::Case;
use crate::dataset::task::Task;
use candle_core::{Device, Tensor};
use ndarray::Array2;
use rand::seq::index;

/// Options of [`Model::voxels`].
#[derive(Debug, Clone, PartialEq)]
pub struct VoxelParams {
    /// At most so many voxels a case.
    pub voxels: usize,
    /// Whether each case gives as many voxels of the objective as of the rest.
    pub balanced: bool,
    /// The seed of the draw; the context's without it.
    pub seed: Option<u64>,
}

impl Default for VoxelParams {
    fn default() -> Self {
        VoxelParams { voxels: 1000, balanced: false, seed: None }
    }
}

impl Params for VoxelParams {
    const RANGES: &'static [Range] = &[Range::new("voxels", 2.0, 10000000.0)];

    fn validate(&self) -> Result<()> {
        Self::inside("voxels", self.voxels as f64)
    }
}

/// The drawn voxels of one case.
struct Drawn {
    /// Their places in the prepared box, rising.
    places: Vec<usize>,
    /// 1 inside the objective.
    labels: Vec<usize>,
    image: Prepared,
}

impl Model {
    /// Features, class probabilities and labels of voxels drawn from every case of a task.
    ///
    /// Voxels come from where the image is not zero (the brain) and nothing is ignored. They are drawn by the seed and the
    /// case's name alone, so every network of one spacing is asked about the same voxels; a voxel of a network with a
    /// spacing of its own has the label of the nearest voxel of the case. Probabilities are the softmax of the logits,
    /// features the finest map of the decoder, which its head turns into those logits; where windows overlap, logits
    /// and features are means weighted by closeness to the windows' middles.
    ///
    /// # Errors
    /// The task has no cases, a file is wrong, no voxel can be drawn, or the user stopped.
    pub fn voxels(&self, task: &Task, params: &Checked<VoxelParams>, context: &Context) -> Result<VoxelSample> {
        self.check_binary()?;
        let name = task.name();
        crate::ensure!(!task.cases().is_empty(), Kind::Data, "task {name} has no cases to draw voxels from");
        let seed = params.seed.map_or(context.seed, Seed::new).named("voxels").named(&name);
        let stage = context.monitor.stage(&format!("voxels of {name}"), task.cases().len());
        let mut labels = Vec::new();
        let (mut features, mut inside) = (Vec::new(), Vec::new());
        for case in task.cases() {
            let drawn = drawn(case, params, self.about(), seed.named(&case.id))
                .map_err(|error| error.during(format!("task {name}, case {}", case.id)))?;
            let (of_case, probabilities) = self.at(&drawn, context.monitor.cancel())?;
            features.extend(of_case);
            inside.extend(probabilities);
            labels.extend(drawn.labels);
            stage.advance(1)?;
        }
        if labels.is_empty() {
            let error = Error::data(format!("no voxels could be drawn from task {name}"));
            return Err(if params.balanced {
                error.help("the objective is empty in all of its cases: take others, or leave out `balanced`")
            } else {
                error.help("its images are zero everywhere")
            });
        }
        let n = labels.len();
        let width = features.len() / n;
        Ok(VoxelSample {
            features: Array2::from_shape_vec((n, width), features).expect("every voxel has the same features"),
            probabilities: Array2::from_shape_fn(
                (n, 2),
                |(row, z)| if z == 1 { inside[row] } else { 1.0 - inside[row] },
            ),
            labels,
        })
    }

    /// Features, voxel after voxel, and probabilities of the objective at the drawn voxels.
    fn at(&self, drawn: &Drawn, cancel: &Cancel) -> Result<(Vec<f64>, Vec<f64>)> {
        let _work = Reuse::begin();
        room::check(self.net(), self.about().patch, 1, Use::Passed)?;
        let (patch, shape) = (self.about().patch, drawn.image.shape);
        let corners = windows(shape, patch);
        let closeness = if corners.len() > 1 { closeness(patch) } else { vec![1.0; patch.iter().product()] };
        let count = drawn.places.len();
        let width = self.net().params().features(0);
        let (mut features, mut margins, mut sums) = (vec![0.0; count * width], vec![0.0; count], vec![0.0; count]);
        for corner in corners {
            let shared: Vec<(usize, usize)> = drawn
                .places
                .iter()
                .enumerate()
                .filter_map(|(row, &place)| Some((row, within_patch(place, shape, corner, patch)?)))
                .collect();
            if shared.is_empty() {
                continue;
            }
            let mut voxels = Vec::new();
            copy(&drawn.image.image, shape, corner, patch, &mut voxels);
            let net = self.net().clone();
            let wanted: Vec<u32> = shared.iter().map(|&(_, place)| place as u32).collect();
            let (margin, map) = abandonable(cancel, move || {
                let (logits, map) = net.predict_with_features(&image_tensor(voxels, 1, patch, net.device())?)?;
                // From [1, D, H, W, C]: in the order of the patch, i fastest.
                let rows = map.reshape((patch.iter().product::<usize>(), map.dim(4)?))?;
                let wanted = Tensor::from_vec(wanted.clone(), wanted.len(), net.device())?;
                let rows = rows.index_select(&wanted, 0)?.to_device(&Device::Cpu)?;
                Ok((margin_of(&logits)?, rows.flatten_all()?.to_vec1::<f32>()?))
            })?;
            for (&(row, place), own) in shared.iter().zip(map.chunks_exact(width)) {
                let weight = f64::from(closeness[place]);
                margins[row] += weight * f64::from(margin[place]);
                sums[row] += weight;
                features[row * width..(row + 1) * width]
                    .iter_mut()
                    .zip(own)
                    .for_each(|(sum, &value)| *sum += weight * f64::from(value));
            }
        }
        features.chunks_exact_mut(width).zip(&sums).for_each(|(row, sum)| row.iter_mut().for_each(|f| *f /= sum));
        let probabilities = margins.iter().zip(&sums).map(|(margin, sum)| 1.0 / (1.0 + exp(-margin / sum)));
        Ok((features, probabilities.collect()))
    }
}

/// Where a voxel of a box lies in the patch at `corner`, if it does.
fn within_patch(place: usize, shape: [usize; 3], corner: [isize; 3], patch: [usize; 3]) -> Option<usize> {
    let index = [place % shape[0], place / shape[0] % shape[1], place / (shape[0] * shape[1])];
    let mut inside = [0; 3];
    for axis in 0..3 {
        let at = index[axis] as isize - corner[axis];
        inside[axis] = usize::try_from(at).ok().filter(|&at| at < patch[axis])?;
    }
    Some(inside[0] + patch[0] * (inside[1] + patch[1] * inside[2]))
}

fn drawn(case: &Case, params: &VoxelParams, about: &About, seed: Seed) -> Result<Drawn> {
    let (volume, mask) = (case.source.image()?, case.source.mask()?);
    crate::ensure!(
        volume.shape() == mask.shape(),
        Kind::Data,
        "the image has {:?} voxels but its mask has {:?}",
        volume.shape(),
        mask.shape()
    );
    let ignored = case.source.ignored()?;
    let image = Prepared::at(&volume, about.spacing, about.scope)?;
    let mut classes = [Vec::new(), Vec::new()];
    let grid = image.places();
    for (place, &n) in grid.iter().enumerate() {
        let value = volume.voxels()[n];
        if value.is_finite() && value != 0.0 && ignored.as_ref().is_none_or(|ignored| !ignored.get(n)) {
            classes[usize::from(mask.get(n))].push(place);
        }
    }
    let pick = |from: &[usize], amount: usize, name: &str| -> Vec<usize> {
        let chosen = index::sample(&mut seed.named(name).rng(), from.len(), amount.min(from.len()));
        chosen.into_iter().map(|at| from[at]).collect()
    };
    let mut places = if params.balanced {
        let each = (params.voxels / 2).min(classes[0].len()).min(classes[1].len());
        [pick(&classes[0], each, "rest"), pick(&classes[1], each, "objective")].concat()
    } else {
        let all = classes.concat();
        pick(&all, params.voxels, "all")
    };
    places.sort_unstable();
    let labels = places.iter().map(|&place| usize::from(mask.get(grid[place]))).collect();
    Ok(Drawn { places, labels, image })
}
