//! The shape of a U-Net that suits images of a spacing: nnU-Net's rules for patch, pooling, kernels and batch.
//!
//! Axes run as in tensors: D, H, W. Source: Isensee et al., nnU-Net, Nature Methods 2021, and its reference implementation,
//! version 2 (`ExperimentPlanner`, `get_pool_and_conv_props`).

use super::plan::UNetParams;
use crate::base::error::{Error, Result};
use crate::base::math::cbrt;
use crate::base::params::{Params, within};
use crate::ensure;

/// No axis is halved below this many voxels.
const SMALLEST: usize = 4;

/// Voxels of a cube that a patch is as large as at first.
const FIRST_PATCH: f64 = 256.0 * 256.0 * 256.0;

/// Numbers in feature maps that a GPU of [`REFERENCE_GB`] holds at a batch of [`REFERENCE_BATCH`], by nnU-Net's measure.
const REFERENCE: f64 = 560e6;
const REFERENCE_GB: f64 = 8.0;
const REFERENCE_BATCH: f64 = 2.0;

/// The least batch, and the most of all training voxels that it may hold.
const LEAST_BATCH: usize = 2;
const MOST_OF_ALL: f64 = 0.05;

/// What a plan is made for.
#[derive(Debug, Clone, PartialEq)]
pub struct TopologyParams {
    /// Voxel spacing, mm.
    pub spacing: [f64; 3],
    /// Median voxels of the cropped images at that spacing.
    pub shape: [usize; 3],
    /// Voxels of all training images together; no bound on the batch without it.
    pub voxels: Option<f64>,
    /// Memory that features, gradients and all may take, GB of a GPU as nnU-Net measures it.
    pub memory: f64,
    /// Channels of an image.
    pub in_channels: usize,
    /// Classes, the background included.
    pub classes: usize,
    /// Features of the first stage.
    pub base: usize,
    /// No stage has more features.
    pub max_features: usize,
}

impl Default for TopologyParams {
    fn default() -> Self {
        TopologyParams {
            spacing: [1.0; 3],
            shape: [128; 3],
            voxels: None,
            memory: 8.0,
            in_channels: 1,
            classes: 2,
            base: 32,
            max_features: 320,
        }
    }
}

impl Params for TopologyParams {
    fn validate(&self) -> Result<()> {
        for length in self.spacing {
            ensure!(length.is_finite() && length > 0.0, "a spacing is lengths in mm above 0, got {:?}", self.spacing);
        }
        within("shape", self.shape.into_iter().min().unwrap_or(0), 1, 1 << 16)?;
        within("shape", self.shape.into_iter().max().unwrap_or(0), 1, 1 << 16)?;
        within("memory", self.memory, 1e-3, 1e6)
    }
}

/// A patch and the network for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Topology {
    /// Voxels of a patch.
    pub patch: [usize; 3],
    /// Patches a batch.
    pub batch: usize,
    /// The network.
    pub net: UNetParams,
    /// Numbers in all feature maps of one patch: what memory is judged by.
    pub feature_map_size: u64,
}

