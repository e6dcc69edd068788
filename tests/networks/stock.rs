//! What a GPU runs, run on the CPU: whole training steps of stock operations alone, beside those by our kernels.
#![allow(clippy::unwrap_used)]

use crate::blink::tasks;
use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor};
use seqtran::base::level::Level;
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::compute::Compute;
use seqtran::net::unet::{UNet, UNetParams};
use seqtran::train::batch::assemble;
use seqtran::train::features::Features;
use seqtran::train::freeze::Freeze;
use seqtran::train::objective::{Share, Step, step};
use seqtran::train::optimiser::Mover;
use seqtran::train::patch::draw;
use seqtran::train::prepared::Example;
use seqtran::train::recipe::{Augment, Optimiser};
use seqtran::train::watch::Overlap;
use std::sync::Arc;

const PATCH: [usize; 3] = [16; 3];

/// The Euclidean length.
fn length(values: impl Iterator<Item = f32>) -> f64 {
    values.map(|v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt()
}

/// Six steps of both ways, begun anew from the weights of our kernels each time: losses, gradients, what an optimiser makes of one
/// gradient, and in the end logits. A step is compared with a step, for what follows may grow any difference: Adam moves a weight
/// whose gradient is rounding alone as far as every other.
fn compared(rule: Optimiser, freeze: Freeze, recompute: bool) {
    let what = format!("{rule:?}, {freeze:?}, recompute {recompute}");
    let tasks = tasks(2);
    let cases = tasks.get("01-T1ce-ED").unwrap().cases().to_vec();
    let examples: Vec<Example> = cases.iter().map(|case| Example::load(case).unwrap()).collect();
    let params = UNetParams { base: 4, stages: 3, ..UNetParams::default() }.check().unwrap();
    let only_heads = freeze == Freeze::AllButHeads;
    let ways = [Compute::Kernels(Level::current()), Compute::Stock];
    let nets = ways.map(|way| Arc::new(UNet::new(&params, Seed::new(2), &Device::Cpu).unwrap().with_compute(way)));
    let moving = nets.each_ref().map(|net| match freeze {
        Freeze::None => net.parameters(),
        Freeze::Encoder => net.decoder_parameters(),
        Freeze::AllButHeads => net.head_parameters(),
    });
    let mut movers = [0, 1].map(|way| Mover::new(rule, moving[way].clone(), ways[way]));
    let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let most = |values: &[f32]| values.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    let off = |a: &[f32], b: &[f32]| a.iter().zip(b).fold(0.0_f32, |off, (a, b)| off.max((a - b).abs()));
    let (mut losses, mut worst) = (Vec::new(), [0.0_f64; 6]);
    for number in 0..6 {
        let seed = Seed::new(number);
        let cuts = draw(&examples, PATCH, 2, Augment::Mirror, seed);
        let mut found = nets.each_ref().map(|net| {
            let batch = assemble(&examples, &cuts, PATCH, Augment::Mirror, seed, net.device()).unwrap();
            let shares = vec![Share { net: net.clone(), batch, cuts: cuts.clone() }];
            let features =
                (freeze != Freeze::None).then(|| Arc::new(Features::new(net, &examples, PATCH, Augment::Mirror)));
            step(Step { shares, features, only_heads, foreground_weight: 10.0, recompute }).unwrap()
        });
        assert!((found[1].0 / found[0].0 - 1.0).abs() < 1e-5, "{what}: losses {} for {}", found[1].0, found[0].0);
        losses.push(found[0].0);
        // The head of the lowest resolution has no weight in the loss.
        let gradients = |way: usize, found: &[(f64, Overlap, GradStore); 2]| -> Vec<Option<Tensor>> {
            moving[way].iter().map(|(_, variable)| found[way].2.get(variable).cloned()).collect()
        };
        let (ours, stock) = (gradients(0, &found), gradients(1, &found));
        let greatest = ours.iter().flatten().map(|gradient| length(flat(gradient).into_iter())).fold(0.0, f64::max);
        for (((name, _), ours), stock) in moving[0].iter().zip(&ours).zip(&stock) {
            let (Some(ours), Some(stock)) = (ours, stock) else {
                assert!(ours.is_none() && stock.is_none(), "{what}: {name} has a gradient one way");
                continue;
            };
            let (ours, stock) = (flat(ours), flat(stock));
            let (differs, size) = (length(ours.iter().zip(&stock).map(|(a, b)| a - b)), length(ours.iter().copied()));
            // A bias before an instance norm has no slope but what rounding leaves: it counts as the greatest slope does.
            let scale = if name.ends_with(".conv.bias") { greatest } else { size.max(1e-2 * greatest) };
            assert!(differs < 2e-2 * scale, "{what}: {name} differs by {differs} of {scale} in step {number}");
            worst[number as usize] = worst[number as usize].max(differs / scale);
        }
        for ((_, variable), gradient) in moving[1].iter().zip(&ours) {
            if let Some(gradient) = gradient {
                found[1].2.insert(variable, gradient.clone());
            }
        }
        for way in [0, 1] {
            assert!(movers[way].step(&found[way].2, 0.003).unwrap());
            // Moments go to a checkpoint and come back.
            let (steps, state) = movers[way].state().unwrap();
            movers[way] = Mover::new(rule, moving[way].clone(), ways[way]);
            movers[way].restore(steps, &state.into_iter().collect()).unwrap();
        }
        for ((name, ours), (_, stock)) in moving[0].iter().zip(&moving[1]) {
            let differs = off(&flat(ours.as_tensor()), &flat(stock.as_tensor()));
            assert!(differs < 1e-6, "{what}: {name} is moved {differs} apart by one gradient");
        }
        nets[1].set_parameters(&nets[0].tensors().into_iter().collect()).unwrap();
    }
    assert!(losses[5] < losses[0], "{what}: {losses:?}");
    // A value within rounding of 0 may lie on either side of the leaky ReLU's bend, and take a part of the slope along: in some steps.
    assert!(worst.iter().filter(|worst| **worst < 1e-3).count() >= 4, "{what}: gradients differ by {worst:?}");
    assert!(worst.iter().any(|worst| *worst > 0.0), "{what}: both were computed in one way");
    let image = Tensor::from_slice(&examples[0].image.image[..], examples[0].image.image.len(), &Device::Cpu).unwrap();
    let [i, j, k] = examples[0].image.shape;
    let image = image.reshape((1, 1, k, j, i)).unwrap().pad_with_zeros(2, 0, 16 - k).unwrap();
    let image = image.pad_with_zeros(3, 0, 16 - j).unwrap().pad_with_zeros(4, 0, 16 - i).unwrap();
    let [ours, stock] = nets.map(|net| flat(&net.predict(&image).unwrap()));
    assert!(off(&ours, &stock) < 1e-4 * most(&ours), "{what}: logits differ by {}", off(&ours, &stock));
}

#[test]
fn stock_operations_alone_train_as_our_kernels_do() {
    for rule in [Optimiser::Adam, Optimiser::Sgd] {
        for (freeze, recompute) in [
            (Freeze::None, false),
            (Freeze::None, true),
            (Freeze::Encoder, false),
            (Freeze::Encoder, true),
            (Freeze::AllButHeads, false),
        ] {
            compared(rule, freeze, recompute);
        }
    }
}
