//! Training step by step beside PyTorch: see tests/golden/training.py.

use super::torch::ways;
use candle_core::{Device, Tensor, Var};
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::compute::Compute;
use seqtran::net::loss::{LossParams, supervised_by};
use seqtran::net::unet::{UNet, UNetParams};
use seqtran::train::optimiser::Mover;
use seqtran::train::recipe::Optimiser;
use serde_json::Value;

const EDGE: usize = 16;
const BATCHES: usize = 5;

fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/training.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).unwrap()
}

/// Numbers in [-0.5, 0.5) of 24 bits: two rounds of SplitMix64's mixing.
fn uniform(count: usize, stream: u64) -> Vec<f64> {
    let mix = |n: u64| {
        let z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(stream.wrapping_mul(0xd1b5_4a32_d192_ed03));
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    (0..count as u64).map(mix).collect()
}

fn network(stages: usize) -> UNet {
    let params = UNetParams { base: 4, stages, ..UNetParams::default() }.check().unwrap();
    let net = UNet::new(&params, Seed::new(0), &Device::Cpu).unwrap();
    for (stream, (_, variable)) in net.parameters().into_iter().enumerate() {
        if variable.rank() > 1 {
            let fan_in = variable.dims()[1..].iter().product::<usize>();
            let scale = (24.0 / fan_in as f64).sqrt();
            let values = uniform(variable.elem_count(), stream as u64 + 1);
            let values: Vec<f32> = values.into_iter().map(|u| (u * scale) as f32).collect();
            variable.set(&Tensor::from_vec(values, variable.shape(), &Device::Cpu).unwrap()).unwrap();
        }
    }
    net
}

/// Two images of noise with a ball that is brighter, and the ball.
fn batch(number: usize) -> (Tensor, Tensor) {
    let (mut images, mut targets) = (Vec::new(), Vec::new());
    for sample in 0..2 {
        let stream = 1000 + 2 * number as u64 + sample;
        let center: Vec<f64> =
            uniform(3, 5000 + stream).into_iter().map(|u| EDGE as f64 / 2.0 + (8.0 * u).floor()).collect();
        for (n, u) in uniform(EDGE.pow(3), stream).into_iter().enumerate() {
            let place = [n / (EDGE * EDGE), n / EDGE % EDGE, n % EDGE];
            let ball = place.iter().zip(&center).map(|(&at, center)| (at as f64 - center).powi(2)).sum::<f64>() < 14.0;
            images.push((2.0 * u + if ball { 0.5 } else { 0.0 }) as f32);
            targets.push(u8::from(ball));
        }
    }
    let image = Tensor::from_vec(images, (2, 1, EDGE, EDGE, EDGE), &Device::Cpu).unwrap();
    (image, Tensor::from_vec(targets, (2, EDGE, EDGE, EDGE), &Device::Cpu).unwrap())
}

#[test]
fn fifty_steps_have_torchs_losses() {
    let golden = golden();
    let params = LossParams::default().check().unwrap();
    let ends = [ways().remove(0), Compute::Stock];
    let rules = [("adam", Optimiser::Adam, 3), ("sgd", Optimiser::Sgd, 4)];
    for (way, (name, rule, stages)) in ends.into_iter().flat_map(|way| rules.map(|rule| (way, rule))) {
        let wanted = numbers(&golden[name]["float64"]);
        assert_eq!(wanted.len(), 50);
        let net = network(stages).with_compute(way);
        let mut mover = Mover::new(rule, net.parameters(), way);
        for (step, wanted) in wanted.into_iter().enumerate() {
            let (image, target) = batch(step % BATCHES);
            let loss = supervised_by(&net.forward(&image).unwrap(), &target, &params, way).unwrap();
            let off = (f64::from(loss.to_scalar::<f32>().unwrap()) / wanted - 1.0).abs();
            // Rounding grows from step to step, in PyTorch too.
            let most = if step < 10 { 1e-4 } else { 0.02 };
            assert!(off < most, "{name}, {way:?}, step {step}: differs from {wanted} by {off}");
            assert!(mover.step(&loss.backward().unwrap(), 0.01).unwrap());
        }
    }
}

#[test]
fn rules_and_clipping_are_torchs() {
    let golden = golden();
    let rules = [("adam", Optimiser::Adam), ("sgd", Optimiser::Sgd)];
    for (way, (name, rule)) in ways().into_iter().flat_map(|way| rules.map(|rule| (way, rule))) {
        let start = vec![0.5_f32, -1.0, 2.0, 0.25, -3.0];
        let p = Var::from_vec(start, 5, &Device::Cpu).unwrap();
        let mut mover = Mover::new(rule, vec![("p".to_owned(), p.clone())], way);
        for (step, scale) in [1.0, 10.0, 30.0, 0.5].into_iter().enumerate() {
            let slope: Vec<f32> = [1.0, -2.0, 0.5, 3.0, -0.25].iter().map(|g| g * scale).collect();
            let slope = Tensor::from_vec(slope, 5, &Device::Cpu).unwrap();
            let gradients = (p.as_tensor() * slope).unwrap().sum_all().unwrap().backward().unwrap();
            mover.step(&gradients, 0.01).unwrap();
            let wanted = numbers(&golden["clipped"][name][step]);
            for (got, wanted) in p.to_vec1::<f32>().unwrap().iter().zip(wanted) {
                assert!(
                    (f64::from(*got) - wanted).abs() < 1e-6,
                    "{name}, {way:?}, step {step}: wanted {wanted}, got {got}"
                );
            }
        }
    }
}
