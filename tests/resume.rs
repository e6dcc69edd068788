//! Trainings that were cut off go on to the last bit, and none is done twice.
#![allow(clippy::unwrap_used)]

use crate::blink::{tasks, weights};
use crate::folder::Folder;
use crate::program::seqtran;
use seqtran::base::params::Params;
use seqtran::base::progress::{Cancel, Display, Monitor};
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::dataset::task::Task;
use seqtran::dataset::tasks::Tasks;
use seqtran::experiment::run::Run;
use seqtran::experiment::strategies::list::STRATEGIES;
use seqtran::io::store::Store;
use seqtran::train::context::Context;
use seqtran::train::freeze::Freeze;
use seqtran::train::model::Model;
use seqtran::train::options::TrainParams;
use seqtran::train::trainer::{fine_tune, train};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A network that trains in a blink.
fn small() -> TrainParams {
    TrainParams {
        base: Some(4),
        stages: Some(2),
        epochs: Some(3),
        later_epochs: Some(2),
        steps: Some(3),
        ..TrainParams::default()
    }
}

/// Raises the flag at a training's so many-th batch, counted over everything.
struct Stopper {
    cancel: Cancel,
    left: AtomicU64,
}

impl Display for Stopper {
    fn begin(&self, _: u64, _: &str, _: u64) {}
    fn update(&self, _: u64, _: u64, remark: &str) {
        if remark.contains("loss") && self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.cancel.raise();
        }
    }
    fn end(&self, _: u64) {}
}

/// Does the work again and again, each time cut off after so many batches, until it comes through; how often it was cut off.
fn in_pieces<T>(batches: u64, mut work: impl FnMut(&Monitor) -> seqtran::base::error::Result<T>) -> (T, usize) {
    for cuts in 0..1000 {
        let cancel = Cancel::new();
        let stopper = Stopper { cancel: cancel.clone(), left: AtomicU64::new(batches) };
        if let Ok(value) = work(&Monitor::new(Arc::new(stopper), cancel)) {
            return (value, cuts);
        }
    }
    panic!("it never came through");
}

#[test]
fn a_training_in_pieces_is_the_training_in_one() {
    let tasks = tasks(5);
    let (first, second) = (tasks.get("01-T1ce-ET").unwrap(), tasks.get("16-T1ce-ET").unwrap());
    for (recipe, augment) in [("quick", "mirror"), ("paper", "intensity"), ("released", "none")] {
        let params = TrainParams {
            recipe: recipe.into(),
            augment: Some(augment.into()),
            patch: Some([16; 3]),
            checkpoint_seconds: 0.0,
            ..small()
        };
        let whole = {
            let monitor = Monitor::silent();
            let context = Context::silent(&monitor, Seed::new(3));
            let params = params.clone().check().unwrap();
            let model = train(first, &params, &context).unwrap();
            fine_tune(&model, second, &params, &context).unwrap()
        };
        for threads in [1, 2] {
            let folder = Folder::new("pieces");
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let params = TrainParams { checkpoints: Some(folder.0.clone()), ..params.clone() }.check().unwrap();
            let (model, cuts) = pool.install(|| {
                in_pieces(2, |monitor| {
                    let context = Context::silent(monitor, Seed::new(3));
                    let model = train(first, &params, &context)?;
                    fine_tune(&model, second, &params, &context)
                })
            });
            assert!(cuts >= 7, "{recipe}: cut off {cuts} times only");
            assert_eq!(weights(&model), weights(&whole), "{recipe} on {threads} threads");
            let history = |model: &Model| model.history().iter().map(|e| (e.loss, e.dice, e.lr)).collect::<Vec<_>>();
            assert_eq!(format!("{:?}", history(&model)), format!("{:?}", history(&whole)), "{recipe}");
            let names: Vec<String> = {
                let entries = std::fs::read_dir(&folder.0).unwrap();
                let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
                names.sort();
                names
            };
            assert_eq!(
                names,
                ["1-01-T1ce-ET.safetensors", "2-16-T1ce-ET-after-01-T1ce-ET.safetensors"],
                "no state is left"
            );
            let loaded = Model::load(&folder.0.join(&names[1]), "cpu").unwrap();
            assert_eq!(weights(&loaded), weights(&whole));
        }
    }
}

