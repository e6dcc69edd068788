//! A plan for a network from the images it is to be trained on, as nnU-Net makes it.
//!
//! One plan serves a whole experiment: made from one cohort, it goes with the weights to every later task.
//!
//! Source: Isensee et al., nnU-Net, Nature Methods 2021, and its reference implementation, version 2. Deviates: images are not
//! brought to the median spacing, which only decides which axes are halved and mixed together.

use super::prepared::Prepared;
use crate::base::error::{Error, Result};
use crate::base::params::{Checked, Params, Range};
use crate::base::progress::Monitor;
use crate::dataset::case::Case;
use crate::dataset::task::Task;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use crate::net::plan::UNetParams;
use crate::net::topology::{TopologyParams, topology};
use crate::numeric::statistics::{mean, median, quantile, std};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Intensities of a case that go into the percentiles: enough for half a percent to be some.
const PER_CASE: usize = 10_000;

/// What a cohort's images have in common. Axes run as in volumes: i, j, k.
#[derive(Debug, Clone, PartialEq)]
pub struct Fingerprint {
    /// How many images were looked at.
    pub images: usize,
    /// Median voxel spacing, mm.
    pub spacing: [f64; 3],
    /// Median voxels of the boxes around what is not zero.
    pub shape: [usize; 3],
    /// Intensities inside the objectives, as read; none if all are empty.
    pub intensity: Option<Intensities>,
}

/// Summaries of intensities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intensities {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of the population.
    pub std: f64,
    /// Median.
    pub median: f64,
    /// The 0.5th percentile.
    pub low: f64,
    /// The 99.5th percentile.
    pub high: f64,
}

/// What one image and its masks show.
struct Seen {
    spacing: [f64; 3],
    /// Voxels of the box.
    shape: [usize; 3],
    /// Some intensities inside each objective.
    inside: Vec<f64>,
}

impl Seen {
    /// Reads the image of these cases, which share it, and their masks.
    fn of(cases: &[(&Task, &Case)]) -> Result<Self> {
        let during =
            |(task, case): &(&Task, &Case), error: Error| error.during(format!("{}, case {}", task.name(), case.id));
        let volume = cases[0].1.source.image().map_err(|error| during(&cases[0], error))?;
        let mut inside = Vec::new();
        for one in cases {
            let some = intensities(&volume, &one.1.source.mask().map_err(|error| during(one, error))?);
            inside.extend(some.map_err(|error| during(one, error))?);
        }
        Ok(Seen { spacing: volume.geometry().spacing, shape: Prepared::new(&volume).shape, inside })
    }
}

/// Some finite intensities inside a mask, evenly spread over it.
fn intensities(volume: &Volume, mask: &Mask) -> Result<Vec<f64>> {
    let (image, label) = (volume.shape(), mask.shape());
    crate::ensure!(image == label, "the image has {image:?} voxels but its mask has {label:?}");
    let voxels = volume.voxels().iter().enumerate();
    let inside: Vec<f64> = voxels.filter(|&(n, v)| mask.get(n) && v.is_finite()).map(|(_, v)| *v).collect();
    let step = inside.len().div_ceil(PER_CASE).max(1);
    Ok(inside.into_iter().step_by(step).collect())
}

impl Fingerprint {
    /// Looks at every image of the tasks once, and at every mask.
    ///
    /// # Errors
    /// There is no case, a file is wrong, image and mask have different shapes, or the user stopped.
    pub fn of(tasks: &[Task], monitor: &Monitor) -> Result<Self> {
        // Tasks share images.
        let mut places = BTreeMap::new();
        let mut cases: Vec<Vec<(&Task, &Case)>> = Vec::new();
        for (task, case) in tasks.iter().flat_map(|task| task.cases().iter().map(move |case| (task, case))) {
            let place = *places.entry(case.source.image_key()).or_insert(cases.len());
            cases.resize_with(cases.len().max(place + 1), Vec::new);
            cases[place].push((task, case));
        }
        if cases.is_empty() {
            return Err(Error::data("a plan needs at least one case, got none")
                .help("give tasks with cases, the initial source for example"));
        }
        let stage = monitor.stage("fingerprint", cases.len());
        let look = |cases: &Vec<(&Task, &Case)>| {
            let seen = Seen::of(cases)?;
            stage.advance(1)?;
            Ok(seen)
        };
        let images: Vec<Seen> = cases.par_iter().map(look).collect::<Result<_>>()?;
        let along = |value: &dyn Fn(&Seen) -> f64| -> f64 {
            median(&images.iter().map(value).collect::<Vec<f64>>()).expect("there is an image")
        };
        let spacing = std::array::from_fn(|axis| along(&|image| image.spacing[axis]));
        let shape = std::array::from_fn(|axis| along(&|image| image.shape[axis] as f64) as usize);
        let inside: Vec<f64> = images.iter().flat_map(|image| image.inside.iter().copied()).collect();
        let summary = || {
            Some(Intensities {
                mean: mean(&inside)?,
                std: std(&inside, 0)?,
                median: median(&inside)?,
                low: quantile(&inside, 0.005)?,
                high: quantile(&inside, 0.995)?,
            })
        };
        Ok(Fingerprint { images: images.len(), spacing, shape, intensity: summary() })
    }
}

