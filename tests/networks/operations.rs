//! Each operation's kernels against stock operations: values and gradients, at every instruction level.
#![allow(clippy::unwrap_used)]

use candle_core::{Device, Result, Tensor, Var};
use rand_distr::{Distribution, StandardNormal};
use seqtran::base::level::Level;
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::compute::Compute;
use seqtran::net::loss::{LossParams, dice_ce_by};
use seqtran::net::ops::block::{Affine, block};
use seqtran::net::ops::{conv::conv3d, join::join, norm::norm_relu, up::up3d};

pub(super) fn normal(name: &str, shape: &[usize]) -> Var {
    let mut rng = Seed::new(3).named(name).rng();
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count)
        .map(|_| {
            let value: f64 = StandardNormal.sample(&mut rng);
            value as f32
        })
        .collect();
    Var::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// The largest difference, relative to the largest value.
fn distance(a: &Tensor, b: &Tensor) -> f32 {
    assert_eq!(a.dims(), b.dims());
    let (a, b) = (values(a), values(b));
    let scale = b.iter().fold(1e-3_f32, |m, v| m.max(v.abs()));
    a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / scale
}

/// Runs `f` in both ways and compares its value, and the gradients by all inputs of a fixed linear function of it.
fn same_both_ways(what: &str, inputs: &[&Var], f: impl Fn(Compute) -> Result<Tensor>) {
    let wanted = f(Compute::Stock).unwrap();
    let direction = normal("direction", wanted.dims());
    let backward = |y: &Tensor| (y * direction.as_detached_tensor()).unwrap().sum_all().unwrap().backward().unwrap();
    let wanted_gradients = backward(&wanted);
    for level in Level::ALL {
        let got = f(Compute::Kernels(level)).unwrap();
        let off = distance(&got, &wanted);
        assert!(off < 2e-5, "{what} at {level:?}: values differ by {off}");
        let gradients = backward(&got);
        for (at, input) in inputs.iter().enumerate() {
            let off = distance(gradients.get(input).unwrap(), wanted_gradients.get(input).unwrap());
            assert!(off < 5e-5, "{what} at {level:?}: gradients of input {at} differ by {off}");
        }
    }
}

#[test]
fn a_convolution_is_the_sum_of_its_taps() {
    for (n, size, inputs, outputs, kernel, stride) in [
        (2, [6, 5, 7], 3, 5, [3, 3, 3], [1, 1, 1]),
        (1, [8, 8, 8], 16, 16, [3, 3, 3], [1, 1, 1]),
        (1, [8, 8, 8], 16, 32, [3, 3, 3], [2, 2, 2]),
        (2, [5, 7, 9], 8, 24, [3, 3, 3], [2, 2, 2]),
        (1, [4, 6, 10], 9, 17, [3, 3, 3], [1, 2, 2]),
        (1, [7, 6, 5], 1, 16, [3, 3, 3], [2, 1, 3]),
        (2, [2, 2, 2], 40, 48, [3, 3, 3], [1, 1, 1]),
        (2, [4, 4, 4], 64, 64, [3, 3, 3], [1, 1, 1]),
        (1, [1, 1, 1], 8, 8, [3, 3, 3], [1, 1, 1]),
        (2, [4, 5, 6], 16, 2, [1, 1, 1], [1, 1, 1]),
        (1, [5, 5, 5], 4, 4, [1, 1, 1], [2, 2, 2]),
        (1, [3, 9, 9], 6, 11, [1, 3, 3], [1, 2, 1]),
        (1, [3, 4, 5], 6, 11, [3, 1, 1], [3, 1, 1]),
        (1, [2, 40, 40], 20, 8, [3, 3, 3], [1, 1, 1]),
    ] {
        let x = normal("x", &[n, size[0], size[1], size[2], inputs]);
        let w = normal("w", &[outputs, inputs, kernel[0], kernel[1], kernel[2]]);
        let b = normal("b", &[outputs]);
        let what = format!("conv {inputs}->{outputs} of {size:?}, kernel {kernel:?}, stride {stride:?}");
        same_both_ways(&what, &[&x, &w, &b], |compute| conv3d(&x, &w, &b, stride, compute));
    }
}

#[test]
fn a_transposed_convolution_is_a_matrix_product_and_a_permutation() {
    for (n, size, inputs, outputs, kernel) in
        [(2, [4, 4, 4], 32, 16, [2, 2, 2]), (1, [3, 5, 2], 7, 5, [2, 2, 1]), (2, [1, 2, 3], 3, 20, [1, 3, 2])]
    {
        let x = normal("x", &[n, size[0], size[1], size[2], inputs]);
        let w = normal("w", &[inputs, outputs, kernel[0], kernel[1], kernel[2]]);
        let b = normal("b", &[outputs]);
        let what = format!("up {inputs}->{outputs} of {size:?}, kernel {kernel:?}");
        same_both_ways(&what, &[&x, &w, &b], |compute| up3d(&x, &w, &b, compute));
    }
}

#[test]
fn norm_and_relu_are_their_formula() {
    for (n, size, channels) in [(2, [4, 5, 6], 16), (1, [17, 13, 11], 12), (2, [2, 2, 2], 40), (3, [2, 1, 1], 3)] {
        let x = normal("x", &[n, size[0], size[1], size[2], channels]);
        let (gain, shift) = (normal("gain", &[channels]), normal("shift", &[channels]));
        let what = format!("norm of {size:?} with {channels} channels");
        same_both_ways(&what, &[&x, &gain, &shift], |compute| norm_relu(&x, &gain, &shift, compute));
    }
}

#[test]
fn a_block_is_a_convolution_and_a_norm() {
    for (size, inputs, outputs, stride) in [([6, 5, 4], 5, 16, [1, 1, 1]), ([4, 6, 8], 16, 20, [2, 2, 1])] {
        let x = normal("x", &[2, size[0], size[1], size[2], inputs]);
        let w = normal("w", &[outputs, inputs, 3, 3, 3]);
        let [bias, gain, shift] = ["bias", "gain", "shift"].map(|name| normal(name, &[outputs]));
        let what = format!("block {inputs}->{outputs} of {size:?}, stride {stride:?}");
        same_both_ways(&what, &[&x, &w, &gain, &shift], |compute| {
            let [bias, gain, shift] = [&bias, &gain, &shift].map(|v| v.as_tensor().clone());
            block(&x, &w, &Affine { bias, gain, shift }, stride, compute)
        });
    }
}

#[test]
fn joined_channels_are_a_concatenation() {
    let (a, b) = (normal("a", &[2, 3, 4, 5, 6]), normal("b", &[2, 3, 4, 5, 3]));
    same_both_ways("join", &[&a, &b], |compute| join(&a, &b, compute));
}

#[test]
fn the_loss_is_its_formula() {
    for (classes, batch_dice, weight) in [(2, false, 1.0), (2, true, 10.0), (4, false, 3.0)] {
        let logits = normal("logits", &[2, classes, 5, 6, 7]);
        let target = Tensor::from_vec((0..420).map(|i| (i * i % classes) as u8).collect(), (2, 5, 6, 7), &Device::Cpu);
        let target = target.unwrap();
        let params = LossParams { foreground_weight: weight, batch_dice, ..LossParams::default() }.check().unwrap();
        same_both_ways("loss", &[&logits], |compute| Ok(dice_ce_by(&logits, &target, &params, compute).unwrap()));
    }
}
