//! What is kept of a volume to compare it with others.

use super::params::{AffinityParams, Distance, Intensity, SampleParams};
use super::samples::components;
use crate::base::choice::Choice;
use crate::base::error::Result;
use crate::base::normal::StandardNormal;
use crate::base::params::{Checked, Params};
use crate::base::seed::Seed;
use crate::image::planes::Planes;
use crate::io::key::Key;
use crate::numeric::pca::Sign;
use crate::numeric::sliced;
use ndarray::{Array2, Axis, concatenate};
use rand::Rng;

/// The mean absolute value of a standard normal number.
const MEAN_ABSOLUTE: f64 = 0.797_884_560_802_865_4;

/// How a volume becomes an array of numbers: the same for all volumes of an affinity.
pub struct Reduction {
    sampling: Checked<SampleParams>,
    distance: Distance,
    /// The in-plane positions that are looked at; empty for "w1", which looks at all of them.
    points: Vec<usize>,
    /// Directions x components.
    directions: Array2<f64>,
    seed: Seed,
}

impl Reduction {
    /// As the options say; the seed draws points and directions.
    ///
    /// # Errors
    /// None that checked options leave.
    pub fn new(params: &Checked<AffinityParams>, seed: Seed) -> Result<Self> {
        let sampling = params.samples().check()?;
        let features = sampling.size[sampling.axis];
        let positions = sampling.size.iter().product::<usize>() / features;
        let seed = seed.named("reduction");
        let points = match (params.distance, params.points) {
            (Distance::W1, _) => 0,
            (Distance::Sliced, points) => points.unwrap_or(2048),
            (Distance::Exact, points) => points.unwrap_or(256),
        };
        // Every position has its own number: more points hold the fewer.
        let mut drawn: Vec<(u64, usize)> =
            (0..positions).map(|at| (seed.named("points").nth(at as u64).value(), at)).collect();
        drawn.sort_unstable();
        let mut points: Vec<usize> = drawn.into_iter().take(points).map(|(_, at)| at).collect();
        points.sort_unstable();
        let directions = if params.distance == Distance::Sliced { params.directions.unwrap_or(64) } else { 0 };
        let mut draw = seed.named("directions").rng();
        let normal = || draw.sample::<f64, _>(StandardNormal) / MEAN_ABSOLUTE;
        let directions = Array2::from_shape_simple_fn((directions, features), normal);
        Ok(Reduction { sampling, distance: params.distance, points, directions, seed })
    }

    /// Points of the array of the distance "exact".
    #[must_use]
    pub fn points(&self) -> usize {
        self.points.len() * if self.sampling.sign == Sign::Symmetric { 2 } else { 1 }
    }

    /// The name of what becomes of an image with this content.
    #[must_use]
    pub fn key(&self, content: &Key) -> Key {
        let SampleParams { size, variance, axis, sign, intensity } = &*self.sampling;
        let key = Key::of("pca scores 1").key(content).real(*variance).number(*axis as u64);
        let key = size.iter().fold(key, |key, &n| key.number(n as u64));
        let key = key.text(Sign::name(*sign)).text(Intensity::name(*intensity)).text(self.distance.name());
        match self.distance {
            Distance::W1 => key.done(),
            _ => key
                .number(self.seed.value())
                .number(self.points.len() as u64)
                .number(self.directions.nrows() as u64)
                .done(),
        }
    }

    /// The array of a volume: all scores in ascending order ("w1"); the points' scores along each direction, each ascending
    /// ("sliced"); or the points' scores, point by point ("exact").
    ///
    /// # Errors
    /// When the volume holds voxels that are not finite.
    pub fn apply(&self, image: &dyn Planes) -> Result<Vec<f64>> {
        let scores = components(image, &self.sampling)?.scores;
        if self.distance == Distance::W1 {
            let mut values = self.sampling.sign.pool(scores.into_raw_vec_and_offset().0);
            values.sort_unstable_by(f64::total_cmp);
            return Ok(values);
        }
        let mut points = scores.select(Axis(1), &self.points);
        if self.sampling.sign == Sign::Symmetric {
            let negated = -&points;
            points = concatenate(Axis(1), &[points.view(), negated.view()]).expect("arrays of one height");
        }
        if self.distance == Distance::Exact {
            return Ok(points.t().iter().copied().collect());
        }
        // A direction is normal in every dimension, and so does not mind how many dimensions there are.
        let directions = self.directions.slice(ndarray::s![.., ..points.nrows()]);
        Ok(sliced::along(directions, points.view()))
    }
}
