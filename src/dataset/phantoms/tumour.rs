//! A tumour: oedema that spreads along white matter, an enhancing rim, a necrotic core.

use super::head::Head;
use super::lattice::fields;
use super::tissue::Tissue;
use crate::base::math::{exp, powi};
use crate::base::normal::StandardNormal;
use crate::base::seed::Seed;
use rand::Rng as _;
use rand::distr::Distribution;

/// Grows one tumour in a head, from one of the `places` (voxels deep in white matter). Fluid is never invaded.
pub fn grow(seed: Seed, head: &Head, places: &[usize], tissues: &mut [Tissue]) {
    if places.is_empty() {
        return;
    }
    let mut rng = seed.named("shape").rng();
    let shape = head.shape();
    let plane = shape[0] * shape[1];
    let mut points = Vec::new();
    let place = places[rng.random_range(0..places.len())];
    head.plane(place / plane, &mut points);
    let centre = points[place % plane];
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let axes = [0.18 * normal(), 0.18 * normal(), 0.18 * normal()].map(exp);
    let frame = random_rotation([normal(), normal(), normal(), normal()]);
    let oedema = (0.48 * exp(0.16 * normal())).clamp(0.26, 0.70);
    let enhancing = oedema * (0.62 + 0.07 * normal());
    let necrosis = enhancing * (0.70 + 0.07 * normal());
    let necrosis = if rng.random_bool(0.05) { 0.0 } else { necrosis };
    // No axis stretches a length by less than one over the longest.
    let far = 2.0 * oedema * axes.into_iter().fold(0.0, f64::max);
    let far = far * far * (1.0 + 1e-9);

    let border = seed.named("border");
    let [coarse, fine, core] = fields([(border.nth(7), 7), (border.nth(13), 13), (seed.named("core"), 9)], shape);
    let [mut coarses, mut fines, mut cores] = [vec![0.0; plane], vec![0.0; plane], vec![0.0; plane]];
    for (k, tissues) in tissues.chunks_exact_mut(plane).enumerate() {
        head.plane(k, &mut points);
        coarse.plane(k, &mut coarses);
        fine.plane(k, &mut fines);
        core.plane(k, &mut cores);
        for (n, tissue) in tissues.iter_mut().enumerate() {
            let spread = match tissue {
                Tissue::White => 1.0,
                Tissue::Grey | Tissue::DeepGrey => 1.3,
                _ => continue,
            };
            let v: [f64; 3] = std::array::from_fn(|axis| points[n][axis] - centre[axis]);
            if v[0] * v[0] + v[1] * v[1] + v[2] * v[2] > far {
                continue;
            }
            let distance = (0..3)
                .map(|row| powi((0..3).map(|column| frame[row][column] * v[column]).sum::<f64>() / axes[row], 2))
                .sum::<f64>()
                .sqrt();
            if distance > 2.0 * oedema {
                continue;
            }
            let swell = 0.14 * coarses[n] + 0.06 * fines[n];
            // exp(x) is never below 1 + x: most voxels need no exponential to be out of reach.
            if distance * spread * (1.0 + swell) > oedema * (1.0 + 1e-9) {
                continue;
            }
            let border = distance * exp(swell) * spread;
            let reach = if spread > 1.0 { 0.85 * oedema } else { oedema };
            if border < enhancing && distance * exp(0.10 * cores[n]) < necrosis {
                *tissue = Tissue::Necrosis;
            } else if border < enhancing {
                *tissue = Tissue::Enhancing;
            } else if border < reach {
                *tissue = Tissue::Oedema;
            }
        }
    }
}

/// The rotation of a quaternion of four normal draws: uniform over all rotations.
fn random_rotation(q: [f64; 4]) -> [[f64; 3]; 3] {
    let length = q.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-12);
    let [w, x, y, z] = q.map(|v| v / length);
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}