fn run(name: &str, params: &TrainParams, context: &Context, tasks: &Tasks) -> seqtran::base::error::Result<Run> {
    let task = |name: &str| tasks.get(name).unwrap().clone();
    let strategy = STRATEGIES.iter().find(|strategy| strategy.name() == name).unwrap();
    let sources: Vec<Task> = match name {
        "scratch" => vec![],
        "direct" => vec![task("01-T1ce-ED")],
        _ => vec![task("01-T1ce-ED"), task("18-T1ce-ET")],
    };
    strategy.run(&sources, &task("16-T1ce-ET"), &params.clone().check().unwrap(), context)
}

#[test]
fn strategies_in_pieces_and_restarts_are_those_in_one() {
    let tasks = tasks(5);
    for (name, batches) in [("multi_task", 4), ("sequential", 5)] {
        let params = TrainParams { checkpoint_seconds: 0.0, ..small() };
        let whole = run(name, &params, &Context::silent(&Monitor::silent(), Seed::new(3)), &tasks).unwrap();
        let folder = Folder::new("strategies");
        let store = Store::open(&folder.0, 1 << 30).unwrap();
        let (pieces, cuts) = in_pieces(batches, |monitor| {
            let context = Context { store: Some(&store), ..Context::silent(monitor, Seed::new(3)) };
            run(name, &params, &context, &tasks)
        });
        assert!(cuts >= 3, "{name}: cut off {cuts} times only");
        assert_eq!(weights(&pieces.model), weights(&whole.model), "{name}");
        assert_eq!(pieces.dice(), whole.dice());
        let lineage = |run: &Run| run.lineage().iter().map(|t| (t.steps, t.restarts, t.skipped)).collect::<Vec<_>>();
        assert_eq!(lineage(&pieces), lineage(&whole), "{name}");
    }
}

#[test]
fn a_training_that_begins_anew_does_so_in_pieces_too() {
    let params = PhantomParams { size: Some([16; 3]), cases: Some(4), ..PhantomParams::default() };
    let tasks = phantom_tasks(&params.check().unwrap(), Seed::new(7)).unwrap();
    let task = tasks.get("01-T2-NCR").unwrap();
    // Far too high a rate for a small objective.
    let (lr, foreground_weight) = (Some(1.0), Some(0.01));
    let params =
        TrainParams { lr, foreground_weight, epochs: Some(6), steps: Some(10), checkpoint_seconds: 0.0, ..small() };
    let params = params.check().unwrap();
    let whole = train(task, &params, &Context::silent(&Monitor::silent(), Seed::new(1))).unwrap();
    assert_eq!((whole.lineage()[0].restarts, whole.steps()), (1, 110));
    let folder = Folder::new("anew");
    let store = Store::open(&folder.0, 1 << 30).unwrap();
    let (pieces, cuts) = in_pieces(23, |monitor| {
        train(task, &params, &Context { store: Some(&store), ..Context::silent(monitor, Seed::new(1)) })
    });
    assert!(cuts >= 4, "cut off {cuts} times only");
    assert_eq!((pieces.lineage()[0].restarts, pieces.steps(), weights(&pieces)), (1, 110, weights(&whole)));
}

#[test]
fn what_is_frozen_stays_and_new_heads_are_new() {
    let tasks = tasks(5);
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(1));
    let first = train(tasks.get("01-T1ce-ET").unwrap(), &small().check().unwrap(), &context).unwrap();
    let tuned = |freeze, keep_heads| {
        let params = TrainParams { freeze: Some(freeze), keep_heads, ..small() }.check().unwrap();
        fine_tune(&first, tasks.get("16-T1ce-ET").unwrap(), &params, &context).unwrap()
    };
    let changed = |model: &Model| -> Vec<String> {
        let pairs = weights(&first).into_iter().zip(weights(model));
        pairs.filter(|(before, after)| before.1 != after.1).map(|(before, _)| before.0).collect()
    };
    let all: Vec<String> = weights(&first).into_iter().map(|(name, _)| name).collect();
    let count = |prefix: &str| all.iter().filter(|name| name.contains(prefix)).count();
    let heads = first.net().head_parameters().len();
    assert_eq!(heads, 2);
    assert_eq!(changed(&tuned(Freeze::AllButHeads, true)).len(), heads);
    assert_eq!(changed(&tuned(Freeze::Encoder, true)).len(), count("decoder."));
    assert_eq!(changed(&tuned(Freeze::None, true)).len(), all.len());
    let [kept, fresh] = [true, false].map(|keep| tuned(Freeze::AllButHeads, keep));
    assert_ne!(weights(&kept), weights(&fresh));
    assert_eq!(changed(&fresh).len(), heads);
    assert_eq!(fresh.net().head_parameters().iter().filter(|(name, _)| name.ends_with("weight")).count(), 1);
}

