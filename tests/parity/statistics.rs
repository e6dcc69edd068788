//! Rank correlations against scipy, a judgement against numpy and scipy.

use super::{close, golden, numbers};
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::numeric::bootstrap::BootstrapParams;
use seqtran::numeric::judge::{JudgeParams, Trial, judge, verdicts};
use seqtran::numeric::ranks::{ranks, spearman, weighted_kendall};

#[test]
fn rank_correlations_equal_scipy() {
    for case in golden("rank_statistics")["pairs"].as_array().unwrap() {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        close(weighted_kendall(&x, &y).unwrap(), case["weighted"].as_f64().unwrap(), 1e-12);
        close(spearman(&x, &y).unwrap(), case["spearman"].as_f64().unwrap(), 1e-12);
        assert_eq!(ranks(&x), numbers(&case["ranks"]));
    }
}

#[test]
fn a_judgement_equals_scipy() {
    let golden = golden("rank_statistics");
    let case = &golden["judgement"];
    let trial = |trial: &serde_json::Value| Trial {
        target: trial["target"].as_str().unwrap().into(),
        values: numbers(&trial["values"]),
        dice: numbers(&trial["dice"]),
    };
    let trials: Vec<Trial> = case["trials"].as_array().unwrap().iter().map(trial).collect();
    let bootstrap = BootstrapParams { draws: 20_000, level: 0.95 };
    let top = case["top"].as_u64().unwrap() as usize;
    let params = JudgeParams { higher: false, top, bootstrap }.check().unwrap();
    let verdicts = verdicts(&trials, &params).unwrap();
    for (v, row) in verdicts.iter().zip(case["rows"].as_array().unwrap()) {
        let got = [v.pearson, v.kendall, v.weighted, v.spearman, Some(v.regret), Some(v.hit)];
        got.iter().zip(numbers(row)).for_each(|(got, wanted)| close(got.unwrap(), wanted, 1e-12));
    }
    let measures = judge(&verdicts, &params, Seed::new(5));
    for (measure, wanted) in measures.iter().zip(numbers(&case["means"])) {
        close(measure.mean.unwrap(), wanted, 1e-12);
    }
    // Other draws: the ends of the interval agree to what 20,000 draws of five values can say, about a tenth of a point.
    let interval = measures[4].interval.unwrap();
    interval
        .iter()
        .zip(numbers(&case["regret_interval"]))
        .for_each(|(got, wanted)| assert!((got - wanted).abs() < 0.3));
}
