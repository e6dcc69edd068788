//! What every transferability metric must do, over the list.

use ndarray::{Array2, Axis};
use proptest::prelude::*;
use seqtran::affinity::metrics::list::METRICS;
use seqtran::affinity::metrics::metric::Needs;
use seqtran::affinity::metrics::sample::VoxelSample;
use seqtran::base::seed::Seed;
use seqtran::numeric::statistics::mean;

/// Voxels whose classes lie `apart`, each along a feature of its own, and lean that much in the outputs.
fn voxels(n: usize, classes: usize, apart: f64, seed: u64) -> VoxelSample {
    let mut rng = Seed::new(seed).named("law").rng();
    let mut draw = || (0..12).map(|_| rand::Rng::random::<f64>(&mut rng)).sum::<f64>() - 6.0;
    let labels: Vec<usize> = (0..n).map(|i| (i * i + i / 3) % classes).collect();
    let features = Array2::from_shape_fn((n, 4), |(i, j)| draw() + if j == labels[i] { 2.0 * apart } else { 0.0 });
    let mut probabilities =
        Array2::from_shape_fn((n, classes), |(i, z)| (draw() + if z == labels[i] { 2.0 * apart } else { 0.0 }).exp());
    for mut row in probabilities.rows_mut() {
        let sum = row.sum();
        row /= sum;
    }
    VoxelSample { features, probabilities, labels }
}

fn measured(sample: &VoxelSample) -> Vec<f64> {
    let checked = sample.clone().check().unwrap();
    METRICS.iter().map(|metric| (metric.measure)(&checked)).collect()
}

fn reordered(sample: &VoxelSample, order: &[usize]) -> VoxelSample {
    VoxelSample {
        features: sample.features.select(Axis(0), order),
        probabilities: sample.probabilities.select(Axis(0), order),
        labels: order.iter().map(|&n| sample.labels[n]).collect(),
    }
}

#[test]
fn separable_voxels_promise_more_than_shuffled_labels() {
    for classes in [2, 3] {
        let mut gains = vec![Vec::new(); METRICS.len()];
        for seed in 0..5 {
            let sample = voxels(300, classes, 2.0, seed);
            let mut labels = sample.labels.clone();
            labels.rotate_left(101);
            labels.sort_by_key(|&label| label * 7 % 5);
            let shuffled = VoxelSample { labels, ..sample.clone() };
            let pairs = measured(&sample).into_iter().zip(measured(&shuffled));
            pairs.enumerate().for_each(|(n, (own, other))| gains[n].push(own - other));
        }
        for (metric, gains) in METRICS.iter().zip(gains) {
            if metric.name == "transrate" && classes == 2 {
                continue; // It cannot tell: see the next test.
            }
            assert!(gains.iter().all(|&gain| gain > 0.0), "{} {}: {gains:?}", metric.name, metric.variant);
            assert!(mean(&gains).unwrap() > 0.05, "{} {}: {gains:?}", metric.name, metric.variant);
        }
    }
}

/// TransRate's class rates are about the mean of all: two classes of one size on either side of it have the same one each, and
/// so has the whole, wherever they lie.
#[test]
fn transrate_does_not_see_two_equal_classes_apart() {
    let sample = |apart: f64| {
        let features = Array2::from_shape_fn((80, 2), |(i, j)| {
            let noise = ((i / 2) as f64 * (1.3 + j as f64)).sin();
            let side = if i % 2 == 0 { 1.0 } else { -1.0 };
            side * (noise + if j == 0 { apart } else { 0.0 })
        });
        VoxelSample {
            features,
            probabilities: Array2::from_elem((80, 2), 0.5),
            labels: (0..80).map(|i| i % 2).collect(),
        }
    };
    let place = METRICS.iter().position(|metric| metric.name == "transrate").unwrap();
    let gbc = METRICS.iter().position(|metric| metric.variant == "spherical").unwrap();
    let (near, far) = (measured(&sample(0.0)), measured(&sample(5.0)));
    assert!(near[place].abs() < 1e-9 && far[place].abs() < 1e-9, "{} {}", near[place], far[place]);
    assert!(far[gbc] > near[gbc] + 0.5);
}

#[test]
fn names_and_variants_are_unique_and_every_metric_says_what_it_is() {
    for (n, metric) in METRICS.iter().enumerate() {
        assert!(!metric.about.is_empty());
        assert!(METRICS[..n].iter().all(|other| (other.name, other.variant) != (metric.name, metric.variant)));
    }
}

