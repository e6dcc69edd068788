//! Images brought to a spacing are what scikit-image and scipy make of them by nnU-Net's steps.

#![allow(clippy::unwrap_used)]

use seqtran::image::geometry::Geometry;
use seqtran::image::labels::Labels;
use seqtran::image::spacing::{
    LabelOrder, LabelSpacingParams, Order, Separate, SpacingParams, labels_to_spacing, to_spacing,
};
use seqtran::image::volume::Volume;

fn three<T: std::str::FromStr>(text: &str) -> [T; 3] {
    let mut cells = text.split('x').map(|n| n.parse::<T>().ok().unwrap());
    std::array::from_fn(|_| cells.next().unwrap())
}

/// The labels of tests/golden/spacing.py.
fn blobs(grid: &Geometry) -> Labels {
    let [x, y, _] = grid.shape;
    let label = |n: usize| {
        let (i, j, k) = (n % x, n / x % y, n / (x * y));
        match (n % 11 == 3, i + j + k > 3 && j > 1) {
            (true, _) => 5,
            (_, true) => 1 + u16::from(2 * i >= x),
            _ => 0,
        }
    };
    Labels::new(grid.clone(), (0..grid.voxels()).map(label).collect::<Vec<u16>>())
}

#[test]
fn spacing_equals_scikit_image_and_scipy() {
    let mut compared = 0;
    for line in include_str!("golden/spacing.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let grid = Geometry::new(three(cells[0]), three(cells[1]));
        let target: [f64; 3] = three(cells[2]);
        let separate = match cells[3] {
            "auto" => Separate::Auto,
            "on" => Separate::On,
            _ => Separate::Off,
        };
        let wanted: Vec<f64> = cells[6].split(' ').map(|v| v.parse().unwrap()).collect();
        let found: Vec<f64> = if cells[4] == "cubic" || cells[4] == "linear" {
            let voxels: Vec<f64> = (0..grid.voxels()).map(|n| (n * 7919 % 1009) as f64 - 300.0).collect();
            let order = if cells[4] == "cubic" { Order::Cubic } else { Order::Linear };
            let found =
                to_spacing(&Volume::new(grid.clone(), voxels), target, SpacingParams { order, separate }).unwrap();
            assert_eq!(found.shape(), three::<usize>(cells[5]), "{}", &line[..40]);
            assert_eq!(*found.geometry(), grid.resized(found.shape()));
            found.voxels().to_vec()
        } else {
            let order = if cells[4] == "labels" { LabelOrder::Linear } else { LabelOrder::Nearest };
            let found = labels_to_spacing(&blobs(&grid), target, LabelSpacingParams { order, separate }).unwrap();
            assert_eq!(found.shape(), three::<usize>(cells[5]), "{}", &line[..40]);
            found.values().iter().map(|&v| f64::from(v)).collect()
        };
        assert_eq!(found.len(), wanted.len());
        for (n, (a, b)) in found.iter().zip(&wanted).enumerate() {
            assert!((a - b).abs() <= 1e-9, "{}: voxel {n}: {a} and {b}", &line[..40]);
        }
        compared += 1;
    }
    assert_eq!(compared, 40);
}
