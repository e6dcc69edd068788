//! Whole trainings at every level: 40 steps, then with a frozen encoder, then of two tasks at once, and a prediction.

use super::{THREADS, compare, hash_of, on, one_hash};
use crate::blink::tasks;
use candle_core::{Device, Tensor};
use seqtran::base::level::Level;
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::compute::Compute;
use seqtran::net::unet::{UNet, UNetParams};
use seqtran::train::batch::assemble;
use seqtran::train::features::Features;
use seqtran::train::objective::{Share, Step, step};
use seqtran::train::optimiser::Mover;
use seqtran::train::patch::{draw, draw_mixed};
use seqtran::train::prepared::Example;
use seqtran::train::recipe::{Augment, Optimiser};
use std::collections::BTreeMap;
use std::sync::Arc;

const PATCH: [usize; 3] = [8, 12, 16];

fn weights(net: &UNet) -> Vec<f32> {
    net.tensors().into_iter().flat_map(|(_, tensor)| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap()).collect()
}

/// What each part of the work gives, by name.
fn all(level: Level, sets: [&[Example]; 2]) -> Vec<(&'static str, Vec<f32>)> {
    let compute = Compute::Kernels(level);
    // Channels that fill no vector.
    let params = UNetParams { base: 5, stages: 3, ..UNetParams::default() }.check().unwrap();
    let net = Arc::new(UNet::new(&params, Seed::new(2), &Device::Cpu).unwrap().with_compute(compute));
    let options = |shares: Vec<Share>, features| Step {
        shares,
        features,
        only_heads: false,
        foreground_weight: 10.0,
        recompute: false,
    };
    let mut found = Vec::new();

    let augment = Augment::NnUNet;
    let mut mover = Mover::new(Optimiser::Adam, net.parameters(), compute);
    let mut losses = Vec::new();
    for number in 0..40 {
        let seed = Seed::new(number);
        let cuts = draw(sets[0], PATCH, 2, augment, seed);
        let batch = assemble(sets[0], &cuts, PATCH, augment, seed, net.device()).unwrap();
        let (loss, _, gradients) = step(options(vec![Share { net: net.clone(), batch, cuts }], None)).unwrap();
        losses.push(loss as f32);
        assert!(mover.step(&gradients, 0.01).unwrap());
    }
    found.extend([("losses of 40 steps", losses), ("weights after 40 steps", weights(&net))]);

    let mut mover = Mover::new(Optimiser::Sgd, net.decoder_parameters(), compute);
    let features = Some(Arc::new(Features::new(&net, sets[1], PATCH, Augment::Mirror)));
    for number in 40..50 {
        let seed = Seed::new(number);
        let cuts = draw(sets[1], PATCH, 2, Augment::Mirror, seed);
        let batch = assemble(sets[1], &cuts, PATCH, Augment::Mirror, seed, net.device()).unwrap();
        let shares = vec![Share { net: net.clone(), batch, cuts }];
        let (_, _, gradients) = step(options(shares, features.clone())).unwrap();
        assert!(mover.step(&gradients, 0.003).unwrap());
    }
    found.push(("weights after 10 steps with a frozen encoder", weights(&net)));

    let other = Arc::new(net.sharing_encoder(Seed::new(3)).unwrap());
    let moving = [net.parameters(), other.decoder_parameters()].concat();
    let mut mover = Mover::new(Optimiser::Adam, moving, compute);
    for number in 50..55 {
        let seed = Seed::new(number);
        let cuts = draw_mixed(&sets, PATCH, 3, Augment::Mirror, number as usize, seed);
        let shares = [&net, &other].into_iter().zip(sets).zip(cuts).map(|((net, set), cuts)| {
            let batch = assemble(set, &cuts, PATCH, Augment::Mirror, seed, net.device()).unwrap();
            Share { net: net.clone(), batch, cuts }
        });
        let (_, _, gradients) = step(options(shares.collect(), None)).unwrap();
        assert!(mover.step(&gradients, 0.003).unwrap());
    }
    found.extend([
        ("weights after 5 steps of two tasks", weights(&net)),
        ("weights of the second head", weights(&other)),
    ]);

    let [i, j, k] = PATCH;
    let values: Vec<f32> = (0..i * j * k).map(|at| (at % 17) as f32 / 8.0 - 1.0).collect();
    let image = Tensor::from_vec(values, (1, 1, k, j, i), &Device::Cpu).unwrap();
    let (logits, map) = net.predict_with_features(&image).unwrap();
    let flat = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    found.extend([("logits", flat(logits)), ("features", flat(map))]);
    found
}

#[test]
fn a_training_has_its_bits_on_every_level_and_number_of_threads() {
    let tasks = tasks(3);
    let examples = |name: &str| -> Vec<Example> {
        tasks.get(name).unwrap().cases().iter().map(|case| Example::load(case).unwrap()).collect()
    };
    let sets = [examples("01-T1ce-ED"), examples("18-T1ce-ET")];
    let mut found: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for level in Level::ALL {
        for threads in THREADS {
            let how = format!("{} on {threads} threads", level.name());
            for (name, values) in on(threads, || all(level, [&sets[0], &sets[1]])) {
                assert!(values.iter().all(|v| v.is_finite()), "{name}, {how}");
                found.entry(name).or_default().push((how.clone(), hash_of(&values)));
            }
        }
    }
    let hashes = found.iter().map(|(name, ways)| (name.to_string(), one_hash(name, ways))).collect();
    compare("training", &hashes);
}
