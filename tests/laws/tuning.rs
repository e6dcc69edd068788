//! What weights from known results must do: no leaks, no sight of scale, the same draws, a stop that stops.

use proptest::prelude::*;
use seqtran::affinity::known::{Known, Method};
use seqtran::affinity::tuning::{Tuning, TuningParams, tune};
use seqtran::base::error::{Kind, Result};
use seqtran::base::params::Params;
use seqtran::base::progress::{Cancel, Display, Monitor};
use seqtran::base::seed::Seed;
use seqtran::numeric::bayes::SearchParams;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Three to six paths for each of five targets; the Dice falls with both parts, not exactly.
fn results(seed: u64) -> Vec<Known> {
    let mut rng = Seed::new(seed).named("results").rng();
    let mut draw = || rand::Rng::random::<f64>(&mut rng);
    let mut known = Vec::new();
    for target in 0..5 {
        for _ in 0..3 + target % 4 {
            let (image, label) = (300.0 * draw(), 0.1 * draw());
            let dice = 0.9 - 0.0006 * image - 1.5 * label - 0.15 * draw();
            known.push(Known { target: format!("t{target}"), image, label, dice });
        }
    }
    known
}

fn tuned(known: &[Known], params: &TuningParams) -> Result<Tuning> {
    tune(known, &params.clone().check().unwrap(), Seed::new(5), &Monitor::silent())
}

fn held_out() -> TuningParams {
    TuningParams { leave_one_out: true, ..TuningParams::default() }
}

#[test]
fn a_target_has_no_part_in_its_own_weights() {
    for method in [Method::Exact, Method::Bayes] {
        let search = SearchParams { evaluations: 15, ..SearchParams::default() };
        let params = TuningParams { method, search, ..held_out() };
        let known = results(1);
        let mut other = known.clone();
        other.iter_mut().filter(|row| row.target == "t2").for_each(|row| row.dice = 1.0 - row.dice * row.dice);
        let (before, after) = (tuned(&known, &params).unwrap(), tuned(&other, &params).unwrap());
        assert_eq!(before.weights_for("t2").unwrap(), after.weights_for("t2").unwrap());
        assert_ne!(before.weights_for("t3").unwrap(), after.weights_for("t3").unwrap());
        assert_ne!(before.weights, after.weights);
        assert_eq!(before.weights_for("elsewhere").unwrap(), before.weights);
    }
}

#[test]
fn held_out_weights_are_those_of_the_other_targets_alone() {
    let known = results(2);
    let tuning = tuned(&known, &held_out()).unwrap();
    for of in &tuning.targets {
        let others: Vec<Known> = known.iter().filter(|row| row.target != of.target).cloned().collect();
        assert_eq!(of.held_out, Some(tuned(&others, &TuningParams::default()).unwrap().weights));
        assert!(of.held_out_correlation.unwrap() < 0.0 && of.rows >= 3);
    }
}

#[test]
fn leaks_are_refused_or_told() {
    let known = results(3);
    let with = |evaluated: &[&str], allow_leak, leave_one_out| {
        let evaluated = evaluated.iter().map(|name| (*name).to_owned()).collect();
        tuned(&known, &TuningParams { evaluated, allow_leak, leave_one_out, ..TuningParams::default() })
    };
    let error = with(&["elsewhere", "t1"], false, false).unwrap_err();
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.message().contains("target t1") && error.help_line().unwrap().contains("allow_leak"), "{error}");
    assert_eq!(with(&["elsewhere"], false, false).unwrap().warnings, Vec::<String>::new());
    assert!(with(&["t1", "t2"], true, false).unwrap().warnings[0].contains("leak: 2 of the evaluated"));
    assert!(with(&[], false, false).unwrap().warnings[0].starts_with("leak: judged on the targets of these rows"));
    assert!(with(&["t1"], false, true).unwrap().warnings[0].contains("weights_for(target)"));
    let error = with(&[], false, false).unwrap().weights_for("t1").unwrap_err();
    assert!(error.help_line().unwrap().contains("leave_one_out"), "{error}");
}

