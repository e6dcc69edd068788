//! What a GPU runs, run on the CPU: whole training steps of stock operations alone, beside those by our kernels.
#![allow(clippy::unwrap_used)]

use crate::blink::tasks;
use candle_core::{Device, Tensor};
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::compute::Compute;
use seqtran::net::kernels::level::Level;
use seqtran::net::unet::{UNet, UNetParams};
use seqtran::train::batch::assemble;
use seqtran::train::features::Features;
use seqtran::train::freeze::Freeze;
use seqtran::train::objective::{Share, Step, step};
use seqtran::train::optimiser::Mover;
use seqtran::train::patch::draw;
use seqtran::train::prepared::Example;
use seqtran::train::recipe::{Augment, Optimiser};
use std::sync::Arc;

const PATCH: [usize; 3] = [16; 3];

/// Losses of six steps, and the logits of the network that they give.
fn trained(compute: Compute, rule: Optimiser, freeze: Freeze, recompute: bool) -> (Vec<f64>, Tensor) {
    let tasks = tasks(2);
    let cases = tasks.get("01-T1ce-ED").unwrap().cases().to_vec();
    let examples: Vec<Example> = cases.iter().map(|case| Example::load(case).unwrap()).collect();
    let params = UNetParams { base: 4, stages: 3, ..UNetParams::default() }.check().unwrap();
    let net = Arc::new(UNet::new(&params, Seed::new(2), &Device::Cpu).unwrap().with_compute(compute));
    let moving = match freeze {
        Freeze::None => net.parameters(),
        Freeze::Encoder => net.decoder_parameters(),
        Freeze::AllButHeads => net.head_parameters(),
    };
    let features = (freeze != Freeze::None).then(|| Arc::new(Features::new(&net, &examples, PATCH, Augment::Mirror)));
    let mut mover = Mover::new(rule, moving.clone(), compute);
    let mut losses = Vec::new();
    for number in 0..6 {
        let seed = Seed::new(number);
        let cuts = draw(&examples, PATCH, 2, Augment::Mirror, seed);
        let batch = assemble(&examples, &cuts, PATCH, Augment::Mirror, seed, net.device()).unwrap();
        let shares = vec![Share { net: net.clone(), batch, cuts }];
        let only_heads = freeze == Freeze::AllButHeads;
        let work = Step { shares, features: features.clone(), only_heads, foreground_weight: 10.0, recompute };
        let (loss, _, gradients) = step(work).unwrap();
        losses.push(loss);
        assert!(mover.step(&gradients, 0.003).unwrap());
        // Moments go to a checkpoint and come back.
        let (steps, state) = mover.state().unwrap();
        mover = Mover::new(rule, moving.clone(), compute);
        mover.restore(steps, &state.into_iter().collect()).unwrap();
    }
    let image = Tensor::from_slice(&examples[0].image.image[..], examples[0].image.image.len(), &Device::Cpu).unwrap();
    let [i, j, k] = examples[0].image.shape;
    let image = image.reshape((1, 1, k, j, i)).unwrap().pad_with_zeros(2, 0, 16 - k).unwrap();
    let image = image.pad_with_zeros(3, 0, 16 - j).unwrap().pad_with_zeros(4, 0, 16 - i).unwrap();
    (losses, net.predict(&image).unwrap())
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
            let what = format!("{rule:?}, {freeze:?}, recompute {recompute}");
            let (wanted, kernels) = trained(Compute::Kernels(Level::detect()), rule, freeze, recompute);
            let (got, stock) = trained(Compute::Stock, rule, freeze, recompute);
            for (got, wanted) in got.iter().zip(&wanted) {
                assert!((got / wanted - 1.0).abs() < 1e-3, "{what}: losses {got} for {wanted}");
            }
            assert!(wanted[5] < wanted[0], "{what}: {wanted:?}");
            let [kernels, stock] = [kernels, stock].map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap());
            let most = kernels.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
            let off = kernels.iter().zip(&stock).fold(0.0_f32, |off, (a, b)| off.max((a - b).abs())) / most;
            assert!(off < 1e-3, "{what}: logits differ by {off}");
            assert!(off > 0.0, "{what}: both were computed in one way");
        }
    }
}
