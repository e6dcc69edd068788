//! A plan for a network from the images it is to be trained on, as nnU-Net makes it.
//!
//! One plan serves a whole experiment: made from one cohort, it goes with the weights to every later task.
//!
//! Source: Isensee et al., nnU-Net, Nature Methods 2021, and its reference implementation, version 2.

use super::prepared::Prepared;
use crate::base::error::{Error, Result};
use crate::base::parallel::try_map;
use crate::base::params::{Checked, Params, Range};
use crate::base::progress::Monitor;
use crate::dataset::case::Case;
use crate::dataset::task::Task;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use crate::net::plan::UNetParams;
use crate::net::topology::{TopologyParams, topology};
use crate::numeric::statistics::{mean, median, quantile, std};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Intensities of a case that go into the percentiles: enough for half a percent to be some.
const PER_CASE: usize = 10_000;

/// What a cohort's images have in common. Axes run as in volumes: i, j, k.
#[derive(Debug, Clone, PartialEq)]
pub struct Fingerprint {
    /// How many images were looked at.
    pub images: usize,
    /// The spacing that images are brought to, mm: the median, finer across thick slices.
    pub spacing: [f64; 3],
    /// Median voxels, at that spacing, of the boxes around what is not zero.
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
        let images: Vec<Seen> = try_map(cases.len(), |at| look(&cases[at]))?;
        let along = |value: &dyn Fn(&Seen) -> f64| -> f64 {
            median(&images.iter().map(value).collect::<Vec<f64>>()).expect("there is an image")
        };
        let median_spacing = std::array::from_fn(|axis| along(&|image| image.spacing[axis]));
        let median_shape = std::array::from_fn(|axis| along(&|image| image.shape[axis] as f64));
        let across = |axis: usize| images.iter().map(|image| image.spacing[axis]).collect::<Vec<f64>>();
        let spacing = target(median_spacing, median_shape, across);
        let resampled = |image: &Seen, axis: usize| {
            (image.spacing[axis] / spacing[axis] * image.shape[axis] as f64).round_ties_even().max(1.0)
        };
        let shape = std::array::from_fn(|axis| along(&|image| resampled(image, axis)) as usize);
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

/// The spacing to bring images to, from the medians and the spacings of all images along an axis.
///
/// The median; but where slices are more than 3 times as thick as their pixels, and fewer by as much, the 10th percentile of
/// their thickness, so that few images lose slices, and not finer than the pixels.
fn target(spacing: [f64; 3], shape: [f64; 3], across: impl Fn(usize) -> Vec<f64>) -> [f64; 3] {
    const ANISOTROPIC: f64 = 3.0;
    let worst = (1..3).fold(0, |worst, axis| if spacing[axis] > spacing[worst] { axis } else { worst });
    let others: Vec<usize> = (0..3).filter(|&axis| axis != worst).collect();
    let coarsest = others.iter().map(|&axis| spacing[axis]).fold(0.0, f64::max);
    let fewest = others.iter().map(|&axis| shape[axis]).fold(f64::INFINITY, f64::min);
    let mut target = spacing;
    if spacing[worst] > ANISOTROPIC * coarsest && ANISOTROPIC * shape[worst] < fewest {
        let finer = quantile(&across(worst), 0.1).unwrap_or(spacing[worst]);
        target[worst] = if finer < coarsest { coarsest + 1e-5 } else { finer };
    }
    target
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

    /// The spacing in mm that images are brought to, along i, j, k.
    #[must_use]
    pub fn spacing(&self) -> [f64; 3] {
        self.0.fingerprint.spacing
    }

    /// Refuses a plan for a network of another spacing; one without a spacing keeps seeing images as they are.
    ///
    /// # Errors
    /// Names both spacings.
    pub fn check_spacing(&self, network: Option<[f64; 3]>) -> Result<()> {
        let Some(own) = network.filter(|own| *own != self.spacing()) else { return Ok(()) };
        let [own, other] = [own, self.spacing()].map(|spacing| spacing.map(|mm| format!("{mm:.4}")).join(" x "));
        Err(Error::argument(format!(
            "option `plan`: its voxels are {other} mm, but the network was trained on {own} mm"
        ))
        .help("give the plan that the network was made by, or leave out `plan`: a network remembers its spacing"))
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
    fn thick_slices_get_a_finer_spacing() {
        let list = vec![2.0, 4.0, 5.0, 5.0, 6.0];
        let spacing = |shape, list: &[f64]| {
            target([0.5, 0.6, 5.0], shape, |axis| {
                assert_eq!(axis, 2);
                list.to_vec()
            })
        };
        // np.percentile([2, 4, 5, 5, 6], 10) is 2.8.
        assert!((spacing([300.0, 280.0, 30.0], &list)[2] - 2.8).abs() < 1e-12);
        assert_eq!(spacing([300.0, 280.0, 100.0], &list), [0.5, 0.6, 5.0], "as many slices as a third of the pixels");
        assert_eq!(spacing([300.0, 280.0, 30.0], &[0.3; 5]), [0.5, 0.6, 0.6 + 1e-5]);
        assert_eq!(target([1.0, 1.0, 3.0], [300.0, 280.0, 30.0], |_| Vec::new()), [1.0, 1.0, 3.0]);
    }

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
