//! Networks learn from phantoms, the same way every time, and stop when asked to.
#![allow(clippy::unwrap_used)]

use crate::blink::{tasks, weights};
use proptest::prelude::*;
use seqtran::base::error::Kind;
use seqtran::base::params::Params;
use seqtran::base::progress::{Cancel, Display, Monitor};
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::dataset::task::{Task, TaskName};
use seqtran::dataset::tasks::Tasks;
use seqtran::experiment::compare::compare;
use seqtran::experiment::run::Run;
use seqtran::experiment::strategies::list::STRATEGIES;
use seqtran::image::geometry::Geometry;
use seqtran::image::mask::Mask;
use seqtran::io::table::Cell;
use seqtran::train::batch::assemble;
use seqtran::train::context::Context;
use seqtran::train::features::Features;
use seqtran::train::freeze::Freeze;
use seqtran::train::history::table;
use seqtran::train::model::Model;
use seqtran::train::options::{Test, TrainParams};
use seqtran::train::patch::draw;
use seqtran::train::prepared::Example;
use seqtran::train::recipe::Augment;
use seqtran::train::scores::{CaseScore, Empty};
use seqtran::train::trainer::{fine_tune, train};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A network that trains in a blink.
fn small() -> TrainParams {
    TrainParams { base: Some(4), stages: Some(2), epochs: Some(2), steps: Some(2), ..TrainParams::default() }
}

#[test]
fn weights_are_the_same_on_one_and_on_two_threads() {
    let tasks = tasks(6);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let monitor = Monitor::silent();
            let context = Context::silent(&monitor, Seed::new(3));
            let params = small().check().unwrap();
            let first = train(tasks.get("01-T1ce-ET").unwrap(), &params, &context).unwrap();
            weights(&fine_tune(&first, tasks.get("16-T1ce-ET").unwrap(), &params, &context).unwrap())
        })
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(1));
}

#[test]
fn stages_computed_twice_give_the_same_bits() {
    let tasks = tasks(6);
    for (name, batch) in [("scratch", 2), ("sequential", 2), ("multi_task", 3)] {
        for freeze in [Freeze::Encoder, Freeze::None] {
            let params = TrainParams { freeze: Some(freeze), stages: Some(4), batch: Some(batch), ..small() };
            let sources = ["01-T1ce-ET", "18-T1ce-ED"];
            let sources = if name == "scratch" { &sources[..0] } else { &sources[..] };
            let plain = run(name, sources, "16-T1ce-ET", &params, &tasks);
            let twice = run(name, sources, "16-T1ce-ET", &TrainParams { recompute: true, ..params }, &tasks);
            assert_eq!(weights(&plain.model), weights(&twice.model), "{name}, {freeze:?}");
            let losses = |run: &Run| run.model.history().iter().map(|epoch| epoch.loss).collect::<Vec<_>>();
            assert_eq!(losses(&plain), losses(&twice), "{name}, {freeze:?}");
        }
    }
}

