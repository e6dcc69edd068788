//! From tissues on the fine grid to labels and images: partial volume, blur, bias, noise.

use super::anatomy::Anatomy;
use super::lattice::lattice;
use super::style::Look;
use super::tissue::{ALL, TISSUES, Tissue};
use crate::base::seed::Seed;
use rand_distr::{Distribution, StandardNormal};

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
        let mut eighths = vec![[0; TISSUES]; nx * ny * nz];
        for (n, counts) in eighths.iter_mut().enumerate() {
            let [i, j, k] = [n % nx, n / nx % ny, n / (nx * ny)];
            for corner in 0..8 {
                let at = 2 * i + (corner & 1) + fx * (2 * j + (corner >> 1 & 1) + fy * (2 * k + (corner >> 2)));
                counts[anatomy.tissues[at] as usize] += 1;
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
        let texture = lattice(seed.named("texture"), 16, self.shape);
        let bias = lattice(seed.named("bias"), 2, self.shape);
        let mut signal: Vec<f64> = (self.eighths.iter().zip(&texture))
            .map(|(counts, texture)| {
                let mean: f64 = counts.iter().zip(look.brightness).map(|(&c, b)| f64::from(c) * b).sum::<f64>() / 8.0;
                mean * (1.0 + 0.05 * texture)
            })
            .collect();
        let [nx, ny, _] = self.shape;
        for (axis, stride, sigma) in [(0, 1, look.blur[0]), (1, nx, look.blur[0]), (2, nx * ny, look.blur[1])] {
            blur(&mut signal, self.shape[axis], stride, sigma);
        }
        let mut rng = seed.named("noise").rng();
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        (signal.iter().zip(&bias).zip(tissues))
            .map(|((&signal, &bias), &tissue)| {
                let clean = signal * (look.bias * bias).exp();
                let (real, imaginary) = (clean + look.noise * normal(), look.noise * normal());
                if tissue == Tissue::Outside {
                    return 0;
                }
                let value = look.gain * real.hypot(imaginary).powf(look.gamma);
                value.round().clamp(1.0, f64::from(i16::MAX)) as i16
            })
            .collect()
    }
}

/// Gaussian blur of `sigma` voxels along one axis; the kernel is one voxel to each side, enough below a sigma of 0.8.
fn blur(signal: &mut [f64], length: usize, stride: usize, sigma: f64) {
    if sigma < 1e-3 {
        return;
    }
    let side = (-0.5 / (sigma * sigma)).exp();
    let (side, centre) = (side / (1.0 + 2.0 * side), 1.0 / (1.0 + 2.0 * side));
    for start in (0..signal.len()).filter(|n| (n / stride).is_multiple_of(length)) {
        let mut before = signal[start];
        for step in 0..length {
            let here = start + step * stride;
            let after = signal[if step + 1 < length { here + stride } else { here }];
            let value = side * (before + after) + centre * signal[here];
            before = std::mem::replace(&mut signal[here], value);
        }
    }
}
