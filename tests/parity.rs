//! The same numbers as the Python world: golden files beside the scripts that made them (`tests/golden/*.py`).
#![allow(clippy::unwrap_used)]

mod affinity;
mod agreement;
mod clouds;
mod communities;
mod linkage;
mod numeric;
mod statistics;
mod transferability;
mod tuning;

use serde_json::Value;

/// A golden file.
fn golden(name: &str) -> Value {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))).unwrap()
}

/// An array of numbers.
fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(got: f64, wanted: f64, tolerance: f64) {
    assert!((got - wanted).abs() <= tolerance * wanted.abs().max(1.0), "got {got}, wanted {wanted}");
}
