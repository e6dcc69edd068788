//! A tumour: oedema that spreads along white matter, an enhancing rim, a necrotic core.

use super::lattice::lattice;
use super::tissue::Tissue;
use crate::base::seed::Seed;
use rand::Rng as _;
use rand_distr::{Distribution, StandardNormal};

/// Grows one tumour in a head whose voxels lie at `points`, `depths` below its surface. Fluid is never invaded.
pub fn grow(seed: Seed, shape: [usize; 3], points: &[[f64; 3]], depths: &[f64], tissues: &mut [Tissue]) {
    let mut rng = seed.named("shape").rng();
    let places: Vec<usize> = (0..tissues.len()).filter(|&n| tissues[n] == Tissue::White && depths[n] > 0.22).collect();
    if places.is_empty() {
        return;
    }
    let centre = points[places[rng.random_range(0..places.len())]];
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let axes = [0.18 * normal(), 0.18 * normal(), 0.18 * normal()].map(f64::exp);
    let frame = random_rotation([normal(), normal(), normal(), normal()]);
    let oedema = (0.48 * (0.16 * normal()).exp()).clamp(0.26, 0.70);
    let enhancing = oedema * (0.62 + 0.07 * normal());
    let necrosis = enhancing * (0.70 + 0.07 * normal());
    let necrosis = if rng.random_bool(0.05) { 0.0 } else { necrosis };

    let [coarse, fine] = [7, 13].map(|cells| lattice(seed.named("border").nth(cells as u64), cells, shape));
    let core = lattice(seed.named("core"), 9, shape);
    for n in 0..tissues.len() {
        let spread = match tissues[n] {
            Tissue::White => 1.0,
            Tissue::Grey | Tissue::DeepGrey => 1.3,
            _ => continue,
        };
        let v: [f64; 3] = std::array::from_fn(|axis| points[n][axis] - centre[axis]);
        let distance = (0..3)
            .map(|row| ((0..3).map(|column| frame[row][column] * v[column]).sum::<f64>() / axes[row]).powi(2))
            .sum::<f64>()
            .sqrt();
        if distance > 2.0 * oedema {
            continue;
        }
        let border = distance * (0.14 * coarse[n] + 0.06 * fine[n]).exp() * spread;
        let reach = if spread > 1.0 { 0.85 * oedema } else { oedema };
        if border < enhancing && distance * (0.10 * core[n]).exp() < necrosis {
            tissues[n] = Tissue::Necrosis;
        } else if border < enhancing {
            tissues[n] = Tissue::Enhancing;
        } else if border < reach {
            tissues[n] = Tissue::Oedema;
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
