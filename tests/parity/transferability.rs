//! Transferability metrics against numpy and scikit-learn, and against values known from elsewhere.

use super::{close, golden, numbers};
use ndarray::Array2;
use seqtran::affinity::metrics::list::METRICS;
use seqtran::affinity::metrics::sample::{CheckedSample, VoxelSample};
use serde_json::Value;

fn matrix(rows: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = rows.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

/// Twelve voxels with three features, made by a formula; the network's outputs lean towards the labels.
fn formula() -> VoxelSample {
    let features = Array2::from_shape_fn((12, 3), |(i, j)| {
        (1.0 + 0.9 * i as f64 + 1.7 * j as f64).sin() + 0.15 * j as f64 * (i % 2) as f64
    });
    let labels: Vec<usize> = (0..12).map(|i| usize::from(i % 3 == 0)).collect();
    let probabilities = Array2::from_shape_fn((12, 2), |(i, z)| {
        let p = 1.0 / (1.0 + (-(0.8 * (1.0 + 0.9 * i as f64).sin() + 0.5 * labels[i] as f64 - 0.3)).exp());
        if z == 1 { p } else { 1.0 - p }
    });
    VoxelSample { features, probabilities, labels }
}

fn sample(case: &Value) -> CheckedSample {
    let sample = match case["made"].as_str().unwrap() {
        "formula" => formula(),
        _ => VoxelSample {
            features: matrix(&case["features"]),
            probabilities: matrix(&case["probabilities"]),
            labels: numbers(&case["labels"]).iter().map(|&label| label as usize).collect(),
        },
    };
    sample.check().unwrap()
}

#[test]
fn metrics_equal_numpy() {
    for case in golden("transferability")["samples"].as_array().unwrap() {
        let sample = sample(case);
        for metric in METRICS {
            let name = format!("{} {}", metric.name, metric.variant);
            let got = (metric.measure)(&sample);
            let wanted = case["values"][name.trim()].as_f64().unwrap();
            assert!((got - wanted).abs() <= 1e-9 * wanted.abs().max(1.0), "{name}: got {got}, wanted {wanted}");
        }
    }
}

#[test]
fn metrics_have_the_known_values() {
    let sample = formula().check().unwrap();
    let golden = golden("transferability");
    let known = golden["samples"][0]["known"].as_object().unwrap();
    assert_eq!(known.len(), METRICS.len() - 1, "all but the balanced LEEP");
    for (name, wanted) in known {
        let metric = METRICS.iter().find(|metric| format!("{} {}", metric.name, metric.variant).trim() == name);
        close((metric.unwrap().measure)(&sample), wanted.as_f64().unwrap(), 5e-11);
    }
}
