//! White matter hyperintensities, and in some subjects an infarct.
//!
//! White matter is hyperintense nearer to a lateral ventricle than `cap * thickness * (1 + 0.9 edge) + 0.02`: the thickness
//! is a subject's own, `edge` a smooth field, and `cap` grows from 1 to 2 towards the horns. Small foci lie where another
//! field is high. Lengths are in units of half the image.

use super::distance::Near;
use super::head::Head;
use super::lattice::fields;
use super::tissue::Tissue;
use crate::base::math::exp;
use crate::base::normal::StandardNormal;
use crate::base::seed::Seed;
use rand::Rng as _;
use rand::distr::Distribution;

/// No hyperintensity of the ventricles' surroundings lies farther from them.
const REACH: f64 = 0.30;

/// Paints caps and bands along the ventricles, small foci in the white matter and, in a third of the subjects, an
/// infarct around one of the `places` (voxels deep in white matter). Fluid is never invaded.
pub fn grow(seed: Seed, head: &Head, places: &[usize], tissues: &mut [Tissue]) {
    let shape = head.shape();
    let [nx, ny, _] = shape;
    let plane = nx * ny;
    let mut rng = seed.named("load").rng();
    let load: f64 = StandardNormal.sample(&mut rng);
    let thickness = 0.045 * exp(0.30 * load);
    let infarct = Infarct::draw(seed.named("infarct"), head, places);

    let mut points = Vec::new();
    let mut lateral = vec![false; tissues.len()];
    for (k, lateral) in lateral.chunks_exact_mut(plane).enumerate() {
        let tissues = &tissues[k * plane..(k + 1) * plane];
        if tissues.contains(&Tissue::Ventricle) {
            head.plane(k, &mut points);
            for ((lateral, tissue), at) in lateral.iter_mut().zip(tissues).zip(&points) {
                // The third ventricle lies low between the sides and has none around it.
                *lateral = *tissue == Tissue::Ventricle && at[0].abs() > 0.03 && at[2] > 0.0;
            }
        }
    }
    let near = Near::of(shape, shape.map(|n| 2.0 / n as f64), REACH, |n| lateral[n]);
    let [edge, foci] = fields([(seed.named("edge"), 8), (seed.named("foci"), 14)], shape);
    let (mut edges, mut dots) = (vec![0.0; plane], vec![0.0; plane]);
    for (k, tissues) in tissues.chunks_exact_mut(plane).enumerate() {
        head.plane(k, &mut points);
        edge.plane(k, &mut edges);
        foci.plane(k, &mut dots);
        for (n, tissue) in tissues.iter_mut().enumerate() {
            let here = points[n];
            if *tissue == Tissue::White {
                // The horns wear caps; the wall between the sides is spared.
                let cap = 1.0 + ((here[1].abs() - 0.24) / 0.16).clamp(0.0, 1.0);
                let side = ((here[0].abs() - 0.02) / 0.08).clamp(0.0, 1.0);
                let band = side * (cap * thickness * (1.0 + 0.9 * edges[n]) + 0.02).min(REACH);
                if dots[n] > 2.10 || near.at([n % nx, n / nx, k]) < band {
                    *tissue = Tissue::Hyperintensity;
                }
            }
            let soft = matches!(tissue, Tissue::White | Tissue::Grey | Tissue::DeepGrey);
            if soft && infarct.as_ref().is_some_and(|infarct| infarct.holds(here, edges[n])) {
                *tissue = Tissue::Infarct;
            }
        }
    }
}

/// A patch of tissue that once lost its blood.
struct Infarct {
    centre: [f64; 3],
    size: f64,
}

impl Infarct {
    fn draw(seed: Seed, head: &Head, places: &[usize]) -> Option<Self> {
        let mut rng = seed.rng();
        if places.is_empty() || !rng.random_bool(1.0 / 3.0) {
            return None;
        }
        let plane = head.shape()[0] * head.shape()[1];
        let place = places[rng.random_range(0..places.len())];
        let mut points = Vec::new();
        head.plane(place / plane, &mut points);
        Some(Infarct { centre: points[place % plane], size: rng.random_range(0.11..0.20) })
    }

    fn holds(&self, here: [f64; 3], edge: f64) -> bool {
        let square: f64 = (0..3).map(|axis| (here[axis] - self.centre[axis]) * (here[axis] - self.centre[axis])).sum();
        square < 4.0 * self.size * self.size && square.sqrt() * exp(0.2 * edge) < self.size
    }
}
