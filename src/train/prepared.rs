//! A case as the network sees it: cropped to its non-zero box, z-scored inside the non-zero voxels, and brought to the
//! network's spacing if it has one.
//!
//! Source: nnU-Net v2's preprocessing, which crops, normalises, then resamples: images by cubic splines, labels linearly from a
//! share of a half on, logits back linearly before a class is chosen. Deviates: what is zero is zero again after resampling, and zeros
//! within a head count as outside, where nnU-Net fills holes.

use crate::base::error::{Error, Kind, Result};
use crate::base::math::powi;
use crate::dataset::case::Case;
use crate::image::bounds::Bounds;
use crate::image::geometry::Geometry;
use crate::image::labels::Labels;
use crate::image::mask::Mask;
use crate::image::resample::mask_nearest;
use crate::image::spacing::{LabelSpacingParams, Order, SpacingParams, labels_to_spacing, to_shape, to_spacing};
use crate::image::volume::Volume;

/// By which voxels an image is z-scored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those that are not 0; what is 0 stays 0.
    #[default]
    NonZero,
    /// All of the non-zero box.
    Box,
}

/// An image ready for the network. Memory order is the volume's: i fastest.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The grid it was cropped from.
    pub geometry: Geometry,
    /// First voxel of the box in that grid.
    pub origin: [usize; 3],
    /// Voxels of the box in that grid.
    pub cropped: [usize; 3],
    /// Voxels of the box as the network sees it: others at another spacing.
    pub shape: [usize; 3],
    /// Intensities: mean 0 and standard deviation 1 over the voxels of the scope; with [`Scope::NonZero`] 0 elsewhere.
    pub image: Vec<f32>,
    /// Which axis goes from left to right.
    pub left_right: usize,
}

/// A prepared image with its objective.
#[derive(Debug, Clone)]
pub struct Example {
    /// The case's id.
    pub id: String,
    /// The image.
    pub image: Prepared,
    /// 1 inside the objective, else 0, over the box.
    pub label: Vec<u8>,
    /// Places of the objective's voxels in the box.
    pub foreground: Vec<usize>,
}

impl Prepared {
    /// Crops and normalises an image by its non-zero voxels. One that is zero (or not finite) everywhere is kept whole, as zeros.
    #[must_use]
    pub fn new(volume: &Volume) -> Self {
        Prepared::scored(volume, Scope::NonZero)
    }

    fn scored(volume: &Volume, scope: Scope) -> Self {
        let geometry = volume.geometry().clone();
        let inside = |v: f64| v.is_finite() && v != 0.0;
        let (mut low, mut high) = (geometry.shape, [0; 3]);
        let [nx, ny, _] = geometry.shape;
        let (mut sum, mut count) = (0.0, 0_usize);
        for (n, &v) in volume.voxels().iter().enumerate() {
            if inside(v) {
                let index = [n % nx, n / nx % ny, n / (nx * ny)];
                for axis in 0..3 {
                    low[axis] = low[axis].min(index[axis]);
                    high[axis] = high[axis].max(index[axis] + 1);
                }
                sum += v;
                count += 1;
            }
        }
        if count == 0 {
            (low, high) = ([0; 3], geometry.shape);
        }
        let shape: [usize; 3] = std::array::from_fn(|axis| high[axis] - low[axis]);
        let whole = scope == Scope::Box && count > 0;
        if whole {
            count = shape.iter().product();
        }
        let mean = sum / count.max(1) as f64;
        let mut squares: f64 = volume.voxels().iter().filter(|v| inside(**v)).map(|v| powi(v - mean, 2)).sum();
        if whole {
            for_box(&geometry, low, shape, |n| squares += if inside(volume.voxels()[n]) { 0.0 } else { mean * mean });
        }
        let sd = (squares / count.max(1) as f64).sqrt().max(1e-8);
        let mut image = Vec::with_capacity(shape.iter().product());
        for_box(&geometry, low, shape, |n| {
            let v = volume.voxels()[n];
            image.push(match (inside(v), whole) {
                (true, _) => ((v - mean) / sd) as f32,
                (false, true) => (-mean / sd) as f32,
                (false, false) => 0.0,
            });
        });
        let left_right = left_right(&geometry);
        Prepared { geometry, origin: low, cropped: shape, shape, image, left_right }
    }

    /// The same, z-scored by some voxels and brought to a spacing in mm if there is one.
    ///
    /// # Errors
    /// The spacing makes no sense for this image.
    pub fn at(volume: &Volume, spacing: Option<[f64; 3]>, scope: Scope) -> Result<Self> {
        let prepared = Prepared::scored(volume, scope);
        let Some(spacing) = spacing else { return Ok(prepared) };
        let image: Vec<f64> = prepared.image.iter().map(|&v| f64::from(v)).collect();
        let own = Volume::new(prepared.grid(), image);
        let new = to_spacing(&own, spacing, SpacingParams::default())?;
        if new.shape() == prepared.shape {
            return Ok(prepared);
        }
        if scope == Scope::Box {
            let image = new.voxels().iter().map(|&v| v as f32).collect();
            return Ok(Prepared { shape: new.shape(), image, ..prepared });
        }
        let there = Mask::from_fn(prepared.grid(), |n| prepared.image[n] != 0.0);
        let there = mask_nearest(&there, new.shape());
        let voxels = new.voxels().iter().enumerate();
        let image = voxels.map(|(n, &v)| if there.get(n) { v as f32 } else { 0.0 }).collect();
        Ok(Prepared { shape: new.shape(), image, ..prepared })
    }

    /// The grid of the box before it was brought to another spacing.
    fn grid(&self) -> Geometry {
        self.geometry.cropped(&Bounds { low: self.origin, shape: self.cropped })
    }

