//! From tissues on the fine grid to labels and images: partial volume, blur, bias, noise.

use super::anatomy::Anatomy;
use super::lattice::fields;
use super::style::Look;
use super::tissue::{ALL, TISSUES, Tissue};
use crate::base::math::{exp, hypot, powf};
use crate::base::normal::StandardNormal;
use crate::base::seed::Seed;
use rand::distr::Distribution;

/// How much of each tissue an image voxel holds, in eighths.
pub struct Fractions {
    shape: [usize; 3],
    eighths: Vec<[u8; TISSUES]>,
}

impl Fractions {
    /// Counts the 2x2x2 fine voxels of each image voxel.
    #[must_use]
    pub fn of(anatomy: &Anatomy) -> Self {
        let [fx, fy, _] = anatomy.shape;
        let shape = anatomy.shape.map(|n| n / 2);
        let [nx, ny, nz] = shape;
        let mut eighths = Vec::with_capacity(nx * ny * nz);
        for k in 0..nz {
            for j in 0..ny {
                let rows = [0, 1, 2, 3].map(|corner| fx * (2 * j + (corner & 1) + fy * (2 * k + (corner >> 1))));
                let rows = rows.map(|start| anatomy.tissues[start..start + fx].chunks_exact(2));
                let [mut a, mut b, mut c, mut d] = rows;
                for _ in 0..nx {
                    let mut counts = [0; TISSUES];
                    for pair in [a.next(), b.next(), c.next(), d.next()].into_iter().flatten() {
                        counts[pair[0] as usize] += 1;
                        counts[pair[1] as usize] += 1;
                    }
                    eighths.push(counts);
                }
            }
        }
        Fractions { shape, eighths }
    }

    /// The tissue each voxel holds most of; of equal shares the later in [`ALL`], so that small lesions keep their border.
    #[must_use]
    pub fn majority(&self) -> Vec<Tissue> {
        let most = |counts: &[u8; TISSUES]| ALL.into_iter().max_by_key(|&tissue| counts[tissue as usize]);
        self.eighths.iter().map(|counts| most(counts).unwrap_or(Tissue::Outside)).collect()
    }

    /// The image of one modality: 0 outside, at least 1 inside.
    #[must_use]
    pub fn image(&self, seed: Seed, tissues: &[Tissue], look: &Look) -> Vec<i16> {
        let [nx, ny, nz] = self.shape;
        let plane = nx * ny;
        let [texture, bias] = fields([(seed.named("texture"), 16), (seed.named("bias"), 2)], self.shape);
        let mut values = vec![0.0; plane];
        let mut signal = Vec::with_capacity(plane * nz);
        for (k, eighths) in self.eighths.chunks_exact(plane).enumerate() {
            texture.plane(k, &mut values);
            signal.extend(eighths.iter().zip(&values).map(|(counts, texture)| {
                if counts[Tissue::Outside as usize] == 8 {
                    return 0.0;
                }
                let mean: f64 = counts.iter().zip(look.brightness).map(|(&c, b)| f64::from(c) * b).sum::<f64>() / 8.0;
                mean * (1.0 + 0.05 * texture)
            }));
        }
        for (axis, stride, sigma) in [(0, 1, look.blur[0]), (1, nx, look.blur[0]), (2, plane, look.blur[1])] {
            blur(&mut signal, self.shape[axis], stride, sigma);
        }
        let mut rng = seed.named("noise").rng();
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut image = Vec::with_capacity(plane * nz);
        for (k, signal) in signal.chunks_exact(plane).enumerate() {
            bias.plane(k, &mut values);
            for ((&signal, &bias), &tissue) in signal.iter().zip(&values).zip(&tissues[k * plane..]) {
                let noise = [look.noise * normal(), look.noise * normal()];
                if tissue == Tissue::Outside {
                    image.push(0);
                    continue;
                }
                let clean = signal * exp(look.bias * bias);
                let value = look.gain * powf(hypot(clean + noise[0], noise[1]), look.gamma);
                image.push(value.round().clamp(1.0, f64::from(i16::MAX)) as i16);
            }
        }
        image
    }
}

/// Gaussian blur of `sigma` voxels along one axis; the kernel is one voxel to each side, enough below a sigma of 0.8.
fn blur(signal: &mut [f64], length: usize, stride: usize, sigma: f64) {
    if sigma < 1e-3 {
        return;
    }
    let side = exp(-0.5 / (sigma * sigma));
    let (side, centre) = (side / (1.0 + 2.0 * side), 1.0 / (1.0 + 2.0 * side));
    let mut before = vec![0.0; stride];
    for block in signal.chunks_exact_mut(stride * length) {
        before.copy_from_slice(&block[..stride]);
        for step in 0..length {
            let (here, after) = block[step * stride..].split_at_mut(stride);
            let last = step + 1 == length;
            for n in 0..stride {
                let after = if last { here[n] } else { after[n] };
                let value = side * (before[n] + after) + centre * here[n];
                before[n] = std::mem::replace(&mut here[n], value);
            }
        }
    }
}
