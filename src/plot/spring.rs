//! Places for things that want to be at given distances: stress majorisation, pushing apart, convex hulls.

use super::scene::Point;

/// Places for `count` points whose distances come as near to `wanted(i, j)` as the plane allows.
///
/// SMACOF with weights `wanted^-2` (Gansner, Koren and North, 2005) from a fixed start (a sunflower), so the same
/// question has the same answer. `O(rounds * count^2)`.
#[must_use]
pub fn stress(count: usize, rounds: usize, wanted: impl Fn(usize, usize) -> f64) -> Vec<Point> {
    let distance = |i: usize, j: usize| {
        let d = wanted(i.min(j), i.max(j));
        if d.is_finite() { d.max(1e-3) } else { 1.0 }
    };
    let reach = (0..count).map(|i| if i == 0 { 1.0 } else { distance(0, i) }).fold(1e-3, f64::max);
    let mut places: Vec<Point> = (0..count)
        .map(|i| {
            let (angle, radius) = (i as f64 * 2.399_963_229_73, ((i as f64 + 0.5) / count as f64).sqrt() * reach);
            (radius * angle.cos(), radius * angle.sin())
        })
        .collect();
    for _ in 0..rounds {
        // One point after the other, each with the newest places: the stress never grows.
        for i in 0..count {
            let (mut x, mut y, mut sum) = (0.0, 0.0, 0.0);
            for j in (0..count).filter(|j| *j != i) {
                let d = distance(i, j);
                let weight = 1.0 / (d * d);
                let (dx, dy) = (places[i].0 - places[j].0, places[i].1 - places[j].1);
                let now = dx.hypot(dy).max(1e-9);
                x += weight * (places[j].0 + d * dx / now);
                y += weight * (places[j].1 + d * dy / now);
                sum += weight;
            }
            if sum > 0.0 {
                places[i] = (x / sum, y / sum);
            }
        }
    }
    places
}

/// Moves discs that are nearer than `gap` until none is, or `rounds` are over.
pub fn apart(places: &mut [Point], radii: &[f64], gap: f64, rounds: usize) {
    for _ in 0..rounds {
        let mut moved = false;
        for i in 0..places.len() {
            for j in i + 1..places.len() {
                let (dx, dy) = (places[j].0 - places[i].0, places[j].1 - places[i].1);
                let now = dx.hypot(dy);
                let lack = radii[i] + radii[j] + gap - now;
                if lack > 1e-6 {
                    // Points on top of each other leave in a direction of their own.
                    let angle = (i * 7 + j) as f64;
                    let (ux, uy) = if now > 1e-9 { (dx / now, dy / now) } else { (angle.cos(), angle.sin()) };
                    let half = lack * 0.52;
                    places[i] = (places[i].0 - ux * half, places[i].1 - uy * half);
                    places[j] = (places[j].0 + ux * half, places[j].1 + uy * half);
                    moved = true;
                }
            }
        }
        if !moved {
            break;
        }
    }
}

/// The convex hull of points, counter-clockwise with y up (Andrew's monotone chain).
#[must_use]
pub fn hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let cross = |o: Point, a: Point, b: Point| (a.0 - o.0) * (b.1 - o.1) - (a.1 - o.1) * (b.0 - o.0);
    let chain = |points: &mut dyn Iterator<Item = Point>| {
        let mut out: Vec<Point> = Vec::new();
        for p in points {
            while out.len() >= 2 && cross(out[out.len() - 2], out[out.len() - 1], p) <= 0.0 {
                out.pop();
            }
            out.push(p);
        }
        out.pop();
        out
    };
    let mut lower = chain(&mut sorted.iter().copied());
    lower.extend(chain(&mut sorted.iter().rev().copied()));
    lower
}

/// The hull of discs, as a polygon with round corners.
#[must_use]
pub fn halo(centers: &[Point], radii: &[f64], pad: f64) -> Vec<Point> {
    let round = |(center, radius): (&Point, &f64)| {
        let (center, radius) = (*center, radius + pad);
        (0..32).map(move |i| {
            let angle = f64::from(i) / 32.0 * std::f64::consts::TAU;
            (center.0 + radius * angle.cos(), center.1 + radius * angle.sin())
        })
    };
    hull(&centers.iter().zip(radii).flat_map(round).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: Point, b: Point) -> f64 {
        (a.0 - b.0).hypot(a.1 - b.1)
    }

    #[test]
    fn a_triangle_is_found_exactly() {
        let sides = [[0.0, 3.0, 4.0], [3.0, 0.0, 5.0], [4.0, 5.0, 0.0]];
        let places = stress(3, 400, |i, j| sides[i][j]);
        for i in 0..3 {
            for j in i + 1..3 {
                assert!((distance(places[i], places[j]) - sides[i][j]).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn discs_are_pushed_apart_even_from_one_place() {
        let mut places = vec![(0.0, 0.0); 12];
        let radii = vec![2.0; 12];
        apart(&mut places, &radii, 1.0, 500);
        for i in 0..12 {
            assert!((i + 1..12).all(|j| distance(places[i], places[j]) > 4.9));
        }
    }

    #[test]
    fn hulls_of_few_points() {
        assert!(hull(&[]).is_empty());
        assert_eq!(hull(&[(1.0, 1.0), (1.0, 1.0)]).len(), 1);
        assert_eq!(hull(&[(0.0, 0.0), (2.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 2.0)]).len(), 4);
        assert!(stress(0, 5, |_, _| 1.0).is_empty() && stress(1, 5, |_, _| f64::NAN).len() == 1);
        assert!(halo(&[(0.0, 0.0)], &[3.0], 1.0).len() > 20);
    }
}