    /// Where in the grid each voxel that the network sees lies, in memory order: the nearest place at another spacing.
    #[must_use]
    pub fn places(&self) -> Vec<usize> {
        let along: [Vec<usize>; 3] = std::array::from_fn(|axis| {
            let (n, m) = (self.cropped[axis], self.shape[axis]);
            let ratio = n as f64 / m as f64;
            (0..m).map(|o| self.origin[axis] + (((o as f64 + 0.5) * ratio).floor() as usize).min(n - 1)).collect()
        });
        let mut places = Vec::with_capacity(self.image.len());
        for &k in &along[2] {
            for &j in &along[1] {
                places.extend(along[0].iter().map(|&i| self.geometry.offset([i, j, k])));
            }
        }
        places
    }

    /// Values where the network sees voxels, as values of the box's own voxels: linear between them.
    #[must_use]
    pub fn back(&self, values: Vec<f32>) -> Vec<f32> {
        if self.shape == self.cropped {
            return values;
        }
        let seen = Volume::new(self.grid().resized(self.shape), values.into_iter().map(f64::from).collect::<Vec<_>>());
        let linear = SpacingParams { order: Order::Linear, ..SpacingParams::default() };
        to_shape(&seen, self.cropped, linear).voxels().iter().map(|&v| v as f32).collect()
    }

    /// The box's values spread back over the whole grid: voxel `n` of the grid is inside where `inside` says so of the box.
    #[must_use]
    pub fn paste(&self, inside: &[bool]) -> Mask {
        let mut full = vec![false; self.geometry.voxels()];
        let mut values = inside.iter();
        for_box(&self.geometry, self.origin, self.cropped, |n| full[n] = values.next().copied().unwrap_or(false));
        Mask::from_fn(self.geometry.clone(), |n| full[n])
    }
}

impl Example {
    /// Loads and prepares a case.
    ///
    /// # Errors
    /// Those of its files; also when image and mask have different shapes.
    pub fn load(case: &Case) -> Result<Self> {
        Example::load_at(case, None, Scope::NonZero)
    }

    /// The same, if there is anything to see in it.
    ///
    /// # Errors
    /// All of its voxels are equal, zero or not finite.
    pub fn with_contrast(self) -> Result<Self> {
        if self.image.image.iter().all(|v| *v == self.image.image[0]) {
            return Err(Error::data(format!(
                "case {}: all voxels of the image are equal, zero or not finite",
                self.id
            ))
            .help("look at the file (read_volume), or leave the case out of the training"));
        }
        Ok(self)
    }

    /// The same, z-scored by some voxels and brought to a spacing in mm if there is one.
    ///
    /// # Errors
    /// As [`Example::load`] and [`Prepared::at`].
    pub fn load_at(case: &Case, spacing: Option<[f64; 3]>, scope: Scope) -> Result<Self> {
        let volume = case.source.image()?;
        let mask = case.source.mask()?;
        crate::ensure!(
            volume.shape() == mask.shape(),
            Kind::Data,
            "case {}: the image has {:?} voxels but its mask has {:?}",
            case.id,
            volume.shape(),
            mask.shape()
        );
        let image = Prepared::at(&volume, spacing, scope)?;
        let mut label = Vec::with_capacity(image.image.len());
        for_box(&image.geometry, image.origin, image.cropped, |n| label.push(u8::from(mask.get(n))));
        if let Some(spacing) = spacing.filter(|_| image.shape != image.cropped) {
            let own = Labels::new(image.grid(), label.iter().map(|&class| u16::from(class)).collect::<Vec<_>>());
            let new = labels_to_spacing(&own, spacing, LabelSpacingParams::default())?;
            label = new.values().iter().map(|&class| u8::from(class == 1)).collect();
        }
        let foreground = (0..label.len()).filter(|&n| label[n] == 1).collect();
        Ok(Example { id: case.id.clone(), image, label, foreground })
    }
}

/// Calls `f` with the place in the grid of every voxel of a box, in memory order.
fn for_box(geometry: &Geometry, low: [usize; 3], shape: [usize; 3], mut f: impl FnMut(usize)) {
    for k in 0..shape[2] {
        for j in 0..shape[1] {
            let row = geometry.offset([low[0], low[1] + j, low[2] + k]);
            (row..row + shape[0]).for_each(&mut f);
        }
    }
}

/// The voxel axis that runs most along the world's x.
fn left_right(geometry: &Geometry) -> usize {
    let along = geometry.affine[0];
    (1..3).fold(0, |best, axis| if along[axis].abs() > along[best].abs() { axis } else { best })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_cropped_z_scored_and_pasted_back() {
        let geometry = Geometry::new([4, 3, 3], [1.0; 3]);
        let mut voxels = vec![0.0; 36];
        let (a, b) = (geometry.offset([1, 1, 0]), geometry.offset([2, 2, 1]));
        (voxels[a], voxels[b]) = (10.0, 30.0);
        let prepared = Prepared::new(&Volume::new(geometry, voxels));
        assert_eq!((prepared.origin, prepared.shape), ([1, 1, 0], [2, 2, 2]));
        assert_eq!(prepared.image, [-1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        let mask = prepared.paste(&[true, false, false, false, false, false, false, true]);
        assert_eq!(mask.count(), 2);
        assert!(mask.get(a) && mask.get(b));
    }

    #[test]
    fn an_empty_image_is_kept_whole() {
        let prepared = Prepared::new(&Volume::new(Geometry::new([2, 2, 2], [1.0; 3]), vec![f64::NAN; 8]));
        assert_eq!((prepared.shape, prepared.image), ([2, 2, 2], vec![0.0; 8]));
    }
}
