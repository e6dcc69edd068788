//! Connected parts of a mask.

use super::mask::Mask;

/// The largest part of a mask whose voxels touch by faces, edges or corners (26 neighbours); of parts of one size the one
/// with the first voxel in memory. An empty mask stays empty.
#[must_use]
pub fn largest(mask: &Mask) -> Mask {
    let mut part_of = vec![0_u32; mask.geometry().voxels()];
    let (mut best, mut most) = (0, 0);
    let mut parts = 0;
    for start in 0..part_of.len() {
        if !mask.get(start) || part_of[start] != 0 {
            continue;
        }
        parts += 1;
        let size = flood(mask, start, parts, &mut part_of);
        if size > most {
            (best, most) = (parts, size);
        }
    }
    Mask::from_fn(mask.geometry().clone(), |n| best != 0 && part_of[n] == best)
}

/// Marks the part around a voxel and counts it.
fn flood(mask: &Mask, start: usize, part: u32, part_of: &mut [u32]) -> usize {
    let [x, y, z] = mask.shape();
    let mut size = 0;
    let mut open = vec![start];
    part_of[start] = part;
    while let Some(n) = open.pop() {
        size += 1;
        let (i, j, k) = (n % x, n / x % y, n / (x * y));
        for k in k.saturating_sub(1)..(k + 2).min(z) {
            for j in j.saturating_sub(1)..(j + 2).min(y) {
                for i in i.saturating_sub(1)..(i + 2).min(x) {
                    let next = i + x * (j + y * k);
                    if part_of[next] == 0 && mask.get(next) {
                        part_of[next] = part;
                        open.push(next);
                    }
                }
            }
        }
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::geometry::Geometry;

    fn mask(inside: &[[usize; 3]]) -> Mask {
        let grid = Geometry::new([6, 5, 4], [1.0; 3]);
        Mask::from_fn(grid, |n| inside.contains(&[n % 6, n / 6 % 5, n / 30]))
    }

    #[test]
    fn corners_connect_and_gaps_do_not() {
        // Three voxels along a diagonal, two beside each other, one alone.
        let diagonal = [[0, 0, 0], [1, 1, 1], [2, 2, 2]];
        let rest = [[5, 0, 0], [5, 1, 0], [0, 4, 3]];
        assert_eq!(largest(&mask(&[&diagonal[..], &rest[..]].concat())), mask(&diagonal));
        // A row's end does not touch the next row's beginning.
        assert_eq!(largest(&mask(&[[5, 0, 0], [0, 1, 0], [1, 1, 0]])), mask(&[[0, 1, 0], [1, 1, 0]]));
    }

    #[test]
    fn of_equals_the_first_and_of_nothing_nothing() {
        assert_eq!(largest(&mask(&[[0, 0, 0], [3, 3, 3]])), mask(&[[0, 0, 0]]));
        assert_eq!(largest(&mask(&[])), mask(&[]));
        let whole: Vec<[usize; 3]> = (0..120).map(|n| [n % 6, n / 6 % 5, n / 30]).collect();
        assert_eq!(largest(&mask(&whole)).count(), 120);
    }
}
