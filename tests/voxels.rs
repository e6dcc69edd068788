//! The voxels that transferability metrics see: from the brain only, the same for every network, features that explain outputs.
#![allow(clippy::unwrap_used)]

use seqtran::affinity::metrics::sample::VoxelSample;
use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::dataset::task::Task;
use seqtran::train::context::Context;
use seqtran::train::model::Model;
use seqtran::train::options::TrainParams;
use seqtran::train::trainer::train;
use seqtran::train::voxels::VoxelParams;

fn task() -> Task {
    let params = PhantomParams {
        size: Some([16; 3]),
        cases: Some(3),
        modalities: vec!["T1ce".into()],
        objectives: vec!["ED".into()],
        ..PhantomParams::default()
    };
    phantom_tasks(&params.check().unwrap(), Seed::new(7)).unwrap().iter().next().unwrap().clone()
}

fn model(task: &Task, patch: Option<[usize; 3]>, seed: u64) -> Model {
    let params = TrainParams {
        base: Some(4),
        stages: Some(2),
        epochs: Some(2),
        steps: Some(4),
        patch,
        seed: Some(seed),
        ..TrainParams::default()
    };
    let monitor = Monitor::silent();
    train(task, &params.check().unwrap(), &Context::silent(&monitor, Seed::new(3))).unwrap()
}

fn drawn(model: &Model, task: &Task, params: VoxelParams) -> VoxelSample {
    let monitor = Monitor::silent();
    model.voxels(task, &params.check().unwrap(), &Context::silent(&monitor, Seed::new(11))).unwrap()
}

#[test]
fn the_head_turns_the_features_into_the_outputs() {
    let task = task();
    // The smaller patch makes windows that overlap.
    for patch in [None, Some([8; 3])] {
        let model = model(&task, patch, 1);
        let sample = drawn(&model, &task, VoxelParams::default());
        let head = |part: &str| {
            let name = format!("decoder.seg_layers.{}.{part}", model.net().params().stages - 2);
            let (_, values) = model.net().parameters().into_iter().find(|(other, _)| *other == name).unwrap();
            values.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        let (weight, bias) = (head("weight"), head("bias"));
        assert_eq!(sample.features.ncols(), 4);
        for (features, outputs) in sample.features.outer_iter().zip(sample.probabilities.outer_iter()) {
            let logit =
                |z: usize| f64::from(bias[z]) + (0..4).map(|n| f64::from(weight[4 * z + n]) * features[n]).sum::<f64>();
            let probability = 1.0 / (1.0 + (logit(0) - logit(1)).exp());
            assert!((probability - outputs[1]).abs() < 1e-5, "{probability} {}", outputs[1]);
            assert_eq!(outputs[0], 1.0 - outputs[1]);
        }
    }
}

#[test]
fn all_voxels_of_the_brain_are_seen_and_agree_with_the_prediction() {
    let task = task();
    let model = model(&task, Some([8; 3]), 1);
    let sample = drawn(&model, &task, VoxelParams { voxels: 1_000_000, ..VoxelParams::default() });
    let (mut brain, mut objective, mut predicted) = (0, 0, 0);
    for case in task.cases() {
        let (image, mask) = (case.source.image().unwrap(), case.source.mask().unwrap());
        let guess = model.predict(&image, Monitor::silent().cancel()).unwrap();
        for (n, &value) in image.voxels().iter().enumerate() {
            let inside = value != 0.0;
            brain += usize::from(inside);
            objective += usize::from(inside && mask.get(n));
            predicted += usize::from(inside && guess.get(n));
        }
    }
    assert_eq!(sample.labels.len(), brain);
    assert_eq!(sample.labels.iter().sum::<usize>(), objective);
    assert_eq!(sample.probabilities.column(1).iter().filter(|&&p| p > 0.5).count(), predicted);
    assert!(objective > 0 && brain < 3 * 16 * 16 * 16);
}

#[test]
fn draws_are_seeded_bounded_and_balanced_and_the_same_for_every_network() {
    let task = task();
    let (one, other) = (model(&task, None, 1), model(&task, None, 2));
    let few = |seed| VoxelParams { voxels: 50, balanced: false, seed: Some(seed) };
    let sample = drawn(&one, &task, few(1));
    assert_eq!(sample.labels.len(), 150);
    assert_eq!(sample, drawn(&one, &task, few(1)));
    let elsewhere = drawn(&other, &task, few(1));
    assert_eq!(sample.labels, elsewhere.labels);
    assert_ne!(sample.features, elsewhere.features);
    assert_ne!(sample.features, drawn(&one, &task, few(2)).features);
    let even = drawn(&one, &task, VoxelParams { balanced: true, ..few(1) });
    assert_eq!(even.labels.len(), 2 * even.labels.iter().sum::<usize>());
    assert!(even.labels.len() > 20 && even.labels.len() <= 150, "{}", even.labels.len());
}
