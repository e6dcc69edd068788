//! The one-dimensional sample that stands for a volume.

use super::params::{Intensity, SampleParams};
use crate::base::error::{Error, Result};
use crate::base::params::Checked;
use crate::image::normalize::Scaling;
use crate::image::planes::{Planes, each};
use crate::image::resizer::Resizer;
use crate::image::volume::Volume;
use crate::numeric::pca::{self, Pca};
use ndarray::ArrayView3;

/// The pooled PCA scores of a volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// How many components were kept.
    pub components: usize,
    /// The scores in the order of scikit-learn's `fit_transform(x).ravel()`, x being the resized array (x, y, z) with the
    /// feature axis last, reshaped to (samples, features); with sign `symmetric` followed by their negatives.
    pub values: Vec<f64>,
    /// Share of the variance each kept component explains.
    pub explained: Vec<f64>,
}

/// Resizes a volume, takes in-plane positions as samples and slices as features, and keeps the scores of the fewest
/// components that explain more than `variance` of the variance (equation 2's argument).
///
/// # Errors
/// When the volume holds voxels that are not finite.
pub fn pca_scores(image: &dyn Planes, params: &Checked<SampleParams>) -> Result<Samples> {
    let pca = components(image, params)?;
    // The components see samples in the order of memory, the first axis fastest; numpy has the last one fastest.
    let (first, _) = in_plane(params.axis);
    let (count, rows) = (params.size[first], pca.scores.ncols() / params.size[first]);
    let order = (0..count).flat_map(|at| (0..rows).map(move |row| row * count + at));
    let kept = pca.scores.nrows();
    let scores = order.flat_map(|sample| (0..kept).map(move |component| (component, sample)));
    let scores = scores.map(|place| pca.scores[place]).collect();
    Ok(Samples { components: kept, values: params.sign.pool(scores), explained: pca.explained })
}

/// The components of a volume; samples are in-plane positions in the order of memory.
pub(super) fn components(image: &dyn Planes, params: &Checked<SampleParams>) -> Result<Pca> {
    reduce(&prepared(image, params), params).map_err(|error| {
        let mut strange = 0;
        each(image, |plane| strange += plane.iter().filter(|v| !v.is_finite()).count());
        match strange {
            0 if params.intensity == Intensity::Zscore
                && prepared(image, params).voxels().iter().any(|v| v.is_nan()) =>
            {
                Error::data("the image's intensities are too large for a standard deviation: their squares overflow")
                    .help("use intensity: \"minmax\"")
            }
            0 => error,
            _ => Error::data(format!("the image has {strange} voxels that are not finite, wanted none"))
                .help("use intensity: \"zscore\" or \"minmax\", which read such voxels as background"),
        }
    })
}

/// The image with its final intensities and size.
fn prepared(image: &dyn Planes, params: &SampleParams) -> Volume {
    let scaling = match params.intensity {
        Intensity::Raw => None,
        Intensity::Zscore => Some(Scaling::zscore(image)),
        Intensity::Minmax => Some(Scaling::minmax(image)),
    };
    let (geometry, mut scaled) = (image.geometry(), Vec::new());
    if let (None, Some(volume), true) = (scaling, image.whole(), geometry.shape == params.size) {
        return volume.clone();
    }
    let mut resizer = (geometry.shape != params.size).then(|| Resizer::new(geometry, params.size));
    let mut whole = Vec::with_capacity(if resizer.is_none() { geometry.voxels() } else { 0 });
    each(image, |plane| {
        let plane = match scaling {
            None => plane,
            Some(scaling) => {
                scaled.resize(plane.len(), 0.0);
                scaling.apply(plane, &mut scaled);
                &scaled[..]
            }
        };
        match &mut resizer {
            Some(resizer) => resizer.push(plane),
            None => whole.extend_from_slice(plane),
        }
    });
    resizer.map_or_else(|| Volume::new(geometry.clone(), whole), Resizer::finish)
}

/// The two axes that are not the features', the first one faster in memory.
fn in_plane(features: usize) -> (usize, usize) {
    [(1, 2), (0, 2), (0, 1)][features]
}

fn reduce(resized: &Volume, params: &SampleParams) -> Result<Pca> {
    let [x, y, z] = resized.shape();
    let features = params.axis;
    let (first, second) = in_plane(features);
    let array = ArrayView3::from_shape((z, y, x), resized.voxels()).expect("a volume has the voxels of its shape");
    // The array's own axes run z, y, x: axis a of (x, y, z) is its axis 2 - a.
    let rows = array.permuted_axes([2 - features, 2 - second, 2 - first]);
    let rows = rows.as_standard_layout();
    let shape = (rows.shape()[0], rows.shape()[1] * rows.shape()[2]);
    let rows = rows.to_shape(shape).expect("an array in standard layout takes any shape of its size");
    pca::fit(rows.t(), params.variance)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::params::Params;
    use crate::image::geometry::Geometry;

    #[test]
    fn each_axis_can_hold_the_features() {
        // Only x varies, so with features along x all samples are equal; along z every feature is the same ramp.
        let grid = Geometry::new([4, 3, 2], [1.0; 3]);
        let volume = Volume::new(grid, (0..24).map(|n| f64::from(n % 4)).collect::<Vec<_>>());
        let ask = |axis| {
            let params = SampleParams { size: [4, 3, 2], axis, ..Default::default() };
            pca_scores(&volume, &params.check().unwrap()).unwrap()
        };
        assert_eq!(ask(0).values, vec![0.0; 6]);
        let ramp = ask(2);
        assert_eq!((ramp.components, ramp.values.len()), (1, 12));
        // Samples run over y fastest, as in numpy: the first three have x = 0.
        let expected = -1.5 * 2.0_f64.sqrt();
        assert!(ramp.values[..3].iter().all(|v| (v - expected).abs() < 1e-12), "{:?}", ramp.values);
    }

    #[test]
    fn voxels_that_are_not_finite_are_counted_and_the_help_works() {
        let volume = Volume::new(Geometry::new([2, 2, 1], [1.0; 3]), vec![1.0, f64::NAN, 2.0, 3.0]);
        let params = SampleParams { size: [2, 2, 1], ..Default::default() };
        let error = pca_scores(&volume, &params.clone().check().unwrap()).unwrap_err();
        assert!(error.message().contains("1 voxels") && error.help_line().unwrap().contains("minmax"));
        let params = SampleParams { intensity: Intensity::Minmax, ..params };
        assert!(pca_scores(&volume, &params.check().unwrap()).is_ok());
    }
}