#[test]
fn what_a_metric_does_not_look_at_does_not_matter() {
    let sample = voxels(60, 2, 1.0, 4);
    let features = VoxelSample { features: Array2::zeros((60, 3)), ..sample.clone() };
    let outputs = VoxelSample { probabilities: Array2::from_elem((60, 2), 0.5), ..sample.clone() };
    let (own, features, outputs) = (measured(&sample), measured(&features), measured(&outputs));
    for (n, metric) in METRICS.iter().enumerate() {
        let (same, other) = match metric.needs {
            Needs::Probabilities => (features[n], outputs[n]),
            Needs::Features => (outputs[n], features[n]),
        };
        assert!(same == own[n] && other != own[n], "{} {}: {own:?}", metric.name, metric.variant);
    }
}

#[test]
fn odd_samples_give_numbers() {
    let sample = voxels(40, 2, 1.0, 8);
    let mut dead = sample.clone();
    dead.probabilities =
        Array2::from_shape_fn((40, 3), |(i, z)| if z == 2 { 0.0 } else { sample.probabilities[[i, z]] });
    dead.features.column_mut(1).fill(0.0);
    let perfect = VoxelSample {
        features: Array2::from_shape_fn((40, 2), |(i, z)| f64::from(u8::from(sample.labels[i] == z))),
        probabilities: Array2::from_shape_fn((40, 2), |(i, z)| f64::from(u8::from(sample.labels[i] == z))),
        ..sample.clone()
    };
    let blank = VoxelSample { features: Array2::zeros((40, 3)), ..sample.clone() };
    let two = reordered(&sample, &[0, sample.labels.iter().position(|&l| l != sample.labels[0]).unwrap()]);
    for (case, sample) in [("dead", dead), ("perfect", perfect), ("blank", blank), ("two", two)] {
        for (metric, value) in METRICS.iter().zip(measured(&sample)) {
            assert!(value.is_finite(), "{case}: {} {} is {value}", metric.name, metric.variant);
        }
    }
}

#[test]
fn a_perfect_network_has_the_best_leep_nce_and_gbc() {
    let labels: Vec<usize> = (0..30).map(|i| usize::from(i % 3 == 0)).collect();
    let own = Array2::from_shape_fn((30, 2), |(i, z)| f64::from(u8::from(labels[i] == z)));
    let values = measured(&VoxelSample { features: own.clone(), probabilities: own, labels });
    for (metric, value) in METRICS.iter().zip(values) {
        match metric.name {
            "leep" | "nce" | "gbc" => assert_eq!(value, 0.0, "{} {}", metric.name, metric.variant),
            "h_score" => assert!((value - 1.0).abs() < 1e-9, "{value}"),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn order_and_the_names_of_classes_do_not_matter(seed in 0_u64..1000, classes in 2_usize..4, turn in 1_usize..79) {
        let sample = voxels(80, classes, 0.7, seed);
        let mut order: Vec<usize> = (0..80).collect();
        order.rotate_left(turn);
        order.swap(3, 60);
        let mut other = reordered(&sample, &order);
        other.labels.iter_mut().for_each(|label| *label = 10 - 3 * *label);
        for ((metric, a), b) in METRICS.iter().zip(measured(&sample)).zip(measured(&other)) {
            prop_assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0), "{} {}: {a} {b}", metric.name, metric.variant);
        }
    }

    #[test]
    fn every_value_is_in_its_range(seed in 0_u64..1000, classes in 2_usize..4, apart in 0.0..3.0) {
        for (metric, value) in METRICS.iter().zip(measured(&voxels(50, classes, apart, seed))) {
            let pairs = (classes * (classes - 1)) as f64;
            let fits = match metric.name {
                "leep" | "nce" => value <= 0.0,
                "h_score" => (0.0..=(classes - 1) as f64 + 1e-9).contains(&value),
                "gbc" => (-pairs..=0.0).contains(&value),
                _ => value.is_finite(),
            };
            prop_assert!(fits, "{} {}: {value}", metric.name, metric.variant);
        }
    }

    #[test]
    fn a_balanced_sample_has_one_leep(seed in 0_u64..1000) {
        let sample = voxels(80, 2, 0.7, seed);
        let of = |class| (0..80).filter(|&n| sample.labels[n] == class).collect::<Vec<_>>();
        let (first, second) = (of(0), of(1));
        let even = first.len().min(second.len());
        let values = measured(&reordered(&sample, &[&first[..even], &second[..even]].concat()));
        prop_assert!((values[0] - values[1]).abs() < 1e-12);
    }
}
