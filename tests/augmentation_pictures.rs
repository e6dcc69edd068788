//! Each transform of the augmentation as a picture, pixel by pixel against one that somebody has looked at.
#![allow(clippy::unwrap_used)]

use crate::figures::decoded;
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::image::normalize::zscore;
use seqtran::train::augment::list::{Choice, TRANSFORMS, vary};
use seqtran::train::augment::place::Source;
use std::path::{Path, PathBuf};

/// Voxels along an edge of the phantom, pixels along an edge of a tile.
const EDGE: usize = 48;

/// A slice as rows of red, green and blue.
type Tile = Vec<[u8; 3]>;

/// The slice k of a case, its intensities between -2 and 3 as grey, its objective redder.
fn tile(image: &[f32], label: &[u8], k: usize) -> Tile {
    let pixel = |n: usize| {
        let grey = ((image[n].clamp(-2.0, 3.0) + 2.0) * 51.0).round() as u8;
        if label[n] == 1 { [grey.max(128), grey / 2, grey / 2] } else { [grey; 3] }
    };
    (0..EDGE * EDGE).map(|at| pixel(k * EDGE * EDGE + (EDGE - 1 - at / EDGE) * EDGE + at % EDGE)).collect()
}

/// The unchanged case, each transform, and all of them by chance.
fn tiles() -> Vec<(&'static str, Tile)> {
    let params = PhantomParams { size: Some([EDGE; 3]), cases: Some(1), ..PhantomParams::default() };
    let tasks = phantom_tasks(&params.check().unwrap(), Seed::new(0)).unwrap();
    let case = tasks.get("16-T1ce-NCR").unwrap().cases()[0].clone();
    let image: Vec<f32> = zscore(&case.source.image().unwrap()).voxels().iter().map(|&v| v as f32).collect();
    let mask = case.source.mask().unwrap();
    let label: Vec<u8> = (0..image.len()).map(|n| u8::from(mask.get(n))).collect();
    let area = |k: usize| label[k * EDGE * EDGE..(k + 1) * EDGE * EDGE].iter().filter(|class| **class == 1).count();
    let k = (0..EDGE).max_by_key(|&k| area(k)).unwrap();
    let source = Source { image: &image, label: &label, shape: [EDGE; 3], corner: [0; 3] };
    let mut tiles = vec![("unchanged", tile(&image, &label, k))];
    let choices = TRANSFORMS.iter().map(|one| (one.name, Choice::Only(one))).chain([("nnunet", Choice::Chance)]);
    for (name, choice) in choices {
        let (mut new, mut mask) = (vec![0.0; image.len()], vec![0; image.len()]);
        vary(&source, [EDGE; 3], choice, Seed::new(6), &mut new, &mut mask);
        tiles.push((name, tile(&new, &mask, k)));
    }
    tiles
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/augmentation.png")
}

/// Tiles side by side.
fn write(tiles: &[(&str, Tile)]) {
    let row = |y: usize| tiles.iter().flat_map(move |(_, tile)| tile[y * EDGE..(y + 1) * EDGE].concat());
    let pixels: Vec<u8> = (0..EDGE).flat_map(row).collect();
    let file = std::fs::File::create(golden()).unwrap();
    let mut encoder = png::Encoder::new(file, (tiles.len() * EDGE) as u32, EDGE as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
}

fn read() -> (usize, Vec<u8>) {
    let (width, _, pixels) = decoded(&std::fs::read(golden()).unwrap());
    (width as usize, pixels)
}

/// Pixels of two tiles that are not alike up to a last bit rounded the other way.
fn unlike(a: &Tile, b: &Tile) -> usize {
    a.iter().zip(b).filter(|(a, b)| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > 1)).count()
}

#[test]
fn each_transform_draws_the_picture_that_was_looked_at() {
    let tiles = tiles();
    if std::env::var_os("SEQTRAN_WRITE_GOLDEN").is_some() {
        write(&tiles);
    }
    let (width, pixels) = read();
    assert_eq!(width, tiles.len() * EDGE, "a tile for each transform");
    for (n, (name, now)) in tiles.iter().enumerate() {
        let at = |y: usize, x: usize| 3 * (y * width + n * EDGE + x);
        let then: Tile = (0..EDGE * EDGE).map(|p| pixels[at(p / EDGE, p % EDGE)..][..3].try_into().unwrap()).collect();
        let differ = unlike(&then, now);
        assert!(differ <= 2, "{name}: {differ} pixels differ from {}", golden().display());
        // The comparison can fail: no picture passes for the one before it.
        let others = tiles.iter().filter(|(other, tile)| other != name && unlike(tile, now) <= 2);
        let others: Vec<_> = others.map(|(other, _)| other).collect();
        assert!(others.is_empty(), "{name} looks like {others:?}");
    }
}