#[test]
fn a_network_learns_and_survives_its_file() {
    let tasks = tasks(6);
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(1));
    let task = tasks.get("01-T1ce-ED").unwrap();
    let params = TrainParams { epochs: Some(5), steps: Some(10), ..small() }.check().unwrap();
    let model = train(task, &params, &context).unwrap();
    let history = model.history();
    assert_eq!(history.len(), 5);
    assert!(history[4].loss < history[0].loss && history[4].dice > 0.4, "{history:?}");
    let scores = model.evaluate(task, Empty::Nan, &context).unwrap();
    assert!(scores.dice() > 0.4, "{scores:?}");
    assert!(scores.iou() >= scores.dice() / (2.0 - scores.dice()));
    let [low, high] = scores.interval("dice", Seed::new(1)).unwrap();
    assert!(low <= scores.dice() && scores.dice() <= high);

    let folder = std::env::temp_dir().join(format!("seqtran-model-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("model.safetensors");
    model.save(&path).unwrap();
    let loaded = Model::load(&path, "cpu").unwrap();
    assert_eq!(loaded.lineage(), model.lineage());
    assert!(loaded.history().iter().zip(history).all(|(a, b)| (a.loss - b.loss).abs() < 1e-12 && a.epoch == b.epoch));
    assert_eq!(weights(&loaded), weights(&model));
    let image = task.cases()[0].source.image().unwrap();
    let cancel = Cancel::new();
    assert_eq!(loaded.predict(&image, &cancel).unwrap(), model.predict(&image, &cancel).unwrap());
    std::fs::write(&path, &std::fs::read(&path).unwrap()[..500]).unwrap();
    assert_eq!(Model::load(&path, "cpu").unwrap_err().kind(), Kind::Format);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(Model::load(&path, "cpu").unwrap_err().kind(), Kind::File);
}

#[test]
fn a_frozen_encoder_stays_and_kept_features_change_nothing() {
    let tasks = tasks(6);
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(1));
    let target = tasks.get("16-T1ce-ET").unwrap();
    let first = train(tasks.get("01-T1ce-ET").unwrap(), &small().check().unwrap(), &context).unwrap();
    let tuned = fine_tune(&first, target, &small().check().unwrap(), &context).unwrap();
    for ((name, before), (_, after)) in weights(&first).into_iter().zip(weights(&tuned)) {
        assert_eq!(before == after, name.starts_with("encoder."), "{name}");
    }
    assert_eq!(tuned.lineage().len(), 2);
    assert!(tuned.lineage()[1].frozen == Freeze::Encoder && tuned.summary().contains("encoder frozen"));
    let free = TrainParams { freeze: Some(Freeze::None), ..small() }.check().unwrap();
    let free = fine_tune(&first, target, &free, &context).unwrap();
    assert!(weights(&first).into_iter().zip(weights(&free)).all(|(before, after)| before.1 != after.1));

    let examples: Vec<Example> = target.cases()[..2].iter().map(|case| Example::load(case).unwrap()).collect();
    let (patch, seed) = (first.about().patch, Seed::new(5));
    let kept = Features::new(first.net(), &examples, [24; 3], Augment::Mirror);
    for round in 0..6 {
        let cuts = draw(&examples, [24; 3], 2, Augment::Mirror, seed.nth(round));
        let batch = assemble(&examples, &cuts, [24; 3], Augment::Mirror, seed, first.net().device()).unwrap();
        let (a, b) =
            (kept.of(first.net(), &cuts, &batch.image).unwrap(), first.net().encode_frozen(&batch.image).unwrap());
        for (a, b) in a.iter().zip(&b) {
            let bits = |t: &candle_core::Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(bits(a), bits(b), "round {round}, patch {patch:?}");
        }
    }
}

#[test]
fn a_collapsed_network_begins_anew_and_says_so() {
    let params = PhantomParams { size: Some([16; 3]), cases: Some(4), ..PhantomParams::default() };
    let tasks = phantom_tasks(&params.check().unwrap(), Seed::new(7)).unwrap();
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(1));
    // Far too high a learning rate for a small objective.
    let wild =
        TrainParams { lr: Some(1.0), foreground_weight: Some(0.01), epochs: Some(6), steps: Some(10), ..small() };
    let model = train(tasks.get("01-T2-NCR").unwrap(), &wild.check().unwrap(), &context).unwrap();
    let training = &model.lineage()[0];
    assert_eq!((training.restarts, training.steps), (1, 110), "50 steps, then 60 from other weights");
    assert!(model.collapsed() && model.summary().contains("restarted 1x, collapsed"), "{}", model.summary());
}