#[test]
fn comparing_inside_targets_does_not_see_their_levels() {
    let known = results(4);
    let mut lifted = known.clone();
    lifted.iter_mut().filter(|row| row.target == "t0").for_each(|row| row.dice -= 0.3);
    let params = |within| TuningParams { within, ..TuningParams::default() };
    let alpha = |known: &[Known], within| tuned(known, &params(within)).unwrap().weights.alpha;
    assert!((alpha(&known, true) / alpha(&lifted, true) - 1.0).abs() < 1e-9);
    assert!((alpha(&known, false) / alpha(&lifted, false) - 1.0).abs() > 1e-3);
}

#[test]
fn too_little_to_go_by_is_said() {
    let known = results(5);
    let message = |known: &[Known]| tuned(known, &TuningParams::default()).unwrap_err().message().to_owned();
    assert!(message(&known[..2]).contains("at least three known results, got 2"));
    let same: Vec<Known> = known.iter().map(|row| Known { dice: 0.5, ..row.clone() }).collect();
    assert!(message(&same).contains("constant"));
    let mut holed = known.clone();
    holed[4].label = f64::NAN;
    assert!(message(&holed).contains("row 4 has no finite label"));
    let one: Vec<Known> = known.iter().filter(|row| row.target == "t3").cloned().collect();
    let alone = tuned(&one, &held_out()).unwrap();
    assert_eq!((alone.intervals, alone.targets[0].held_out), (None, None));
    assert!(alone.weights_for("t3").is_err());
}

/// Counts steps, and raises the flag after some.
struct Counter {
    steps: AtomicU64,
    stop_at: u64,
    cancel: Cancel,
}

impl Display for Counter {
    fn begin(&self, _: u64, label: &str, total: u64) {
        assert_eq!((label, total), ("tune weights", 6 * 12));
    }
    fn update(&self, _: u64, done: u64, remark: &str) {
        assert!(remark.starts_with("correlation -0."), "{remark}");
        self.steps.store(done, Ordering::Relaxed);
        if done >= self.stop_at {
            self.cancel.raise();
        }
    }
    fn end(&self, _: u64) {}
}

#[test]
fn the_search_tells_its_progress_and_can_be_stopped() {
    let search = SearchParams { evaluations: 12, ..SearchParams::default() };
    let params = TuningParams { method: Method::Bayes, search, ..held_out() }.check().unwrap();
    for (stop_at, wanted) in [(1000, 72), (20, 20)] {
        let cancel = Cancel::new();
        let counter = Arc::new(Counter { steps: AtomicU64::new(0), stop_at, cancel: cancel.clone() });
        let result = tune(&results(6), &params, Seed::new(1), &Monitor::new(counter.clone(), cancel));
        assert_eq!(counter.steps.load(Ordering::Relaxed), wanted);
        assert_eq!(result.err().map(|error| error.kind()), (stop_at < 72).then_some(Kind::Cancelled));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn units_of_a_part_move_only_its_weight(seed in 0_u64..500, factor in 0.01_f64..100.0) {
        let known = results(seed);
        let scaled: Vec<Known> = known.iter().map(|row| Known { image: row.image * factor, ..row.clone() }).collect();
        let params = TuningParams { bootstrap: seqtran::numeric::bootstrap::BootstrapParams { draws: 20, level: 0.9 }, ..TuningParams::default() };
        let (a, b) = (tuned(&known, &params).unwrap().weights, tuned(&scaled, &params).unwrap().weights);
        prop_assert!((a.correlation - b.correlation).abs() < 1e-9);
        prop_assert!((a.alpha * b.beta - b.alpha * a.beta * factor).abs() < 1e-9 * (1.0 + factor), "{a:?} {b:?}");
    }

    #[test]
    fn intervals_are_ordered_seeded_and_of_sum_one(seed in 0_u64..500) {
        let known = results(seed);
        let tuning = tuned(&known, &TuningParams::default()).unwrap();
        prop_assert_eq!(tuning.intervals, tuned(&known, &TuningParams::default()).unwrap().intervals);
        let of = tuning.intervals.unwrap();
        for [low, high] in [of.alpha, of.beta, of.correlation] {
            prop_assert!(low <= high);
        }
        prop_assert!((of.alpha[0] + of.beta[1] - 1.0).abs() < 1e-9 && (of.alpha[1] + of.beta[0] - 1.0).abs() < 1e-9);
        prop_assert!(of.correlation[0] <= tuning.weights.correlation && of.draws == 1000);
    }
}
