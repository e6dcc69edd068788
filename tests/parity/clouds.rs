//! Distances of point clouds against POT.

use super::{close, golden, numbers};
use ndarray::Array2;
use seqtran::numeric::{assignment, sliced};

#[test]
fn exact_and_sliced_distances_equal_pot() {
    for case in golden("clouds").as_array().unwrap() {
        let (a, b) = (numbers(&case["a"]), numbers(&case["b"]));
        let points = case["points"].as_u64().unwrap() as usize;
        close(assignment::w1(&a, &b, points), case["exact"].as_f64().unwrap(), 1e-9);
        let wide = a.len().max(b.len()) / points;
        let directions = numbers(&case["directions"]);
        let directions = Array2::from_shape_vec((directions.len() / wide, wide), directions).unwrap();
        // A cloud of fewer coordinates meets the first of each direction: the others are zero.
        let along = |cloud: &[f64]| {
            let cloud = Array2::from_shape_vec((points, cloud.len() / points), cloud.to_vec()).unwrap();
            sliced::along(directions.slice(ndarray::s![.., ..cloud.ncols()]), cloud.t())
        };
        let (x, y) = (along(&a), along(&b));
        let mean = x.iter().zip(&y).map(|(x, y)| (x - y).abs()).sum::<f64>() / x.len() as f64;
        close(mean, case["sliced"].as_f64().unwrap(), 1e-9);
    }
}