#[test]
fn training_ends_with_its_time() {
    let monitor = Monitor::silent();
    let seconds = std::sync::atomic::AtomicU64::new(0);
    let clock = || seconds.fetch_add(1, std::sync::atomic::Ordering::Relaxed) as f64;
    let context = Context { clock: &clock, ..Context::silent(&monitor, Seed::new(1)) };
    let params = TrainParams { epochs: Some(1000), max_minutes: Some(1.0), ..small() }.check().unwrap();
    let model = train(tasks(6).get("01-T1ce-ED").unwrap(), &params, &context).unwrap();
    assert!((5..60).contains(&model.steps()), "{} steps", model.steps());
    let last = model.history().last().unwrap();
    assert!(last.lr < 0.001, "the rate comes down in time: {last:?}");
}

/// Raises the flag when the third batch is done.
struct Stopper(Cancel);

impl Display for Stopper {
    fn begin(&self, _: u64, _: &str, _: u64) {}
    fn update(&self, _: u64, done: u64, remark: &str) {
        if done == 3 && remark.contains("loss") {
            self.0.raise();
        }
    }
    fn end(&self, _: u64) {}
}

#[test]
fn a_stopped_training_leaves_its_network() {
    let cancel = Cancel::new();
    let monitor = Monitor::new(Arc::new(Stopper(cancel.clone())), cancel);
    let kept: Mutex<Option<Model>> = Mutex::new(None);
    let keep = |model: Model| *kept.lock().unwrap() = Some(model);
    let context = Context { keep: &keep, ..Context::silent(&monitor, Seed::new(1)) };
    let params = TrainParams { epochs: Some(100), ..small() }.check().unwrap();
    let error = train(tasks(6).get("01-T1ce-ED").unwrap(), &params, &context).unwrap_err();
    assert_eq!(error.kind(), Kind::Cancelled);
    let model = kept.lock().unwrap().take().unwrap();
    assert!(model.stopped());
    assert_eq!(model.steps(), 3);
    // One epoch of two batches, and the half of another.
    let remarks = table(model.history(), model.lineage()).unwrap().column("remark").unwrap();
    assert_eq!(remarks, [Cell::Text("kept".into()), Cell::Text("interrupted".into())]);
    assert!(model.history()[1].loss.is_finite() && model.history()[1].lr < model.history()[0].lr);
}

#[test]
fn a_long_step_does_not_hold_up_the_user() {
    let tasks = tasks(6);
    let task = tasks.get("01-T1ce-ED").unwrap();
    let slow = TrainParams { base: Some(32), stages: Some(2), batch: Some(8), steps: Some(1), ..small() };

    let begun = Instant::now();
    let one_step = TrainParams { epochs: Some(1), ..slow.clone() }.check().unwrap();
    train(task, &one_step, &Context::silent(&Monitor::silent(), Seed::new(1))).unwrap();
    let step = begun.elapsed();

    let cancel = Cancel::new();
    let monitor = Monitor::new(Arc::new(Stopper(Cancel::new())), cancel.clone());
    let context = Context::silent(&monitor, Seed::new(1));
    let raised = std::thread::spawn(move || {
        std::thread::sleep(step / 4);
        cancel.raise();
        Instant::now()
    });
    let many_steps = TrainParams { epochs: Some(1000), ..slow }.check().unwrap();
    let error = train(task, &many_steps, &context).unwrap_err();
    let late = raised.join().unwrap().elapsed();
    assert_eq!(error.kind(), Kind::Cancelled);
    assert!(late < step / 2, "stopped {late:?} after it was told, and a step takes {step:?}");
}

fn run(name: &str, sources: &[&str], target: &str, params: &TrainParams, tasks: &Tasks) -> Run {
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(1));
    let sources: Vec<Task> = sources.iter().map(|name| tasks.get(name).unwrap().clone()).collect();
    let strategy = STRATEGIES.iter().find(|strategy| strategy.name() == name).unwrap();
    strategy.run(&sources, tasks.get(target).unwrap(), &params.clone().check().unwrap(), &context).unwrap()
}

