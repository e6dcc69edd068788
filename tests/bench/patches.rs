//! What nnU-Net's augmentation costs beside a training step, what a frozen encoder saves, and what a whole volume's prediction costs.
//!
//! `cargo run --release --example patches -- augment` times each transform and whole patches of 64^3 and 128x160x112, and a step at base 16;
//! `cargo run --release --example patches -- frozen 32 16 4` times a later step on three whole cases of 32^3 at base 16, 4 stages: with everything
//! trained, with the encoder frozen, and with its features kept from patch to patch;
//! `cargo run --release --example patches -- predict 96` predicts 182x218x182 voxels by windows of 96^3 at base 32.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use candle_core::{Device, Tensor};
use seqtran::base::heap::Reuse;
use seqtran::base::params::Params;
use seqtran::base::progress::Cancel;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::image::geometry::Geometry;
use seqtran::image::volume::Volume;
use seqtran::net::adam::Adam;
use seqtran::net::loss::{LossParams, supervised};
use seqtran::net::unet::{UNet, UNetParams};
use seqtran::train::augment::list::{Choice, TRANSFORMS, vary};
use seqtran::train::augment::place::Source;
use seqtran::train::batch::assemble;
use seqtran::train::features::Features;
use seqtran::train::model::{About, Model};
use seqtran::train::objective::{self, Share, Step};
use seqtran::train::patch::draw;
use seqtran::train::prepared::Example;
use seqtran::train::recipe::Augment;
use std::sync::Arc;
use std::time::Instant;

fn voxels(count: usize) -> Vec<f32> {
    (0..count).map(|n| if n % 97 < 60 { (n as f32 * 0.37).sin() + 0.01 } else { 0.0 }).collect()
}

