//! Initial values, each drawn from a seed that has the parameter's name: no parameter's values depend on another's.

use crate::base::normal::StandardNormal;
use crate::base::seed::Seed;
use rand::distr::Distribution;

/// Slope that He's factor is made for.
const SLOPE: f64 = 0.01;

/// He's normal values for weights of convolutions, 1 for gains of norms, 0 for biases.
#[must_use]
pub fn initial(name: &str, shape: &[usize], seed: Seed) -> Vec<f32> {
    let count = shape.iter().product();
    if shape.len() == 1 {
        let value = if name.ends_with(".norm.weight") { 1.0 } else { 0.0 };
        return vec![value; count];
    }
    // As PyTorch counts it: all but the first axis, for transposed convolutions too.
    let fan_in: usize = shape[1..].iter().product();
    let deviation = (2.0 / (1.0 + SLOPE * SLOPE) / fan_in as f64).sqrt();
    let mut rng = seed.named(name).rng();
    (0..count)
        .map(|_| {
            let value: f64 = StandardNormal.sample(&mut rng);
            (value * deviation) as f32
        })
        .collect()
}
