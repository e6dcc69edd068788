//! Several tasks trained at once: one encoder, a decoder each.
#![allow(clippy::unwrap_used)]

use crate::blink::{tasks, weights};
use candle_core::Device;
use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::tasks::Tasks;
use seqtran::experiment::run::Run;
use seqtran::experiment::strategies::list::STRATEGIES;
use seqtran::net::unet::{UNet, UNetParams};
use seqtran::train::batch::assemble;
use seqtran::train::context::Context;
use seqtran::train::freeze::Freeze;
use seqtran::train::objective::{Share, Step, step};
use seqtran::train::options::TrainParams;
use seqtran::train::patch::draw_mixed;
use seqtran::train::prepared::Example;
use seqtran::train::recipe::Augment;
use std::sync::Arc;

fn run(name: &str, tasks: &Tasks) -> Run {
    let task = |name: &str| tasks.as_slice().iter().find(|task| task.name() == name).unwrap().clone();
    let params = TrainParams {
        base: Some(4),
        stages: Some(2),
        epochs: Some(3),
        later_epochs: Some(2),
        steps: Some(2),
        batch: Some(3),
        source_cases: Some(4),
        ..TrainParams::default()
    };
    let monitor = Monitor::silent();
    let strategy = STRATEGIES.iter().find(|strategy| strategy.name() == name).unwrap();
    let sources = [task("01-T1ce-ED"), task("18-T1ce-ET")];
    let context = Context::silent(&monitor, Seed::new(3));
    strategy.run(&sources, &task("16-T1ce-ED"), &params.check().unwrap(), &context).unwrap()
}

#[test]
fn tasks_at_once_take_the_cases_and_batches_of_tasks_in_turn() {
    let tasks = tasks(6);
    let (mixed, sequential) = (run("multi_task", &tasks), run("sequential", &tasks));
    assert_eq!((mixed.steps(), sequential.steps()), (14, 14));
    let lineage = mixed.lineage();
    assert_eq!((lineage.len(), lineage[0].task.as_str(), lineage[0].steps), (2, "01-T1ce-ED + 18-T1ce-ET", 10));
    assert_eq!((lineage[0].cases.len(), lineage[1].frozen), (4 + 3, Freeze::Encoder));
    let judged = |run: &Run| run.scores.cases.iter().map(|case| case.case.clone()).collect::<Vec<_>>();
    assert_eq!(judged(&mixed), judged(&sequential));
    assert_eq!(mixed.trained_on(), sequential.trained_on());
    assert!(mixed.zero_shot.is_some());
}

#[test]
fn tasks_at_once_give_the_same_weights_on_any_number_of_threads() {
    let tasks = tasks(6);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| weights(&run("multi_task", &tasks).model))
    };
    assert_eq!(on(1), on(2));
}

/// The loss of a mixed batch is the mean over its samples, its gradient that of the parts: a head learns from its own samples only.
#[test]
fn a_mixed_step_is_the_mean_of_its_parts() {
    let tasks = tasks(6);
    let examples = |name: &str| -> Vec<Example> {
        let task = tasks.as_slice().iter().find(|task| task.name() == name).unwrap();
        task.cases()[..3].iter().map(|case| Example::load(case).unwrap()).collect()
    };
    let sets = [examples("01-T1ce-ED"), examples("18-T1ce-ET")];
    let sets: Vec<&[Example]> = sets.iter().map(|set| &set[..]).collect();
    let params = UNetParams { base: 4, stages: 2, ..UNetParams::default() }.check().unwrap();
    let first = UNet::new(&params, Seed::new(1), &Device::Cpu).unwrap();
    let second = first.sharing_encoder(Seed::new(2)).unwrap();
    let nets = [Arc::new(first), Arc::new(second)];
    let patch = [16; 3];
    let cuts = draw_mixed(&sets, patch, 3, Augment::None, 0, Seed::new(5));
    assert_eq!(cuts.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    let turned = draw_mixed(&sets, patch, 3, Augment::None, 1, Seed::new(5));
    assert_eq!(turned.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2], "the sets take turns");
    let share = |set: usize| {
        let batch = assemble(sets[set], &cuts[set], patch, Augment::None, Seed::new(6), &Device::Cpu).unwrap();
        Share { net: nets[set].clone(), batch, cuts: cuts[set].clone() }
    };
    let ask = |shares: Vec<Share>| {
        step(Step { shares, features: None, only_heads: false, recompute: false, foreground_weight: 10.0 }).unwrap()
    };
    let (loss, overlap, gradients) = ask(vec![share(0), share(1)]);
    let alone = [ask(vec![share(0)]), ask(vec![share(1)])];
    let part = [2.0 / 3.0, 1.0 / 3.0];
    let greatest = nets.iter().flat_map(|net| net.parameters()).filter_map(|(_, variable)| {
        let values = gradients.get(&variable)?.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        values.into_iter().map(f32::abs).reduce(f32::max)
    });
    let greatest = f64::from(greatest.reduce(f32::max).unwrap());
    assert!((loss - part[0] * alone[0].0 - part[1] * alone[1].0).abs() < 1e-6, "{loss}");
    assert_eq!(overlap, alone[0].1.plus(alone[1].1));
    for (set, net) in nets.iter().enumerate() {
        for (name, variable) in net.parameters() {
            let values = |gradient: Option<&candle_core::Tensor>| {
                gradient.map(|g| g.flatten_all().unwrap().to_vec1::<f32>().unwrap())
            };
            let zeros = vec![0.0; variable.elem_count()];
            let own = |of: usize| values(alone[of].2.get(&variable)).unwrap_or_else(|| zeros.clone());
            if name.starts_with("decoder.") {
                assert!(alone[1 - set].2.get(&variable).is_none(), "{name} learns from the other task");
            }
            let wanted: Vec<f64> =
                own(0).iter().zip(own(1)).map(|(a, b)| part[0] * f64::from(*a) + part[1] * f64::from(b)).collect();
            let got = values(gradients.get(&variable)).unwrap_or(zeros);
            // A bias before an instance norm has no slope but what rounding leaves of thousands of terms that cancel.
            if name.ends_with(".conv.bias") {
                let most =
                    got.iter().map(|v| f64::from(v.abs())).chain(wanted.iter().map(|v| v.abs())).fold(0.0, f64::max);
                assert!(most < 1e-5 * greatest, "{name}: {most} where nothing is right");
                continue;
            }
            let most = wanted.iter().fold(1e-3 * greatest, |most, v| most.max(v.abs()));
            for (got, wanted) in got.iter().zip(&wanted) {
                assert!((f64::from(*got) - wanted).abs() < 1e-4 * most, "{name}: {got} against {wanted}");
            }
        }
    }
}
