//! Where the points of an image lie in one head: turned, scaled, shifted and a little warped.

use super::kind::Kind;
use super::lattice::Field;
use crate::base::math::{exp, sin_cos};
use crate::base::normal::StandardNormal;
use crate::base::seed::Rng;
use rand::distr::Distribution;

/// The pose of one head over a grid; coordinates run from -1 to 1.
pub struct Head {
    shape: [usize; 3],
    /// What each index adds to the head's coordinates, by axis of the grid.
    steps: [Vec<[f64; 3]>; 3],
    warp: [Field; 3],
    /// Size of the ventricles.
    pub ventricles: f64,
}

impl Head {
    /// A head of the kind's size over `shape` voxels.
    #[must_use]
    pub fn draw(rng: &mut Rng, kind: Kind, shape: [usize; 3], warp: [Field; 3]) -> Self {
        let mut normal = || -> f64 { StandardNormal.sample(rng) };
        let rotation = rotation([normal() * 0.08, normal() * 0.08, normal() * 0.08]);
        let scale = match kind {
            Kind::Tumour | Kind::Lesions => 1.0 + 0.05 * normal(),
            Kind::Infant => 0.92 * (1.0 + 0.05 * normal()),
        };
        let shift = [normal() * 0.03, normal() * 0.03, normal() * 0.03];
        let ventricles = exp(0.1 + 0.15 * normal());
        let steps = std::array::from_fn(|axis| {
            (0..shape[axis])
                .map(|index| {
                    let at = (index as f64 + 0.5) / shape[axis] as f64 * 2.0 - 1.0;
                    let moved = (at - shift[axis]) / scale;
                    std::array::from_fn(|row| rotation[row][axis] * moved)
                })
                .collect()
        });
        Head { shape, steps, warp, ventricles }
    }

    /// Voxels of the grid.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The points of plane `k` in memory order.
    ///
    /// # Panics
    /// If there is no such plane.
    pub fn plane(&self, k: usize, out: &mut Vec<[f64; 3]>) {
        let [nx, ny, _] = self.shape;
        let mut warp = [vec![0.0; nx * ny], vec![0.0; nx * ny], vec![0.0; nx * ny]];
        for (field, values) in self.warp.iter().zip(&mut warp) {
            field.plane(k, values);
        }
        let [dx, dy, dz] = &warp;
        out.clear();
        for (j, y) in self.steps[1].iter().enumerate() {
            let row = j * nx..(j + 1) * nx;
            let bent = dx[row.clone()].iter().zip(&dy[row.clone()]).zip(&dz[row]);
            out.extend(self.steps[0].iter().zip(bent).map(|(x, ((&dx, &dy), &dz))| {
                let bend = [dx, dy, dz];
                std::array::from_fn(|row| x[row] + y[row] + self.steps[2][k][row] + 0.035 * bend[row])
            }));
        }
    }
}

/// Length of a vector in units of an ellipsoid's semi-axes.
#[must_use]
pub fn radius(v: [f64; 3], axes: [f64; 3]) -> f64 {
    let [x, y, z] = [v[0] / axes[0], v[1] / axes[1], v[2] / axes[2]];
    (x * x + y * y + z * z).sqrt()
}

/// Whether a vector ends inside an ellipsoid: `radius(v, axes) < 1`, without dividing where a box says no.
#[must_use]
pub fn inside(v: [f64; 3], axes: [f64; 3]) -> bool {
    v[0].abs() < axes[0] && v[1].abs() < axes[1] && v[2].abs() < axes[2] && radius(v, axes) < 1.0
}

/// The rotation by three angles (radians) about x, y and z.
fn rotation([a, b, c]: [f64; 3]) -> [[f64; 3]; 3] {
    let ((sa, ca), (sb, cb), (sc, cc)) = (sin_cos(a), sin_cos(b), sin_cos(c));
    [
        [cc * cb, cc * sb * sa - sc * ca, cc * sb * ca + sc * sa],
        [sc * cb, sc * sb * sa + cc * ca, sc * sb * ca - cc * sa],
        [-sb, cb * sa, cb * ca],
    ]
}
