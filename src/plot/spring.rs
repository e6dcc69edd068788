//! Places for things that want to be at given distances: stress majorisation, pushing apart, convex hulls.

use super::scene::Point;
use crate::base::error::Result;
use crate::base::math::{cos, hypot, sin};

/// Called before every round; an error stops the work.
pub type Tick<'a> = &'a dyn Fn() -> Result<()>;

/// Pairs that are looked at in all rounds together, about half a second's work; so many rounds fit for hundreds of points.
const PAIRS: usize = 150_000_000;

/// How many of the wished rounds are made for so many points.
#[must_use]
pub fn rounds(count: usize, wished: usize) -> usize {
    wished.min((PAIRS / (count * count).max(1)).max(20))
}

/// Places for `count` points whose distances come as near to `wanted(i, j)` as the plane allows.
///
/// SMACOF with weights `wanted^-2` (Gansner, Koren and North, 2005) from a fixed start (a sunflower), so the same
/// question has the same answer. `O(rounds * count^2)`, with as many rounds as [`rounds`] says.
///
/// # Errors
/// Only those of `tick`.
pub fn stress(count: usize, wished: usize, wanted: impl Fn(usize, usize) -> f64, tick: Tick) -> Result<Vec<Point>> {
    let distance = |i: usize, j: usize| {
        let d = wanted(i.min(j), i.max(j));
        if d.is_finite() { d.max(1e-3) } else { 1.0 }
    };
    let reach = (0..count).map(|i| if i == 0 { 1.0 } else { distance(0, i) }).fold(1e-3, f64::max);
    let start = |i: usize| {
        let (angle, radius) = (i as f64 * 2.399_963_229_73, ((i as f64 + 0.5) / count as f64).sqrt() * reach);
        (radius * cos(angle), radius * sin(angle))
    };
    // Rows are filled up to whole lanes with zeros, the inverse of an infinite distance, which pull nowhere.
    let width = count.next_multiple_of(LANES);
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = (0..count).map(start).unzip();
    x.resize(width, 0.0);
    y.resize(width, 0.0);
    let mut inverse = vec![0.0; count * width];
    for i in 0..count {
        tick_of_rows(i, tick)?;
        for j in i + 1..count {
            let share = 1.0 / distance(i, j);
            inverse[i * width + j] = share;
            inverse[j * width + i] = share;
        }
    }
    for _ in 0..rounds(count, wished) {
        tick()?;
        // One point after the other, each with the newest places: the stress never grows.
        for i in 0..count {
            let (px, py, sum) = pulled((x[i], y[i]), &inverse[i * width..(i + 1) * width], &x, &y);
            if sum > 0.0 {
                (x[i], y[i]) = (px / sum, py / sum);
            }
        }
    }
    x.truncate(count);
    Ok(x.into_iter().zip(y).collect())
}

/// Sums are kept in so many lanes, which the processor adds at once.
const LANES: usize = 4;

/// Where the others want a point to be, as weighted sums of x and y, and the sum of the weights.
fn pulled(at: Point, inverse: &[f64], x: &[f64], y: &[f64]) -> (f64, f64, f64) {
    let mut sums = [[0.0_f64; LANES]; 3];
    let blocks = inverse.chunks_exact(LANES).zip(x.chunks_exact(LANES)).zip(y.chunks_exact(LANES));
    for ((inverse, x), y) in blocks {
        for lane in 0..LANES {
            let (dx, dy) = (at.0 - x[lane], at.1 - y[lane]);
            let now = (dx * dx + dy * dy).sqrt();
            let now = if now > 1e-9 { now } else { 1e-9 };
            let (weight, push) = (inverse[lane] * inverse[lane], inverse[lane] / now);
            sums[0][lane] += weight * x[lane] + push * dx;
            sums[1][lane] += weight * y[lane] + push * dy;
            sums[2][lane] += weight;
        }
    }
    let [px, py, weight] = sums.map(|lanes| lanes.iter().sum());
    (px, py, weight)
}

fn tick_of_rows(row: usize, tick: Tick) -> Result<()> {
    if row % 512 == 511 { tick() } else { Ok(()) }
}

/// More discs than this are sorted before each round, so that only near ones are compared.
const MANY: usize = 256;

