//! Smooth random fields: a uniform cubic B-spline over a coarse grid of normal draws.

use crate::base::seed::Seed;
use rand_distr::{Distribution, StandardNormal};

/// A field over `shape` voxels (first axis fastest) with `cells` spline cells along each axis, divided by its own
/// standard deviation.
#[must_use]
pub fn lattice(seed: Seed, cells: usize, shape: [usize; 3]) -> Vec<f64> {
    let knots = cells + 3;
    let mut rng = seed.rng();
    let coarse: Vec<f64> = (0..knots.pow(3)).map(|_| StandardNormal.sample(&mut rng)).collect();
    let [nx, ny, nz] = shape;
    let along: [Vec<(usize, [f64; 4])>; 3] =
        [nx, ny, nz].map(|n| (0..n).map(|i| spline((i as f64 + 0.5) / n as f64 * cells as f64, cells)).collect());

    let mut x = vec![0.0; nx * knots * knots];
    for (row, out) in x.chunks_exact_mut(nx).enumerate() {
        let line = &coarse[row * knots..(row + 1) * knots];
        for (value, (base, w)) in out.iter_mut().zip(&along[0]) {
            *value = (0..4).map(|m| w[m] * line[base + m]).sum();
        }
    }
    let mut y = vec![0.0; nx * ny * knots];
    for (row, out) in y.chunks_exact_mut(nx).enumerate() {
        let (base, w) = along[1][row % ny];
        blend(out, &x[(row / ny * knots + base) * nx..], nx, w);
    }
    let plane = nx * ny;
    let mut field = vec![0.0; plane * nz];
    for (out, &(base, w)) in field.chunks_exact_mut(plane).zip(&along[2]) {
        blend(out, &y[base * plane..], plane, w);
    }

    let count = field.len() as f64;
    let mean = field.iter().sum::<f64>() / count;
    let sd = (field.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
    let scale = if sd > 0.0 { 1.0 / sd } else { 0.0 };
    field.iter_mut().for_each(|v| *v *= scale);
    field
}

/// Sums four consecutive rows of `from`, each `stride` long, with the spline's weights.
fn blend(out: &mut [f64], from: &[f64], stride: usize, w: [f64; 4]) {
    let (a, b, c, d) =
        (&from[..stride], &from[stride..2 * stride], &from[2 * stride..3 * stride], &from[3 * stride..4 * stride]);
    for n in 0..out.len() {
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
