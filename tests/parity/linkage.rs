//! Average linkage against scipy.

use super::{close, golden, numbers};
use seqtran::numeric::linkage::{average, leaves};

#[test]
fn average_linkage_equals_scipy() {
    for case in golden("linkage")["cases"].as_array().unwrap() {
        let rows: Vec<Vec<f64>> = case["distance"].as_array().unwrap().iter().map(numbers).collect();
        let merges = average(&rows.concat(), rows.len());
        let wanted: Vec<Vec<f64>> = case["linkage"].as_array().unwrap().iter().map(numbers).collect();
        assert_eq!(merges.len(), wanted.len());
        for (merge, wanted) in merges.iter().zip(wanted) {
            assert_eq!([merge.a as f64, merge.b as f64, merge.count as f64], [wanted[0], wanted[1], wanted[3]]);
            close(merge.height, wanted[2], 1e-12);
        }
        let order: Vec<usize> = serde_json::from_value(case["leaves"].clone()).unwrap();
        assert_eq!(leaves(&merges, rows.len()), order);
    }
    assert_eq!((leaves(&average(&[0.0], 1), 1), leaves(&average(&[], 0), 0)), (vec![0], vec![]));
}