/// Moves discs that are nearer than `gap` until none is, or `rounds` are over.
///
/// # Errors
/// Only those of `tick`.
pub fn apart(places: &mut [Point], radii: &[f64], gap: f64, rounds: usize, tick: Tick) -> Result<()> {
    let limit = 2.0 * radii.iter().copied().fold(0.0, f64::max) + gap;
    let count = places.len();
    let mut others: Vec<usize> = Vec::new();
    for _ in 0..rounds {
        tick()?;
        let mut moved = false;
        let sorted = (count > MANY).then(|| Sorted::new(places));
        for i in 0..count {
            others.clear();
            match &sorted {
                Some(sorted) => sorted.after(i, limit, &mut others),
                None => others.extend(i + 1..count),
            }
            for &j in &others {
                let (dx, dy) = (places[j].0 - places[i].0, places[j].1 - places[i].1);
                let wanted = radii[i] + radii[j] + gap;
                if dx.abs() > wanted || dy.abs() > wanted {
                    continue;
                }
                let now = hypot(dx, dy);
                let lack = wanted - now;
                if lack > 1e-6 {
                    // Points on top of each other leave in a direction of their own.
                    let angle = (i * 7 + j) as f64;
                    let (ux, uy) = if now > 1e-9 { (dx / now, dy / now) } else { (cos(angle), sin(angle)) };
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
    Ok(())
}

/// Points from left to right as they were when it was made.
struct Sorted {
    order: Vec<usize>,
    x: Vec<f64>,
    /// Where each point stands in the order.
    rank: Vec<usize>,
}

impl Sorted {
    fn new(places: &[Point]) -> Self {
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by(|a, b| places[*a].0.total_cmp(&places[*b].0).then(a.cmp(b)));
        let mut rank = vec![0; places.len()];
        order.iter().enumerate().for_each(|(at, &i)| rank[i] = at);
        Sorted { x: order.iter().map(|&i| places[i].0).collect(), order, rank }
    }

    /// The points of a higher number than `i` that are not farther to the left or right than `limit`.
    fn after(&self, i: usize, limit: f64, out: &mut Vec<usize>) {
        let (at, x) = (self.rank[i], self.x[self.rank[i]]);
        let left = (0..at).rev().take_while(|&p| x - self.x[p] <= limit);
        let right = (at + 1..self.order.len()).take_while(|&p| self.x[p] - x <= limit);
        out.extend(left.chain(right).map(|p| self.order[p]).filter(|&j| j > i));
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
            (center.0 + radius * cos(angle), center.1 + radius * sin(angle))
        })
    };
    hull(&centers.iter().zip(radii).flat_map(round).collect::<Vec<_>>())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::base::error::Error;

    fn calm() -> Result<()> {
        Ok(())
    }

    fn distance(a: Point, b: Point) -> f64 {
        hypot(a.0 - b.0, a.1 - b.1)
    }

    #[test]
    fn a_triangle_is_found_exactly() {
        let sides = [[0.0, 3.0, 4.0], [3.0, 0.0, 5.0], [4.0, 5.0, 0.0]];
        let places = stress(3, 400, |i, j| sides[i][j], &calm).unwrap();
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
        apart(&mut places, &radii, 1.0, 500, &calm).unwrap();
        for i in 0..12 {
            assert!((i + 1..12).all(|j| distance(places[i], places[j]) > 4.9));
        }
    }

    #[test]
    fn hulls_of_few_points() {
        assert!(hull(&[]).is_empty());
        assert_eq!(hull(&[(1.0, 1.0), (1.0, 1.0)]).len(), 1);
        assert_eq!(hull(&[(0.0, 0.0), (2.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 2.0)]).len(), 4);
        assert!(stress(0, 5, |_, _| 1.0, &calm).unwrap().is_empty());
        assert_eq!(stress(1, 5, |_, _| f64::NAN, &calm).unwrap().len(), 1);
        assert!(halo(&[(0.0, 0.0)], &[3.0], 1.0).len() > 20);
    }

    #[test]
    fn many_discs_are_pushed_apart_as_well() {
        let mut places: Vec<Point> = (0..400).map(|i| (f64::from(i % 20), f64::from(i / 20))).collect();
        apart(&mut places, &vec![1.0; 400], 1.0, 2000, &calm).unwrap();
        for i in 0..400 {
            assert!((i + 1..400).all(|j| distance(places[i], places[j]) > 2.9));
        }
    }

    #[test]
    fn a_round_is_not_begun_after_a_stop() {
        let stop = || Err(Error::cancelled());
        assert!(stress(9, 5, |_, _| 1.0, &stop).is_err());
        assert!(apart(&mut [(0.0, 0.0); 2], &[1.0; 2], 1.0, 5, &stop).is_err());
        assert_eq!((rounds(18, 200), rounds(1000, 200), rounds(0, 200)), (200, 150, 200));
    }
}