#[test]
fn strategies_share_their_training_and_test_cases() {
    let tasks = tasks(6);
    let path = ["01-T1ce-ET", "18-T1ce-ET"];
    let runs = [("scratch", 0), ("direct", 1), ("sequential", 2)]
        .map(|(name, sources)| (name.to_owned(), run(name, &path[..sources], "16-T1ce-ET", &small(), &tasks)));
    let table = compare(&runs).unwrap();
    assert_eq!(table.numbers("test").unwrap(), [3.0; 3]);
    let cases: Vec<String> = table.column("cases").unwrap().iter().map(|cell| cell.text()).collect();
    assert_eq!(cases, ["3", "6 + 3", "6 + 3 + 3"]);
    assert_eq!(table.numbers("steps").unwrap(), [4.0, 6.0, 8.0]);
    assert!(runs[0].1.zero_shot.is_none() && runs[1].1.zero_shot.is_some());
    assert!(runs.iter().all(|(_, run)| run.trained_on() == ["16_000", "16_001", "16_002"]));

    let other = TrainParams { test: Test::Count(2), ..small() };
    let odd = [runs[0].clone(), ("other".into(), run("scratch", &[], "16-T1ce-ET", &other, &tasks))];
    let error = compare(&odd).unwrap_err();
    assert_eq!(error.message(), "scratch and other were judged on different cases of 16-T1ce-ET");
}

#[test]
fn a_comparison_tells_what_is_not_comparable() {
    let tasks = tasks(6);
    let scratch = |task: &str, params: &TrainParams, tasks: &Tasks| {
        ("scratch".to_owned(), run("scratch", &[], task, params, tasks))
    };
    let first = scratch("16-T1ce-ET", &small(), &tasks);
    // The same names, other images.
    let other = PhantomParams {
        size: Some([16; 3]),
        cases: Some(6),
        modalities: vec!["T1ce".into()],
        objectives: vec!["ET".into()],
        ..PhantomParams::default()
    };
    let other = phantom_tasks(&other.check().unwrap(), Seed::new(8)).unwrap();
    let error = compare(&[first.clone(), ("other".into(), scratch("16-T1ce-ET", &small(), &other).1)]).unwrap_err();
    assert!(error.message().contains("scratch and other have cases of the same names, but of other images"), "{error}");
    // Another network, and subjects that were trained on.
    let wide = scratch("16-T1ce-ET", &TrainParams { base: Some(6), patch: Some([8; 3]), ..small() }, &tasks);
    let leak = run(
        "direct",
        &["16-T1ce-ED"],
        "16-T1ce-ET",
        &TrainParams { patch: first.1.model.about().patch.into(), ..small() },
        &tasks,
    );
    assert_eq!(leak.leaks, ["training on 16-T1ce-ED saw subjects that are judged: 16_003 and 2 more"]);
    // A second visit of a subject that the target itself was trained on.
    let mut cases = tasks.get("16-T1ce-ET").unwrap().cases().to_vec();
    cases[4] = cases[4].clone().of_subject(cases[1].subject.clone());
    let visits = Task::new(tasks.get("16-T1ce-ET").unwrap().fields().clone(), cases);
    let monitor = Monitor::silent();
    let twice =
        STRATEGIES[0].run(&[], &visits, &small().check().unwrap(), &Context::silent(&monitor, Seed::new(1))).unwrap();
    assert_eq!(twice.leaks, ["training on 16-T1ce-ET saw subjects that are judged: 16_001"]);
    let table = compare(&[first, ("wide".into(), wide.1), ("leak".into(), leak)]).unwrap();
    let remarks: Vec<String> = table.column("remarks").unwrap().iter().map(|cell| cell.text()).collect();
    assert_eq!(remarks[0], "");
    assert!(remarks[1].starts_with("not the network of scratch: 2 stages from 6 features"), "{remarks:?}");
    assert_eq!(remarks[2], "training on 16-T1ce-ED saw subjects that are judged: 16_003 and 2 more");
}

