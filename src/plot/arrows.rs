//! Ways of arrows between discs: straight where that is free, else bent round what is in the way.

use super::scene::{Point, Rect};
use crate::base::math::hypot;

/// How far an arrow keeps from a disc that it has nothing to do with.
const CLEAR: f64 = 6.0;
/// Pieces of a bent arrow.
const PIECES: usize = 48;

/// Points of the way from `from` to `to`: the two for a straight one, more for one that is bent round the `discs` (centres
/// and radii, without the discs at its ends). Where no bend is free, the one that touches the fewest.
#[must_use]
pub fn way(from: Point, to: Point, discs: &[(Point, f64)], area: Rect) -> Vec<Point> {
    let straight = vec![from, to];
    if touched(&straight, discs) == 0.0 {
        return straight;
    }
    let bends = (1..=14).flat_map(|step| [1.0, -1.0].map(|side| side * 0.06 * f64::from(step)));
    let ways = bends.flat_map(|bend| [0.5, 0.3, 0.7].map(|peak| (bend, peak)));
    let priced = ways.map(|(bend, peak)| {
        let points = bent(from, to, bend, peak);
        let inside = points
            .iter()
            .all(|p| p.0 > area.x + 4.0 && p.1 > area.y + 4.0 && p.0 < area.right() - 4.0 && p.1 < area.bottom() - 4.0);
        let price = touched(&points, discs) + bend.abs() * 2.0 + f64::from(u8::from(!inside)) * 9.0;
        (price, points)
    });
    let best = priced.min_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|best| best.0 < touched(&straight, discs)).map_or(straight, |best| best.1)
}

/// A quadratic curve that leaves the straight line by about `bend` times its length, most near `peak` of it.
fn bent(from: Point, to: Point, bend: f64, peak: f64) -> Vec<Point> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let control = (from.0 + dx * peak - dy * 2.0 * bend, from.1 + dy * peak + dx * 2.0 * bend);
    let at = |i: usize| {
        let s = i as f64 / PIECES as f64;
        let mix = |a: f64, b: f64, c: f64| (1.0 - s) * (1.0 - s) * a + 2.0 * s * (1.0 - s) * b + s * s * c;
        (mix(from.0, control.0, to.0), mix(from.1, control.1, to.1))
    };
    (0..=PIECES).map(at).collect()
}

/// How many discs a way touches; one that it crosses near the middle counts more.
fn touched(points: &[Point], discs: &[(Point, f64)]) -> f64 {
    let one = |(center, radius): &(Point, f64)| {
        let near = points.windows(2).map(|pair| gap(*center, pair[0], pair[1])).fold(f64::INFINITY, f64::min);
        let reach = radius + CLEAR;
        if near < reach { 4.0 + 4.0 * (1.0 - near / reach) } else { 0.0 }
    };
    discs.iter().map(one).sum()
}

/// The distance of a point from a piece of a line.
#[must_use]
pub fn gap(point: Point, from: Point, to: Point) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = (dx * dx + dy * dy).max(1e-12);
    let share = (((point.0 - from.0) * dx + (point.1 - from.1) * dy) / length).clamp(0.0, 1.0);
    hypot(from.0 + dx * share - point.0, from.1 + dy * share - point.1)
}

/// The part of a way that begins `start` after its first point and ends `end` before its last.
#[must_use]
pub fn trimmed(points: &[Point], start: f64, end: f64) -> Vec<Point> {
    let lengths: Vec<f64> = points.windows(2).map(|p| hypot(p[1].0 - p[0].0, p[1].1 - p[0].1)).collect();
    let whole: f64 = lengths.iter().sum();
    let (first, last) = (start, (whole - end).max(start));
    let along = |wanted: f64| {
        let mut walked = 0.0;
        for (pair, length) in points.windows(2).zip(&lengths) {
            if walked + length >= wanted && *length > 0.0 {
                let share = (wanted - walked) / length;
                return (pair[0].0 + (pair[1].0 - pair[0].0) * share, pair[0].1 + (pair[1].1 - pair[0].1) * share);
            }
            walked += length;
        }
        points[points.len() - 1]
    };
    let mut out = vec![along(first)];
    let mut walked = 0.0;
    for (point, length) in points[1..].iter().zip(&lengths) {
        walked += length;
        if walked > first + 1e-9 && walked < last - 1e-9 {
            out.push(*point);
        }
    }
    out.push(along(last));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect::new(0.0, 0.0, 400.0, 400.0);

    #[test]
    fn a_free_way_is_straight_and_another_goes_round() {
        let (from, to) = ((50.0, 200.0), (350.0, 200.0));
        assert_eq!(way(from, to, &[((200.0, 300.0), 20.0)], AREA), [from, to]);
        let discs = [((200.0, 205.0), 20.0), ((200.0, 150.0), 20.0)];
        let points = way(from, to, &discs, AREA);
        assert!(points.len() > 2 && points[0] == from && points[points.len() - 1] == to);
        for (center, radius) in discs {
            assert!(points.windows(2).all(|pair| gap(center, pair[0], pair[1]) > radius));
        }
    }

    #[test]
    fn where_no_way_is_free_there_is_still_one() {
        let wall: Vec<(Point, f64)> = (0..20).map(|i| ((200.0, f64::from(i) * 20.0), 30.0)).collect();
        assert!(way((50.0, 200.0), (350.0, 200.0), &wall, AREA).len() >= 2);
    }

    #[test]
    fn ends_are_cut_off_along_the_way() {
        let points = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)];
        assert_eq!(trimmed(&points, 4.0, 3.0), [(4.0, 0.0), (10.0, 0.0), (10.0, 7.0)]);
        assert_eq!(trimmed(&[(0.0, 0.0), (10.0, 0.0)], 6.0, 9.0), [(6.0, 0.0), (6.0, 0.0)]);
    }
}
