//! Verbs of images of 240x240x155 voxels: milliseconds, best of 7. The numpy and scipy side is images.py.
//!
//! `cargo run --release --example images`

#![allow(clippy::disallowed_methods, clippy::print_stdout)]

use seqtran::image::geometry::Geometry;
use seqtran::image::labels::Labels;
use seqtran::image::normalize::zscore;
use seqtran::image::spacing::{LabelSpacingParams, SpacingParams, labels_to_spacing, to_spacing};
use seqtran::image::volume::Volume;
use std::hint::black_box;
use std::time::Instant;

fn best<T>(name: &str, verb: impl Fn() -> T) {
    let run = |_| {
        let start = Instant::now();
        black_box(verb());
        start.elapsed().as_secs_f64()
    };
    let rounds = if name.starts_with("resample") { 3 } else { 7 };
    println!("{name:24} {:9.2} ms", 1e3 * (0..rounds).map(run).fold(f64::INFINITY, f64::min));
}

fn main() {
    let grid = Geometry::new([240, 240, 155], [1.0; 3]);
    let squared = |n: usize| {
        let part = |at: usize, of: usize| (2.4 * at as f64 / (of - 1) as f64 - 1.2).powi(2);
        part(n % 240, 240) + part(n / 240 % 240, 240) + part(n / 57600, 155)
    };
    let value = |n: usize| if squared(n) < 1.0 { 100.0 + (n * 7919 % 1009) as f64 } else { 0.0 };
    let label = |n: usize| [(0.1, 1), (0.2, 2), (0.3, 4)].iter().find(|(r, _)| squared(n) < *r).map_or(0, |&(_, v)| v);
    let volume = Volume::new(grid.clone(), (0..grid.voxels()).map(value).collect::<Vec<f64>>());
    let labels = Labels::new(grid, (0..volume.voxels().len()).map(label).collect::<Vec<u16>>());
    let (a, b) = (labels.mask(&[1, 4]), labels.mask(&[1, 2]));

    best("mask of one label", || labels.mask(&[1]));
    best("mask of two labels", || labels.mask(&[1, 4]));
    best("voxels of a mask", || a.count());
    best("overlap of two masks", || a.overlap(&b));
    best("counts of labels", || labels.counts());
    best("crop", || volume.crop());
    best("zscore", || zscore(&volume));
    best("resample cubic", || to_spacing(&volume, [1.5, 1.2, 1.1], SpacingParams::default()));
    best("resample labels", || labels_to_spacing(&labels, [1.5, 1.2, 1.1], LabelSpacingParams::default()));
}