/// Median milliseconds of some runs.
fn timed(runs: u64, mut work: impl FnMut(u64)) -> f64 {
    let one = |run: u64, work: &mut dyn FnMut(u64)| {
        let start = Instant::now();
        work(run);
        start.elapsed().as_secs_f64() * 1e3
    };
    let mut times: Vec<f64> = (0..runs).map(|run| one(run, &mut work)).collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn augment(patch: [usize; 3]) {
    let shape = patch.map(|n| n + 24);
    let image = voxels(shape.iter().product());
    let label: Vec<u8> = image.iter().map(|v| u8::from(*v > 0.5)).collect();
    let source = Source { image: &image, label: &label, shape, corner: [12; 3] };
    let count = patch.iter().product();
    let once = |choice: Choice, seed: u64| {
        let (mut image, mut label) = (vec![0.0; count], vec![0; count]);
        vary(&source, patch, choice, Seed::new(seed), &mut image, &mut label);
        assert!(image.iter().all(|v| v.is_finite()));
    };
    println!("patch {patch:?}, ms");
    for one in TRANSFORMS {
        println!("  {:<16}{:8.2}", one.name, timed(5, |seed| once(Choice::Only(one), seed)));
    }
    let runs = 40;
    let start = Instant::now();
    (0..runs).for_each(|seed| once(Choice::Chance, seed));
    println!("  a patch of nnunet, mean of {runs}: {:.2}", start.elapsed().as_secs_f64() * 1e3 / runs as f64);
}

fn step(edge: usize, base: usize) {
    let params = UNetParams { base, ..UNetParams::default() }.check().unwrap();
    let net = UNet::new(&params, Seed::new(1), &Device::Cpu).unwrap();
    let mut adam = Adam::new(net.parameters(), 0.01);
    let loss = LossParams::default().check().unwrap();
    let image = voxels(2 * edge.pow(3));
    let target: Vec<u8> = image.iter().map(|v| u8::from(*v > 0.5)).collect();
    let image = Tensor::from_vec(image, (2, 1, edge, edge, edge), &Device::Cpu).unwrap();
    let target = Tensor::from_vec(target, (2, edge, edge, edge), &Device::Cpu).unwrap();
    let time = timed(3, |_| {
        let logits = net.decode(&net.encode(&image).unwrap()).unwrap();
        let gradients = supervised(&logits, &target, &loss).unwrap().backward().unwrap();
        adam.step(&gradients, Some(12.0)).unwrap();
    });
    println!("a training step, 2 patches of {edge}^3, base {base}: {time:.0} ms");
}

fn frozen(edge: usize, base: usize, stages: usize) {
    let params = PhantomParams { size: Some([edge; 3]), cases: Some(3), ..PhantomParams::default() }.check().unwrap();
    let tasks = phantom_tasks(&params, Seed::new(0)).unwrap();
    let task = tasks.get("16-T1ce-NCR").unwrap();
    let examples: Vec<Example> = task.cases().iter().map(|case| Example::load(case).unwrap()).collect();
    let params = UNetParams { base, stages, ..UNetParams::default() }.check().unwrap();
    let net = Arc::new(UNet::new(&params, Seed::new(1), &Device::Cpu).unwrap());
    let (all, decoder) = (net.parameters(), net.decoder_parameters());
    let kept = |augment| Some(Arc::new(Features::new(&net, &examples, [edge; 3], augment)));
    // Patches that are turned are never the same, so that nothing is kept; here they are not turned all the same.
    let ways = [("all trained", None, all), ("encoder frozen", kept(Augment::NnUNet), decoder.clone())];
    let ways = ways.into_iter().chain([("features kept", kept(Augment::Mirror), decoder)]);
    // At a rate of 0 the three ways go on from the same weights.
    let mut ways: Vec<_> = ways.map(|(name, kept, moving)| (name, kept, Adam::new(moving, 0.0), Vec::new())).collect();
    let rounds = 25;
    for round in 0..rounds {
        let (augment, seed) = (Augment::Mirror, Seed::new(round));
        let cuts = draw(&examples, [edge; 3], 2, augment, seed);
        for (_, features, adam, times) in &mut ways {
            let start = Instant::now();
            let batch = assemble(&examples, &cuts, [edge; 3], augment, seed, net.device()).unwrap();
            let shares = vec![Share { net: net.clone(), batch, cuts: cuts.clone() }];
            let features = features.clone();
            let work = Step { shares, features, only_heads: false, foreground_weight: 10.0, recompute: false };
            let (_, _, gradients) = objective::step(work).unwrap();
            adam.step(&gradients, Some(12.0)).unwrap();
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    println!("a step on 3 cases of {edge}^3, batch 2, base {base}, {stages} stages, median of {rounds}, ms");
    for (name, _, _, times) in &mut ways {
        times.sort_by(f64::total_cmp);
        println!("  {name:<16}{:8.1}", times[times.len() / 2]);
    }
}

fn predict(edge: usize) {
    let params = UNetParams { base: 32, stages: 6, ..UNetParams::default() }.check().unwrap();
    let net = UNet::new(&params, Seed::new(1), &Device::Cpu).unwrap();
    let about = About { patch: [edge; 3], ..About::default() };
    let grid = Geometry::new([182, 218, 182], [1.0; 3]);
    let image: Vec<f64> = (0..grid.voxels()).map(|n| 2.0 + (n as f64 * 0.37).sin()).collect();
    let start = Instant::now();
    let mask = Model::new(net, about).predict(&Volume::new(grid, image), &Cancel::new()).unwrap();
    println!("182x218x182 by {edge}^3, base 32: {:.1} s, {} voxels", start.elapsed().as_secs_f64(), mask.count());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("no /proc"));
}

fn main() {
    let _work = Reuse::begin();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|text| !text.starts_with("--")).collect();
    let number = |n: usize, other: usize| arguments.get(n).map_or(other, |text| text.parse().unwrap());
    match arguments.first().map(String::as_str) {
        Some("frozen") => frozen(number(1, 32), number(2, 16), number(3, 4)),
        Some("predict") => predict(number(1, 96)),
        _ => {
            augment([64; 3]);
            augment([128, 160, 112]);
            step(64, 16);
        }
    }
}
