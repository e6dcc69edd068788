//! Which way the voxel axes run, and turning them to run another way.

use super::geometry::Geometry;
use super::labels::Labels;
use super::mask::Mask;
use super::volume::Volume;
use crate::base::error::{Error, Result};
use crate::base::math::powi;
use crate::base::pages::Pages;

/// The letters of each world axis: towards minus, towards plus.
const LETTERS: [(char, char); 3] = [('L', 'R'), ('P', 'A'), ('I', 'S')];

/// The world axis and direction that each voxel axis runs along most closely.
fn axes(geometry: &Geometry) -> [(usize, bool); 3] {
    let cosine = |world: usize, voxel: usize| {
        let length = (0..3).map(|row| powi(geometry.affine[row][voxel], 2)).sum::<f64>().sqrt();
        if length > 0.0 { geometry.affine[world][voxel] / length } else { 0.0 }
    };
    const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let mut best = (ORDERS[0], f64::NEG_INFINITY);
    for order in ORDERS {
        let fit: f64 = (0..3).map(|voxel| cosine(order[voxel], voxel).abs()).sum();
        if fit > best.1 + 1e-9 {
            best = (order, fit);
        }
    }
    std::array::from_fn(|voxel| (best.0[voxel], cosine(best.0[voxel], voxel) >= 0.0))
}

/// Three letters that say which way i, j, k run: `RAS` is right, anterior, superior.
#[must_use]
pub fn code(geometry: &Geometry) -> String {
    axes(geometry).iter().map(|&(world, plus)| if plus { LETTERS[world].1 } else { LETTERS[world].0 }).collect()
}

/// How to turn: for each new axis the old axis, and whether it is reversed.
struct Turn {
    from: [usize; 3],
    reversed: [bool; 3],
    old: [usize; 3],
    geometry: Geometry,
}

impl Turn {
    fn new(geometry: &Geometry, code: &str) -> Result<Self> {
        let wanted = parse(code)?;
        let now = axes(geometry);
        let from: [usize; 3] = wanted.map(|(world, _)| {
            now.iter().position(|&(axis, _)| axis == world).expect("the axes of an image are a permutation")
        });
        let reversed: [bool; 3] = std::array::from_fn(|axis| now[from[axis]].1 != wanted[axis].1);

        let first = geometry.world(std::array::from_fn(|old| {
            let new = from.iter().position(|&axis| axis == old).expect("a permutation");
            if reversed[new] { (geometry.shape[old] - 1) as f64 } else { 0.0 }
        }));
        let mut affine = geometry.affine;
        for row in 0..3 {
            for axis in 0..3 {
                let step = geometry.affine[row][from[axis]];
                affine[row][axis] = if reversed[axis] { -step } else { step };
            }
            affine[row][3] = first[row];
        }
        let turned =
            Geometry { shape: from.map(|a| geometry.shape[a]), spacing: from.map(|a| geometry.spacing[a]), affine };
        Ok(Turn { from, reversed, old: geometry.shape, geometry: turned })
    }

    /// Position in the old memory of voxel `n` of the new.
    fn source(&self, n: usize) -> usize {
        let [p, q, _] = self.geometry.shape;
        let new = [n % p, n / p % q, n / (p * q)];
        let mut old = [0; 3];
        for axis in 0..3 {
            let last = self.geometry.shape[axis] - 1;
            old[self.from[axis]] = if self.reversed[axis] { last - new[axis] } else { new[axis] };
        }
        old[0] + self.old[0] * (old[1] + self.old[1] * old[2])
    }
}

fn parse(code: &str) -> Result<[(usize, bool); 3]> {
    let letters: Vec<(usize, bool)> = code
        .to_uppercase()
        .chars()
        .filter_map(|c| {
            let world = LETTERS.iter().position(|&(minus, plus)| c == minus || c == plus)?;
            Some((world, c == LETTERS[world].1))
        })
        .collect();
    match letters[..] {
        [a, b, c] if code.chars().count() == 3 && a.0 != b.0 && a.0 != c.0 && b.0 != c.0 => Ok([a, b, c]),
        _ => Err(Error::argument(format!("an orientation is three letters such as RAS, got `{code}`"))
            .help("one letter each of R/L (right, left), A/P (anterior, posterior) and S/I (superior, inferior)")),
    }
}

/// The same image with its voxel axes in the order and direction of `code`; the world does not move.
///
/// # Errors
/// When `code` is not an orientation such as `RAS`.
pub fn reorient(volume: &Volume, code: &str) -> Result<Volume> {
    let turn = Turn::new(volume.geometry(), code)?;
    let from = volume.voxels();
    let voxels = Pages::from_fn(from.len(), |n| from[turn.source(n)]);
    Ok(Volume::new(turn.geometry, voxels).stored_as(volume.dtype()))
}

/// The same for labels.
///
/// # Errors
/// As [`reorient`].
pub fn reorient_labels(labels: &Labels, code: &str) -> Result<Labels> {
    let turn = Turn::new(labels.geometry(), code)?;
    let from = labels.values();
    let values = Pages::from_fn(from.len(), |n| from[turn.source(n)]);
    Ok(Labels::new(turn.geometry, values))
}

/// The same for a mask.
///
/// # Errors
/// As [`reorient`].
pub fn reorient_mask(mask: &Mask, code: &str) -> Result<Mask> {
    let turn = Turn::new(mask.geometry(), code)?;
    Ok(Mask::from_fn(turn.geometry.clone(), |n| mask.get(turn.source(n))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn volume() -> Volume {
        let mut grid = Geometry::new([2, 3, 4], [1.0, 2.0, 3.0]);
        grid.affine = [[0.0, 0.0, -3.0, 5.0], [1.0, 0.0, 0.0, -7.0], [0.0, -2.0, 0.0, 11.0], [0.0, 0.0, 0.0, 1.0]];
        Volume::new(grid, (0..24).map(f64::from).collect::<Vec<_>>())
    }

    #[test]
    fn every_orientation_keeps_every_voxel_in_its_place_in_the_world() {
        let start = volume();
        assert_eq!(code(start.geometry()), "AIL");
        for wanted in ["RAS", "LPS", "PSR", "SLA", "AIL", "ras"] {
            let turned = reorient(&start, wanted).unwrap();
            assert_eq!(code(turned.geometry()), wanted.to_uppercase());
            for (position, index) in [([0, 0, 0], 0), ([1, 2, 3], 23), ([1, 0, 2], 13)] {
                let world = start.geometry().world(position.map(|p| p as f64));
                let found = (0..24).find(|&n| {
                    let [p, q, _] = turned.shape();
                    turned.geometry().world([(n % p) as f64, (n / p % q) as f64, (n / (p * q)) as f64]) == world
                });
                assert_eq!(turned.voxels()[found.unwrap()], f64::from(index));
            }
            assert_eq!(reorient(&turned, "AIL").unwrap(), start);
        }
    }

    #[test]
    fn other_words_are_refused() {
        for bad in ["", "RA", "RAR", "RASx", "XYZ"] {
            assert!(reorient(&volume(), bad).is_err(), "{bad}");
        }
    }
}