/// The largest patch that memory allows, its aspect ratio that of the images, the network that halves it as often as it can, and
/// as large a batch as memory and data allow.
///
/// # Errors
/// When even the smallest patch that can be halved needs more memory than there is, or when the images are smaller than that.
pub fn topology(params: &crate::base::params::Checked<TopologyParams>) -> Result<Topology> {
    let TopologyParams { spacing, shape, voxels, memory, in_channels, classes, base, max_features } = **params;
    // As large as a cube of 256^3 in voxels, as wide along each axis in mm, and no larger than the images.
    let inverse = spacing.map(|length| 1.0 / length);
    let factor = cbrt(FIRST_PATCH / inverse.iter().product::<f64>());
    let first = std::array::from_fn(|axis| ((inverse[axis] * factor).round_ties_even() as usize).min(shape[axis]));
    let net_of = |pooling: &Pooling| UNetParams {
        in_channels,
        classes,
        base,
        stages: pooling.strides.len(),
        max_features,
        strides: Some(pooling.strides.clone()),
        kernels: Some(pooling.kernels.clone()),
        ..UNetParams::default()
    };
    let allowed = REFERENCE * memory / REFERENCE_GB;
    let mut pooling = Pooling::of(spacing, first);
    let mut size = net_of(&pooling).feature_map_size(pooling.patch);
    ensure!(pooling.strides.len() > 1, "images of {shape:?} voxels are too small for a network that halves them");
    while size as f64 > allowed {
        // The axis that is longest beside the images'; of axes that tie the last, as numpy's argsort leaves them.
        let part = |axis: usize| pooling.patch[axis] as f64 / shape[axis] as f64;
        let axis = (1..3).fold(0, |longest, axis| if part(axis) >= part(longest) { axis } else { longest });
        let step = pooling.divisor()[axis];
        let needs = size as f64 / REFERENCE * REFERENCE_GB;
        let no_patch = || {
            let text = format!("no patch fits into {memory} GB: one of {:?} voxels needs {needs:.3}", pooling.patch);
            Error::argument(text).help("give more `memory`, or take a smaller `base`")
        };
        if pooling.patch[axis] <= step.max(SMALLEST) {
            return Err(no_patch());
        }
        // A smaller patch may be divisible by less: only what that one must be divisible by is taken off.
        let mut smaller = pooling.patch;
        smaller[axis] -= step;
        smaller[axis] = pooling.patch[axis] - Pooling::of(spacing, smaller).divisor()[axis];
        let next = Pooling::of(spacing, smaller);
        if next.strides.len() < 2 {
            return Err(no_patch());
        }
        pooling = next;
        size = net_of(&pooling).feature_map_size(pooling.patch);
    }
    let by_memory = (allowed / size as f64 * REFERENCE_BATCH).round_ties_even() as usize;
    let patch_voxels = pooling.patch.iter().product::<usize>() as f64;
    let by_data = voxels.map_or(usize::MAX, |all| (all * MOST_OF_ALL / patch_voxels).round_ties_even() as usize);
    Ok(Topology {
        patch: pooling.patch,
        batch: by_memory.min(by_data).max(LEAST_BATCH),
        net: net_of(&pooling),
        feature_map_size: size,
    })
}

/// How a patch is halved.
struct Pooling {
    /// The patch, padded so that it can be.
    patch: [usize; 3],
    /// Stride of each stage.
    strides: Vec<[usize; 3]>,
    /// Kernel of each stage.
    kernels: Vec<[usize; 3]>,
}

impl Pooling {
    /// Axes are halved together while their spacings are within a factor of 2 of the finest; an axis alone only down to 6 voxels.
    /// A kernel is 3 along an axis once its spacing is within a factor of 2 of the finest.
    fn of(mut spacing: [f64; 3], patch: [usize; 3]) -> Self {
        let mut size = patch;
        let (mut strides, mut kernels) = (vec![[1; 3]], Vec::new());
        let mut kernel = [1; 3];
        loop {
            let large = |axis: &usize| size[*axis] >= 2 * SMALLEST;
            let finest = (0..3).filter(large).map(|axis| spacing[axis]).fold(f64::INFINITY, f64::min);
            let axes: Vec<usize> = (0..3).filter(large).filter(|&axis| spacing[axis] / finest < 2.0).collect();
            if axes.is_empty() || (axes.len() == 1 && size[axes[0]] < 3 * SMALLEST) {
                break;
            }
            let least = spacing.into_iter().fold(f64::INFINITY, f64::min);
            for axis in 0..3 {
                if spacing[axis] / least < 2.0 {
                    kernel[axis] = 3;
                }
            }
            let mut stride = [1; 3];
            for axis in axes {
                stride[axis] = 2;
                spacing[axis] *= 2.0;
                size[axis] = size[axis].div_ceil(2);
            }
            strides.push(stride);
            kernels.push(kernel);
        }
        kernels.push([3; 3]);
        let mut pooling = Pooling { patch, strides, kernels };
        let divisor = pooling.divisor();
        pooling.patch = std::array::from_fn(|axis| patch[axis].next_multiple_of(divisor[axis]));
        pooling
    }

