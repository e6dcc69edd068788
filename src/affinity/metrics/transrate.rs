//! TransRate: how many more bits all features need than those of one class.

use super::metric::{Metric, Needs};
use super::sample::CheckedSample;
use crate::base::math::ln_1p;
use crate::numeric::product::product;
use crate::numeric::spectrum::spectrum;
use ndarray::{Array2, Axis};

/// The metric.
pub const TRANSRATE: Metric = Metric {
    name: "transrate",
    variant: "",
    about: "coding rate of the features less the mean coding rate of each class's",
    needs: Needs::Features,
    measure: transrate,
};

/// The distortion that is allowed for.
const DISTORTION: f64 = 1e-4;

/// `R(Z) - mean over classes of R(Z_c)` with Z the centred features and `R(Z) = 1/2 ln det(I + Z'Z / (n eps))`, eps 1e-4, n
/// the rows of its argument; in nats. Higher is better. The mean over classes is not weighted by their sizes, as in the
/// authors' code. O(n d^2 + classes d^3).
///
/// A class's rate is about the mean of all voxels, not its own, so two classes of equal size that lie on either side of that
/// mean have the rate of the whole each: for them the value is 0 however far they are apart.
///
/// Source: Huang et al., "Frustratingly easy transferability estimation", ICML 2022.
fn transrate(sample: &CheckedSample) -> f64 {
    let features = sample.features();
    let centred = features - &features.mean_axis(Axis(0)).expect("a checked sample has voxels");
    let classes = (0..sample.count()).map(|class| rate(&centred.select(Axis(0), &sample.places(class))));
    rate(&centred) - classes.sum::<f64>() / sample.count() as f64
}

fn rate(rows: &Array2<f64>) -> f64 {
    let scale = 1.0 / (rows.nrows() as f64 * DISTORTION);
    let values = spectrum(&product(rows.t(), rows.view())).values;
    values.iter().map(|value| ln_1p(scale * value.max(0.0))).sum::<f64>() / 2.0
}
