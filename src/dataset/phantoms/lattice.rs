//! Smooth random fields: a uniform cubic B-spline over a coarse grid of normal draws.

use crate::base::normal::StandardNormal;
use crate::base::seed::Seed;
use rand::distr::Distribution;

/// A field over a grid (first axis fastest) with some spline cells along each axis, divided by its own standard
/// deviation. Its planes are summed up when they are asked for: a whole field is many times what it is made of.
pub struct Field {
    /// Already blended along x and y.
    knots: Vec<f64>,
    plane: usize,
    along: Vec<(usize, [f64; 4])>,
    scale: f64,
}

/// Draws several fields over `shape` voxels, each of a seed and a number of cells.
///
/// Their means and deviations are summed side by side: a sum has to run in order, and one alone waits for its adder.
#[must_use]
pub fn fields<const N: usize>(of: [(Seed, usize); N], shape: [usize; 3]) -> [Field; N] {
    let mut fields = of.map(|(seed, cells)| Field::draw(seed, cells, shape));
    let [nx, ny, nz] = shape;
    let mut planes: [Vec<f64>; N] = std::array::from_fn(|_| vec![0.0; nx * ny]);
    let count = (nx * ny * nz) as f64;
    let mut sums = [0.0; N];
    each_voxel(&fields, &mut planes, nz, |f, v| sums[f] += v);
    let means = sums.map(|sum| sum / count);
    let mut squares = [0.0; N];
    each_voxel(&fields, &mut planes, nz, |f, v| squares[f] += (v - means[f]) * (v - means[f]));
    for (field, square) in fields.iter_mut().zip(squares) {
        let sd = (square / count).sqrt();
        field.scale = if sd > 0.0 { 1.0 / sd } else { 0.0 };
    }
    fields
}

/// Visits the values of all fields voxel by voxel.
#[inline(always)]
fn each_voxel<const N: usize>(
    fields: &[Field; N],
    planes: &mut [Vec<f64>; N],
    depth: usize,
    mut visit: impl FnMut(usize, f64),
) {
    for k in 0..depth {
        for (field, plane) in fields.iter().zip(planes.iter_mut()) {
            field.blend(k, plane);
        }
        let rows: [&[f64]; N] = std::array::from_fn(|f| &planes[f][..planes[0].len()]);
        for n in 0..planes[0].len() {
            for (f, row) in rows.iter().enumerate() {
                visit(f, row[n]);
            }
        }
    }
}

impl Field {
    fn draw(seed: Seed, cells: usize, shape: [usize; 3]) -> Self {
        let knots = cells + 3;
        let mut rng = seed.rng();
        let coarse: Vec<f64> = (0..knots.pow(3)).map(|_| StandardNormal.sample(&mut rng)).collect();
        let [nx, ny, _] = shape;
        let [along_x, along_y, along]: [Vec<(usize, [f64; 4])>; 3] =
            shape.map(|n| (0..n).map(|i| spline((i as f64 + 0.5) / n as f64 * cells as f64, cells)).collect());

        let mut x = vec![0.0; nx * knots * knots];
        for (row, out) in x.chunks_exact_mut(nx).enumerate() {
            let line = &coarse[row * knots..(row + 1) * knots];
            for (value, (base, w)) in out.iter_mut().zip(&along_x) {
                *value = (0..4).map(|m| w[m] * line[base + m]).sum();
            }
        }
        let mut y = vec![0.0; nx * ny * knots];
        for (row, out) in y.chunks_exact_mut(nx).enumerate() {
            let (base, w) = along_y[row % ny];
            blend(out, &x[(row / ny * knots + base) * nx..], nx, w);
        }
        Field { knots: y, plane: nx * ny, along, scale: 1.0 }
    }

    /// The values of plane `k` before the division.
    fn blend(&self, k: usize, out: &mut [f64]) {
        let (base, w) = self.along[k];
        blend(out, &self.knots[base * self.plane..], self.plane, w);
    }

    /// The values of plane `k`.
    ///
    /// # Panics
    /// If `out` is not as large as a plane, or there is no such plane.
    pub fn plane(&self, k: usize, out: &mut [f64]) {
        self.blend(k, out);
        out.iter_mut().for_each(|v| *v *= self.scale);
    }
}

/// Sums four consecutive rows of `from`, each `stride` long, with the spline's weights.
fn blend(out: &mut [f64], from: &[f64], stride: usize, w: [f64; 4]) {
    let (out, a) = (&mut out[..stride], &from[..stride]);
    let (b, c, d) = (&from[stride..2 * stride], &from[2 * stride..3 * stride], &from[3 * stride..4 * stride]);
    for n in 0..stride {
        out[n] = w[0] * a[n] + w[1] * b[n] + w[2] * c[n] + w[3] * d[n];
    }
}

/// First knot and the four weights of the cubic B-spline at `t` cells from the border.
fn spline(t: f64, cells: usize) -> (usize, [f64; 4]) {
    let base = (t.floor() as usize).min(cells - 1);
    let u = t - base as f64;
    let (u2, u3) = (u * u, u * u * u);
    let v = 1.0 - u;
    (base, [v * v * v / 6.0, (3.0 * u3 - 6.0 * u2 + 4.0) / 6.0, (3.0 * (u + u2 - u3) + 1.0) / 6.0, u3 / 6.0])
}