#[test]
fn a_training_is_not_done_twice_and_a_path_uses_its_pre_training_again() {
    let tasks = tasks(5);
    let folder = Folder::new("twice");
    let store = Store::open(&folder.0, 1 << 30).unwrap();
    let monitor = Monitor::silent();
    let context = Context { store: Some(&store), ..Context::silent(&monitor, Seed::new(3)) };
    let stored = |run: &Run| run.lineage().iter().map(|training| training.stored).collect::<Vec<_>>();
    let params = TrainParams { source_cases: Some(4), ..small() };
    let first = run("sequential", &params, &context, &tasks).unwrap();
    assert_eq!(stored(&first), [false; 3]);
    let again = run("sequential", &params, &context, &tasks).unwrap();
    assert_eq!((stored(&again), weights(&again.model)), (vec![true; 3], weights(&first.model)));
    assert_eq!(again.model.history().len(), first.model.history().len());
    assert!(again.lineage()[0].line().contains("kept from before"), "{}", again.lineage()[0].line());
    // The same first source, with as many cases; the target's step begins with another network.
    assert_eq!(stored(&run("direct", &params, &context, &tasks).unwrap()), [true, false]);
    // Another option of later steps only.
    let slower = TrainParams { later_lr: Some(0.001), ..params.clone() };
    assert_eq!(stored(&run("sequential", &slower, &context, &tasks).unwrap()), [true, false, false]);
    let anew = TrainParams { reuse: false, ..params.clone() };
    let anew = run("sequential", &anew, &context, &tasks).unwrap();
    assert_eq!((stored(&anew), weights(&anew.model)), (vec![false; 3], weights(&first.model)));
    let other = Context { seed: Seed::new(4), ..context };
    assert_eq!(stored(&run("sequential", &params, &other, &tasks).unwrap()), [false; 3]);
}

#[test]
fn a_stop_loses_no_step() {
    let tasks = tasks(5);
    let task = tasks.get("01-T1ce-ET").unwrap();
    let folder = Folder::new("no-step");
    // No state is due in the whole training.
    let params =
        TrainParams { checkpoints: Some(folder.0.clone()), checkpoint_seconds: 1e6, ..small() }.check().unwrap();
    let steps = std::sync::Mutex::new(Vec::new());
    let keep = |model: Model| steps.lock().unwrap().push(model.steps());
    let mut told = Vec::new();
    let (model, cuts) = in_pieces(2, |monitor| {
        let context = Context { keep: &keep, ..Context::silent(monitor, Seed::new(3)) };
        train(task, &params, &context).inspect_err(|error| told.push(error.help_line().unwrap_or("").to_owned()))
    });
    assert_eq!((cuts, &*steps.lock().unwrap()), (4, &vec![2, 4, 6, 8]));
    assert_eq!(told[1], "asked again, the training goes on from step 4");
    let whole = TrainParams { checkpoints: None, ..(*params).clone() }.check().unwrap();
    let whole = train(task, &whole, &Context::silent(&Monitor::silent(), Seed::new(3))).unwrap();
    assert_eq!(weights(&model), weights(&whole));
}

