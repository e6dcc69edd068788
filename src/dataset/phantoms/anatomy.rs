//! Shapes: which tissue lies where in one head, painted at twice the image's grid.

use super::lattice::lattice;
use super::tissue::Tissue;
use super::tumour;
use crate::base::seed::{Rng, Seed};
use rand_distr::{Distribution, StandardNormal};

/// Semi-axes of the head in a cube from -1 to 1.
const HEAD: [f64; 3] = [0.80, 0.92, 0.80];

/// Centre and semi-axes of the deep grey nuclei, mirrored to both sides.
const NUCLEI: [([f64; 3], [f64; 3]); 2] =
    [([0.14, -0.08, -0.05], [0.10, 0.15, 0.11]), ([0.30, 0.10, -0.06], [0.07, 0.17, 0.12])];

/// A head painted on a fine grid, first axis fastest.
pub struct Anatomy {
    /// Voxels of the fine grid.
    pub shape: [usize; 3],
    /// One tissue a voxel.
    pub tissues: Vec<Tissue>,
}

/// Paints the head of a subject over `shape` voxels (twice the image's).
#[must_use]
pub fn paint(seed: Seed, shape: [usize; 3]) -> Anatomy {
    let pose = Pose::draw(&mut seed.named("pose").rng());
    let field = |name: &str, cells| lattice(seed.named(name), cells, shape);
    let warp = [field("warp x", 4), field("warp y", 4), field("warp z", 4)];
    let (skin, fold, falx) = (field("skin", 5), field("fold", 9), field("falx", 4));
    let [nx, ny, _] = shape;
    let voxels = fold.len();
    let mut tissues = vec![Tissue::Outside; voxels];
    let mut points = vec![[0.0; 3]; voxels];
    let mut depths = vec![0.0; voxels];
    for n in 0..voxels {
        let index = [n % nx, n / nx % ny, n / (nx * ny)];
        let at: [f64; 3] = std::array::from_fn(|axis| (index[axis] as f64 + 0.5) / shape[axis] as f64 * 2.0 - 1.0);
        let mut q = pose.to_head(at);
        for axis in 0..3 {
            q[axis] += 0.035 * warp[axis][n];
        }
        points[n] = q;
        depths[n] = 0.82 * (1.0 - radius(q, HEAD)) + 0.02 * skin[n];
        if depths[n] > 0.0 {
            tissues[n] = pose.tissue(q, depths[n], fold[n], falx[n]);
        }
    }
    tumour::grow(seed.named("tumour"), shape, &points, &depths, &mut tissues);
    Anatomy { shape, tissues }
}

/// What one head's position and fluid spaces look like.
struct Pose {
    rotation: [[f64; 3]; 3],
    scale: f64,
    shift: [f64; 3],
    ventricles: f64,
}

impl Pose {
    fn draw(rng: &mut Rng) -> Self {
        let mut normal = || -> f64 { StandardNormal.sample(rng) };
        let angles = [normal() * 0.08, normal() * 0.08, normal() * 0.08];
        Pose {
            rotation: rotation(angles),
            scale: 1.0 + 0.05 * normal(),
            shift: [normal() * 0.03, normal() * 0.03, normal() * 0.03],
            ventricles: (0.1 + 0.15 * normal()).exp(),
        }
    }

    /// A point of the cube in the head's own coordinates.
    fn to_head(&self, at: [f64; 3]) -> [f64; 3] {
        let moved: [f64; 3] = std::array::from_fn(|axis| (at[axis] - self.shift[axis]) / self.scale);
        std::array::from_fn(|row| (0..3).map(|column| self.rotation[row][column] * moved[column]).sum())
    }

    /// The healthy tissue at a point `depth` below the skin of the brain.
    fn tissue(&self, [x, y, z]: [f64; 3], depth: f64, fold: f64, falx: f64) -> Tissue {
        // Sulci follow the zero set of the noise: fluid reaches deep there and the cortex goes down with it.
        let tent = |width: f64| (1.0 - fold.abs() / width).clamp(0.0, 1.0);
        let side = x.abs();
        let centre = 0.10 + 0.10 * (-y - 0.05).max(0.0) + 0.03 * y;
        let size = self.ventricles;
        let lateral = radius([side - centre, y, z - (0.12 - 0.25 * y * y)], [0.065 * size, 0.42 * size, 0.12 * size]);
        let third = radius([x, y + 0.05, z + 0.08], [0.03 * size, 0.14 * size, 0.12 * size]);
        if lateral < 1.0 || third < 1.0 {
            return Tissue::Ventricle;
        }
        if (x + 0.012 * falx).abs() < 0.022 && depth < 0.35 && z > -0.2 {
            return Tissue::Csf;
        }
        if depth < 0.02 + 0.20 * tent(0.16) {
            return Tissue::Csf;
        }
        if depth <= 0.02 + (0.10 + 0.17 * tent(0.75)).max(0.05) {
            return Tissue::Grey;
        }
        let nucleus = NUCLEI.iter().any(|(c, axes)| radius([side - c[0], y - c[1], z - c[2]], *axes) < 1.0);
        if nucleus { Tissue::DeepGrey } else { Tissue::White }
    }
}

/// Length of a vector in units of an ellipsoid's semi-axes.
pub fn radius(v: [f64; 3], axes: [f64; 3]) -> f64 {
    (0..3).map(|axis| (v[axis] / axes[axis]).powi(2)).sum::<f64>().sqrt()
}

/// The rotation by three angles (radians) about x, y and z.
fn rotation([a, b, c]: [f64; 3]) -> [[f64; 3]; 3] {
    let ((sa, ca), (sb, cb), (sc, cc)) = (a.sin_cos(), b.sin_cos(), c.sin_cos());
    [
        [cc * cb, cc * sb * sa - sc * ca, cc * sb * ca + sc * sa],
        [sc * cb, sc * sb * sa + cc * ca, sc * sb * ca - cc * sa],
        [-sb, cb * sa, cb * ca],
    ]
}