#[test]
fn a_budget_is_the_same_for_every_strategy() {
    let tasks = tasks(6);
    let params = TrainParams { budget: Some(14), ..small() };
    for (name, sources) in [("scratch", 0), ("direct", 1), ("sequential", 2), ("multi_task", 2)] {
        let run = run(name, &["01-T1ce-ET", "18-T1ce-ET"][..sources], "16-T1ce-ET", &params, &tasks);
        assert_eq!(run.steps(), 14, "{name}");
    }
}

#[test]
fn what_cannot_be_trained_says_why() {
    let tasks = tasks(6);
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(1));
    let target = tasks.get("16-T1ce-ET").unwrap();
    let try_on = |target: &Task, params: TrainParams| {
        STRATEGIES[0].run(&[], target, &params.check().unwrap(), &context).unwrap_err()
    };
    let empty =
        Task::new(TaskName { institution: "16".into(), modality: "T1".into(), objective: "X".into() }, Vec::new());
    assert_eq!(try_on(&empty, small()).message(), "the target 16-T1-X has no cases");
    let none_left = try_on(&target.take(3), small());
    assert_eq!(none_left.message(), "no case of 16-T1ce-ET is left to test on: it has 3 and 3 are for training");
    let too_many = try_on(target, TrainParams { test: Test::Count(9), ..small() });
    assert!(too_many.message().contains("only 3 are left"), "{too_many}");
    let leak = try_on(target, TrainParams { test: Test::Task(target.clone()), ..small() });
    assert!(leak.message().contains("16_000"), "{leak}");
    let odd = try_on(target, TrainParams { patch: Some([16, 15, 16]), ..small() });
    assert_eq!(odd.help_line(), Some("take 14 or 16, or fewer `stages`"));
    let model = train(tasks.get("01-T1ce-ET").unwrap(), &small().check().unwrap(), &context).unwrap();
    let wide = TrainParams { base: Some(8), ..small() }.check().unwrap();
    let told = fine_tune(&model, target, &wide, &context).unwrap_err();
    assert_eq!(told.message(), "option `base` is 8, but the network that is trained further has 4");
    // Elsewhere the system does not say how much memory it has.
    #[cfg(target_os = "linux")]
    {
        let huge = try_on(target, TrainParams { patch: Some([1024; 3]), base: Some(320), ..small() });
        assert!(huge.message().contains("2 patches of 1024x1024x1024 voxels need"), "{huge}");
    }
    let larger = TrainParams { patch: Some([20, 16, 16]), ..small() }.check().unwrap();
    assert_eq!(fine_tune(&model, target, &larger, &context).unwrap().about().patch, [20, 16, 16]);
    let nowhere = TrainParams { checkpoints: Some("".into()), ..small() }.check().unwrap_err();
    assert!(nowhere.message().contains("`checkpoints` must name a folder"), "{nowhere}");
    let wrong = TrainParams { recipe: "quik".into(), ..small() }.check().unwrap_err();
    assert_eq!(wrong.help_line(), Some("recipes: quick, paper, released"));
}

proptest! {
    #[test]
    fn iou_and_dice_of_two_masks_fit(a in prop::collection::vec(any::<bool>(), 27), b in prop::collection::vec(any::<bool>(), 27)) {
        let mask = |bits: &[bool]| Mask::from_fn(Geometry::new([3; 3], [1.0; 3]), |n| bits[n]);
        let score = CaseScore::of("", &mask(&a), &mask(&b), Empty::One).unwrap();
        prop_assert!((score.iou - score.dice / (2.0 - score.dice)).abs() < 1e-12);
        let swapped = CaseScore::of("", &mask(&b), &mask(&a), Empty::One).unwrap();
        prop_assert_eq!(score.dice, swapped.dice);
        prop_assert_eq!(CaseScore::of("", &mask(&a), &mask(&a), Empty::One).unwrap().dice, 1.0);
    }
}
