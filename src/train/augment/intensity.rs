//! The short list: brightness, contrast, gamma and noise.

use crate::base::math::powf32;
use crate::base::normal::StandardNormal;
use crate::base::seed::Rng;
use rand::Rng as _;
use rand::distr::Distribution;

/// Changes brightness, contrast, gamma and noise at random, each in some of the patches. Padding stays zero.
pub fn vary(voxels: &mut [f32], rng: &mut Rng) {
    let mut some = |chance: f64, low: f32, high: f32| rng.random_bool(chance).then(|| rng.random_range(low..high));
    let noise = some(0.15, 0.0, 0.1).map(f32::sqrt);
    let brightness = some(0.15, 0.75, 1.25);
    let contrast = some(0.15, 0.75, 1.25);
    let gamma = some(0.3, 0.7, 1.5);
    let scale = brightness.unwrap_or(1.0) * contrast.unwrap_or(1.0);
    let (low, high) = voxels.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    let span = (high - low).max(1e-6);
    for v in voxels.iter_mut().filter(|v| **v != 0.0) {
        if let Some(gamma) = gamma {
            *v = powf32((*v - low) / span, gamma) * span + low;
        }
        *v *= scale;
        if let Some(sd) = noise {
            let draw: f32 = StandardNormal.sample(rng);
            *v += sd * draw;
        }
    }
}
