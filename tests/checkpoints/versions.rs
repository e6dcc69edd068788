//! Checkpoints of earlier versions.
#![allow(clippy::unwrap_used)]

use super::golden;
use crate::blink::weights;
use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::train::context::Context;
use seqtran::train::model::Model;
use seqtran::train::options::TrainParams;
use seqtran::train::trainer::train;

/// Written by the last release with short names:
/// `train(phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"], #{ epochs: 1, steps: 3, base: 2, stages: 3, seed: 5 })`.
#[test]
fn a_checkpoint_of_version_1_has_the_weights_that_the_same_training_gives_today() {
    let old = Model::load(&golden("version_1.safetensors"), "cpu").unwrap();
    assert_eq!((old.steps(), old.parameters()), (3, 5260));
    let tasks = PhantomParams { size: Some([12; 3]), cases: Some(2), ..PhantomParams::default() }.check().unwrap();
    let tasks = phantom_tasks(&tasks, Seed::new(0)).unwrap();
    let params = TrainParams {
        epochs: Some(1),
        steps: Some(3),
        base: Some(2),
        stages: Some(3),
        seed: Some(5),
        ..TrainParams::default()
    };
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(0));
    let new = train(tasks.get("16-T2-NCR").unwrap(), &params.check().unwrap(), &context).unwrap();
    assert!(weights(&old).iter().any(|(name, _)| name == "decoder.transpconvs.0.weight"));
    for ((name, old), (_, new)) in weights(&old).into_iter().zip(weights(&new)) {
        // A bias before an instance norm has no slope but what rounding leaves, and Adam moves it as far as any weight.
        if !name.ends_with(".conv.bias") {
            let off = old.iter().zip(&new).map(|(a, b)| (f32::from_bits(*a) - f32::from_bits(*b)).abs());
            assert!(off.fold(0.0, f32::max) < 1e-5, "{name}");
        }
    }
}