    /// What the patch must be divisible by.
    fn divisor(&self) -> [usize; 3] {
        self.strides.iter().fold([1; 3], |all, stride| std::array::from_fn(|axis| all[axis] * stride[axis]))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ask(spacing: [f64; 3], shape: [usize; 3], memory: f64) -> Topology {
        topology(&TopologyParams { spacing, shape, memory, ..Default::default() }.check().unwrap()).unwrap()
    }

    /// Patches, numbers of halvings, feature map sizes and batches of nnU-Net v2's planner.
    #[test]
    fn plans_are_those_of_nnu_net() {
        let rows = [
            ([1.0; 3], [134, 173, 133], 8.0, [128, 160, 112], [5, 5, 4], 6, 492_997_120, 2),
            ([1.0; 3], [139, 172, 136], 8.0, [128, 160, 112], [5, 5, 4], 6, 492_997_120, 2),
            ([1.0; 3], [155, 240, 240], 8.0, [96, 160, 160], [4, 5, 5], 6, 528_211_200, 2),
            ([1.0; 3], [256, 192, 144], 8.0, [192, 128, 96], [5, 5, 4], 6, 507_082_752, 2),
            ([3.0, 0.95833, 0.95833], [48, 240, 240], 8.0, [40, 224, 224], [3, 5, 5], 6, 537_604_480, 2),
            ([3.0, 1.0, 1.0], [48, 256, 232], 8.0, [40, 224, 224], [3, 5, 5], 6, 537_604_480, 2),
            ([1.0; 3], [32; 3], 8.0, [32; 3], [3; 3], 4, 6_979_584, 160),
            ([1.0; 3], [24, 28, 24], 8.0, [24, 28, 24], [2; 3], 3, 3_322_368, 337),
            ([1.0; 3], [48, 56, 48], 0.1, [32; 3], [3; 3], 4, 6_979_584, 2),
            ([1.0; 3], [48, 56, 48], 0.25, [40, 48, 40], [3; 3], 4, 16_358_400, 2),
        ];
        for (spacing, shape, memory, patch, pools, stages, size, batch) in rows {
            let got = ask(spacing, shape, memory);
            let halved = got.net.divisor().map(usize::trailing_zeros);
            assert_eq!((got.patch, halved, got.net.stages), (patch, pools, stages), "{shape:?} {memory}");
            assert_eq!((got.feature_map_size, got.batch), (size, batch), "{shape:?} {memory}");
        }
    }

    #[test]
    fn thick_slices_are_neither_halved_nor_mixed_at_first() {
        let net = ask([3.0, 1.0, 1.0], [48, 256, 232], 8.0).net;
        assert_eq!(net.kernels.as_ref().unwrap()[..2], [[1, 3, 3], [3; 3]]);
        assert_eq!(net.strides.as_ref().unwrap()[1], [1, 2, 2]);
        net.check().unwrap();
    }

    #[test]
    fn a_batch_holds_at_most_a_twentieth_of_all_voxels() {
        let few = TopologyParams { shape: [32; 3], voxels: Some(119.0 * 32_768.0), ..Default::default() };
        assert_eq!(topology(&few.check().unwrap()).unwrap().batch, 6);
    }

    #[test]
    fn memory_for_nothing_is_an_error() {
        let none = TopologyParams { memory: 0.001, ..Default::default() }.check().unwrap();
        assert!(topology(&none).unwrap_err().message().contains("no patch fits"));
        let small = TopologyParams { shape: [7; 3], ..Default::default() }.check().unwrap();
        assert!(topology(&small).unwrap_err().message().contains("too small"));
    }
}
