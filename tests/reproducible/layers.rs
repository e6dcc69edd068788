//! Every layer forward and backward, over odd sizes, on every level of instructions.

use super::{THREADS, compare, hash_of, on, one_hash};
use candle_core::{Device, Tensor, Var};
use rand::Rng;
use seqtran::base::level::Level;
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::adam::Adam;
use seqtran::net::compute::Compute;
use seqtran::net::loss::{LossParams, dice_ce_by};
use seqtran::net::ops::block::{Affine, block};
use seqtran::net::ops::conv::conv3d;
use seqtran::net::ops::join::join;
use seqtran::net::ops::norm::norm_relu;
use seqtran::net::ops::up::up3d;
use std::collections::BTreeMap;

/// Values of a shape, drawn by name; a tenth are zero, as behind a leaky ReLU or outside a brain.
fn values(name: &str, shape: &[usize]) -> Vec<f32> {
    let mut draw = Seed::new(9).named(name).rng();
    (0..shape.iter().product())
        .map(|_| if draw.random_bool(0.1) { 0.0 } else { draw.random_range(-1.0..1.0) })
        .collect()
}

fn variable(name: &str, shape: &[usize]) -> Var {
    Var::from_vec(values(name, shape), shape, &Device::Cpu).unwrap()
}

/// A layer's result and the gradient of each of its inputs, one after another.
fn pass(inputs: &[Var], layer: impl Fn(&[Tensor]) -> Tensor) -> Vec<f32> {
    let tensors: Vec<Tensor> = inputs.iter().map(|input| input.as_tensor().clone()).collect();
    let y = layer(&tensors);
    let slope = Tensor::from_vec(values("slope", y.dims()), y.dims(), &Device::Cpu).unwrap();
    let gradients = (&y * slope).unwrap().sum_all().unwrap().backward().unwrap();
    let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let mut all = flat(&y);
    for input in inputs {
        all.extend(flat(gradients.get(input).unwrap()));
    }
    all
}

/// Channels around the widths of vectors and blocks, planes that are odd, thin, and larger than a task's share.
const SIZES: [([usize; 4], usize, usize); 9] = [
    // batch, depth, height, width; channels in, channels out
    ([1, 1, 1, 1], 1, 1),
    ([2, 3, 5, 7], 1, 5),
    ([1, 9, 4, 11], 3, 17),
    ([2, 5, 5, 5], 8, 33),
    ([1, 7, 6, 5], 19, 48),
    ([1, 3, 4, 5], 33, 65),
    ([1, 2, 9, 9], 16, 100),
    ([2, 17, 19, 23], 4, 7),
    ([1, 3, 70, 61], 5, 9),
];

/// Names and results of all layers at one level.
fn all(level: Level) -> Vec<(String, Vec<f32>)> {
    let way = Compute::Kernels(level);
    let mut found = Vec::new();
    for ([n, d, h, w], inputs, outputs) in SIZES {
        let size = format!("{n}x{d}x{h}x{w} {inputs} to {outputs}");
        let x = variable("x", &[n, d, h, w, inputs]);
        let per = |name: &str| variable(name, &[outputs]);
        for (kernel, stride) in
            [([3, 3, 3], [1, 1, 1]), ([1, 3, 3], [1, 2, 2]), ([3, 3, 3], [2, 2, 2]), ([5, 1, 3], [1, 3, 2])]
        {
            let [kd, kh, kw] = kernel;
            let weight = variable("w", &[outputs, inputs, kd, kh, kw]);
            let name = format!("{kernel:?} {stride:?} of {size}");
            let layer = [x.clone(), weight.clone(), per("bias")];
            found.push((format!("conv {name}"), pass(&layer, |t| conv3d(&t[0], &t[1], &t[2], stride, way).unwrap())));
            let layer = [x.clone(), weight, per("bias"), per("gain"), per("shift")];
            let run = |t: &[Tensor]| {
                let affine = Affine { bias: t[2].clone(), gain: t[3].clone(), shift: t[4].clone() };
                block(&t[0], &t[1], &affine, stride, way).unwrap()
            };
            found.push((format!("block {name}"), pass(&layer, run)));
        }
        let (gain, shift) = (variable("gain", &[inputs]), variable("shift", &[inputs]));
        let layer = [x.clone(), gain, shift];
        found.push((format!("norm of {size}"), pass(&layer, |t| norm_relu(&t[0], &t[1], &t[2], way).unwrap())));
        for kernel in [[2, 2, 2], [1, 2, 2]] {
            let [kd, kh, kw] = kernel;
            let layer = [x.clone(), variable("up", &[inputs, outputs, kd, kh, kw]), per("bias")];
            found.push((format!("up {kernel:?} of {size}"), pass(&layer, |t| up3d(&t[0], &t[1], &t[2], way).unwrap())));
        }
        let other = variable("other", &[n, d, h, w, outputs]);
        found.push((format!("join of {size}"), pass(&[x.clone(), other], |t| join(&t[0], &t[1], way).unwrap())));
        for (classes, batch_dice) in [(2, false), (3, true)] {
            let logits = variable("logits", &[n, classes, d, h, w]);
            let target: Vec<u8> = (0..n * d * h * w).map(|at| (at * 7 % 11 % classes) as u8).collect();
            let target = Tensor::from_vec(target, (n, d, h, w), &Device::Cpu).unwrap();
            let params = LossParams { foreground_weight: 3.0, batch_dice, ..LossParams::default() }.check().unwrap();
            let loss = pass(&[logits], |t| dice_ce_by(&t[0], &target, &params, way).unwrap());
            found.push((format!("loss of {classes} classes, {size}"), loss));
        }
    }
    let moved = variable("moved", &[40_000]);
    let mut adam = Adam::new(vec![("moved".into(), moved.clone())], 0.01).with_compute(way);
    for step in 0..3 {
        let slope = Tensor::from_vec(values(&format!("step {step}"), &[40_000]), 40_000, &Device::Cpu).unwrap();
        let gradients = (moved.as_tensor() * slope).unwrap().sum_all().unwrap().backward().unwrap();
        adam.step(&gradients, Some(12.0)).unwrap();
    }
    found.push(("adam".into(), moved.to_vec1::<f32>().unwrap()));
    found
}

#[test]
fn every_layer_has_its_bits_on_every_level_and_number_of_threads() {
    let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for level in Level::ALL {
        for threads in THREADS {
            let how = format!("{} on {threads} threads", level.name());
            for (name, values) in on(threads, || all(level)) {
                assert!(values.iter().all(|v| v.is_finite()), "{name}, {how}");
                found.entry(name).or_default().push((how.clone(), hash_of(&values)));
            }
        }
    }
    let hashes = found.iter().map(|(name, ways)| (name.replace(',', ""), one_hash(name, ways))).collect();
    compare("layer", &hashes);
}