#[test]
fn paths_to_one_target_share_a_folder() {
    let tasks = tasks(5);
    let folder = Folder::new("shared");
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(3));
    let params = TrainParams { checkpoints: Some(folder.0.clone()), ..small() }.check().unwrap();
    let direct = STRATEGIES.iter().find(|strategy| strategy.name() == "direct").unwrap();
    let target = tasks.get("16-T1ce-ET").unwrap();
    let run = |source: &str| direct.run(&[tasks.get(source).unwrap().clone()], target, &params, &context).unwrap();
    let first = run("01-T1ce-ET");
    assert!(run("18-T1ce-ET").lineage().iter().all(|training| !training.stored));
    let again = run("01-T1ce-ET");
    assert!(again.lineage().iter().all(|training| training.stored) && weights(&again.model) == weights(&first.model));
}

#[test]
fn a_folder_of_another_training_or_with_damage_is_refused() {
    let tasks = tasks(5);
    let (first, second) = (tasks.get("01-T1ce-ET").unwrap(), tasks.get("01-T1ce-ED").unwrap());
    let folder = Folder::new("refused");
    let params = TrainParams { checkpoints: Some(folder.0.clone()), checkpoint_seconds: 0.0, ..small() };
    let go = |task: &Task, params: &TrainParams, batches: u64| {
        let cancel = Cancel::new();
        let stopper = Stopper { cancel: cancel.clone(), left: AtomicU64::new(batches) };
        let monitor = Monitor::new(Arc::new(stopper), cancel);
        train(task, &params.clone().check().unwrap(), &Context::silent(&monitor, Seed::new(3)))
    };
    go(first, &params, 5).unwrap_err();
    let state = folder.0.join("1-01-T1ce-ET.state");
    let kept = std::fs::read(&state).unwrap();
    let refused = |params: &TrainParams, task: &Task, what: &str| {
        let error = go(task, params, 0).unwrap_err();
        assert!(error.message().contains(what) && error.help_line().is_some(), "{error}");
        assert_eq!(error.path(), Some(state.as_path()), "{error}");
        assert_eq!(std::fs::read(&state).unwrap(), kept, "what is there stays");
    };
    refused(&TrainParams { lr: Some(0.02), ..params.clone() }, first, "lr: 0.01 there, 0.02 here");
    refused(&TrainParams { seed: Some(9), ..params.clone() }, first, "seed: 3 there, 9 here");
    refused(&TrainParams { base: Some(8), ..params.clone() }, first, "network's base: 4 there, 8 here");
    refused(
        &TrainParams { cases: Some(4), ..params.clone() },
        first,
        "other cases (5 there, 4 here); other images or labels",
    );
    // Another image under the same names.
    let cases = second.cases().iter().zip(first.cases()).map(|(two, one)| {
        let mut case = two.clone();
        case.id = one.id.clone();
        case
    });
    refused(&params, &Task::new(first.fields().clone(), cases.collect()), "other images or labels");
    for place in [9, kept.len() / 3, kept.len() - 2] {
        let mut damaged = kept.clone();
        damaged[place] ^= 4;
        std::fs::write(&state, &damaged).unwrap();
        let error = go(first, &params, 0).unwrap_err();
        assert!(error.path() == Some(state.as_path()) && error.help_line().is_some(), "{error}");
        assert_eq!(std::fs::read(&state).unwrap(), damaged);
    }
    std::fs::write(&state, &kept[..kept.len() / 2]).unwrap();
    assert_eq!(go(first, &params, 0).unwrap_err().path(), Some(state.as_path()));
    // Whole again: it goes on.
    std::fs::write(&state, &kept).unwrap();
    let whole = go(first, &TrainParams { checkpoints: None, ..params.clone() }, 0).unwrap();
    assert_eq!(weights(&go(first, &params, 0).unwrap()), weights(&whole));
    // The result is looked at in the same way, and not written over either.
    for reuse in [true, false] {
        let error = go(first, &TrainParams { lr: Some(0.02), reuse, ..params.clone() }, 0).unwrap_err();
        assert!(error.path().unwrap().ends_with("1-01-T1ce-ET.safetensors"), "{error}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_stops_the_training_and_keeps_the_network() {
    let tasks = tasks(5);
    let folder = Folder::new("full");
    // A folder stands where the state is to go.
    std::fs::create_dir_all(folder.0.join("1-01-T1ce-ET.state/x")).unwrap();
    let params = TrainParams { checkpoints: Some(folder.0.clone()), checkpoint_seconds: 0.0, ..small() };
    let monitor = Monitor::silent();
    let kept = std::sync::Mutex::new(None);
    let keep = |model: Model| *kept.lock().unwrap() = Some(model);
    let context = Context { keep: &keep, ..Context::silent(&monitor, Seed::new(3)) };
    let error = train(tasks.get("01-T1ce-ET").unwrap(), &params.check().unwrap(), &context).unwrap_err();
    assert!(error.path().is_some() && error.help_line().unwrap().contains("another folder"), "{error}");
    assert!(kept.lock().unwrap().is_none(), "said before a step is made");
    assert!(!folder.0.join("1-01-T1ce-ET.safetensors").exists());
    let file = folder.0.join("file");
    std::fs::write(&file, "x").unwrap();
    let params = TrainParams { checkpoints: Some(file.clone()), ..small() }.check().unwrap();
    let error = train(tasks.get("01-T1ce-ET").unwrap(), &params, &context).unwrap_err();
    assert!(error.path() == Some(file.as_path()) && error.message().contains("checkpoints"), "{error}");
}

const SCRIPT: &str = r#"
    let tasks = phantom_tasks(#{ size: 16, cases: 5, modalities: ["T1ce"], objectives: ["ED", "ET"] });
    let opts = #{
        epochs: 16, later_epochs: 8, steps: 5, base: 4, stages: 2, test: 1,
        checkpoints: args[0], checkpoint_seconds: 0.0,
    };
    direct(tasks["01-T1ce-ET"], tasks["16-T1ce-ET"], opts);
"#;

fn started(script: &Path, folder: &Path, threads: usize) -> std::process::Child {
    let mut command = seqtran();
    command.arg("run").arg(script).arg(folder).env("RAYON_NUM_THREADS", threads.to_string());
    command.stdout(std::process::Stdio::null()).spawn().unwrap()
}

fn weights_in(path: &Path) -> Vec<(String, Vec<u32>)> {
    weights(&Model::load(path, "cpu").unwrap())
}

#[test]
fn a_killed_program_goes_on_to_the_same_bits() {
    let folder = Folder::new("killed");
    let script = folder.0.join("script.rhai");
    std::fs::write(&script, SCRIPT).unwrap();
    let last = "2-16-T1ce-ET-after-01-T1ce-ET.safetensors";
    let whole = folder.0.join("whole");
    assert!(started(&script, &whole, 2).wait().unwrap().success());
    for (threads, first) in [(1, 1), (2, 2)] {
        let cut = folder.0.join(format!("cut{threads}"));
        let mut kills = 0;
        // Each life ends a little after it has written its so many-th state: before, in and after writing the next.
        for life in 0_u64.. {
            let mut child = started(&script, &cut, threads);
            let states =
                [1, 2].map(|n| cut.join(format!("{n}-{}.state", ["01-T1ce-ET", "16-T1ce-ET-after-01-T1ce-ET"][n - 1])));
            let when = |path: &PathBuf| std::fs::metadata(path).and_then(|about| about.modified()).ok();
            let (mut seen, mut changes) = (states.each_ref().map(when), 0);
            let begun = Instant::now();
            let done = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    assert!(status.success());
                    break true;
                }
                let now = states.each_ref().map(when);
                changes += u64::from(now != seen);
                seen = now;
                if changes > first + life % 3 {
                    std::thread::sleep(Duration::from_micros(700 * (life % 5)));
                    child.kill().unwrap();
                    child.wait().unwrap();
                    break false;
                }
                assert!(begun.elapsed() < Duration::from_secs(300), "no progress");
                std::thread::sleep(Duration::from_micros(200));
            };
            if done {
                break;
            }
            kills += 1;
            assert!(life < 200, "it never comes to an end");
        }
        assert!(kills >= 2, "killed {kills} times only");
        for name in ["1-01-T1ce-ET.safetensors", last] {
            assert_eq!(weights_in(&cut.join(name)), weights_in(&whole.join(name)), "{name} on {threads} threads");
        }
    }
}