/// Options of [`plan`].
#[derive(Debug, Clone, PartialEq)]
pub struct PlanParams {
    /// Memory of a GPU, GB, as nnU-Net measures it: 8 gives the plans of its default planner.
    pub memory: f64,
    /// Features of the first stage.
    pub base: usize,
    /// No stage has more features.
    pub max_features: usize,
}

impl Default for PlanParams {
    fn default() -> Self {
        PlanParams { memory: 8.0, base: 32, max_features: 320 }
    }
}

impl Params for PlanParams {
    const RANGES: &'static [Range] =
        &[Range::new("memory", 1e-3, 1e6), Range::new("base", 1.0, 1024.0), Range::new("max_features", 1.0, 4096.0)];

    fn validate(&self) -> Result<()> {
        let PlanParams { memory, base, max_features } = *self;
        Self::inside("memory", memory)?;
        Self::inside("base", base as f64)?;
        Self::inside("max_features", max_features as f64)?;
        UNetParams { base, max_features, ..UNetParams::default() }.validate()
    }
}

/// Patch, batch and network for a cohort. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkPlan(Arc<Parts>);

#[derive(Debug, Clone, PartialEq)]
struct Parts {
    fingerprint: Fingerprint,
    patch: [usize; 3],
    batch: usize,
    net: Checked<UNetParams>,
}

/// The plan for a fingerprint.
///
/// # Errors
/// No patch fits into the memory.
pub fn plan(fingerprint: Fingerprint, params: &Checked<PlanParams>) -> Result<NetworkPlan> {
    let Fingerprint { images, spacing, shape, .. } = fingerprint;
    let wanted = TopologyParams {
        spacing: turned(spacing),
        shape: turned(shape),
        voxels: Some(images as f64 * shape.iter().product::<usize>() as f64),
        memory: params.memory,
        base: params.base,
        max_features: params.max_features,
        ..TopologyParams::default()
    };
    let found = topology(&wanted.check()?)?;
    Ok(NetworkPlan(Arc::new(Parts {
        fingerprint,
        patch: turned(found.patch),
        batch: found.batch,
        net: found.net.check()?,
    })))
}

/// From i, j, k to D, H, W and back.
fn turned<T: Copy>([a, b, c]: [T; 3]) -> [T; 3] {
    [c, b, a]
}

impl NetworkPlan {
    /// What it was made from.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.0.fingerprint
    }

    /// Voxels of a patch along i, j, k.
    #[must_use]
    pub fn patch(&self) -> [usize; 3] {
        self.0.patch
    }

    /// Patches a batch.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.0.batch
    }

    /// The network; its strides and kernels run along D, H, W.
    #[must_use]
    pub fn net(&self) -> &Checked<UNetParams> {
        &self.0.net
    }

    /// Stride of each stage along i, j, k.
    #[must_use]
    pub fn strides(&self) -> Vec<[usize; 3]> {
        (0..self.0.net.stages).map(|stage| turned(self.0.net.stride(stage))).collect()
    }

    /// Kernel of each stage along i, j, k.
    #[must_use]
    pub fn kernels(&self) -> Vec<[usize; 3]> {
        (0..self.0.net.stages).map(|stage| turned(self.0.net.kernel(stage))).collect()
    }

    /// Numbers that the network learns, of the encoder and of the decoder.
    #[must_use]
    pub fn parameters(&self) -> [usize; 2] {
        let count = |side: &str| {
            let list = self.0.net.parameters();
            let own = list.iter().filter(|(name, _)| name.starts_with(side));
            own.map(|(_, shape)| shape.iter().product::<usize>()).sum()
        };
        [count("encoder."), count("decoder.")]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_authors_cohort_gets_the_authors_plan() {
        let fingerprint = Fingerprint { images: 1251, spacing: [1.0; 3], shape: [133, 173, 134], intensity: None };
        let plan = plan(fingerprint, &PlanParams::default().check().unwrap()).unwrap();
        assert_eq!((plan.patch(), plan.batch()), ([112, 160, 128], 2));
        assert_eq!(plan.strides()[5], [1, 2, 2]);
        // 14.03 and 16.76 million in METHOD's words for two classes and deep supervision.
        let [encoder, decoder] = plan.parameters();
        let millions = |count: usize| (count as f64 / 1e4).round() / 100.0;
        assert_eq!((millions(encoder), millions(decoder)), (14.03, 16.76));
    }
}
