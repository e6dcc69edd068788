//! A layout of a clustered graph: each cluster an island by the lengths inside it, islands apart by those between.

use super::number::extent;
use super::scene::{Point, Rect};
use super::spring;
use crate::base::error::Result;
use crate::base::math::{atan2, hypot, sin_cos};
use crate::base::progress::Monitor;

/// What is laid out.
pub struct Islands {
    /// The cluster of each node; one without is an island of its own.
    pub groups: Vec<Option<usize>>,
    /// Radius of each node in pixels.
    pub radii: Vec<f64>,
    /// Ends and lengths of edges.
    pub edges: Vec<(usize, usize, f64)>,
    /// Free space that a node wants round itself in pixels, for its name.
    pub gap: f64,
    /// How many gaps islands are farther apart for the longest edges than for the shortest.
    pub spread: f64,
}

/// Places of the nodes inside `area`; the same question has the same answer.
///
/// # Errors
/// Of kind `cancelled` when the user asked to stop.
pub fn islands(graph: &Islands, area: Rect, monitor: &Monitor) -> Result<Vec<Point>> {
    let count = graph.groups.len();
    let far = lengths(graph);
    let mut names: Vec<usize> = graph.groups.iter().flatten().copied().collect();
    names.sort_unstable();
    names.dedup();
    let mut members: Vec<Vec<usize>> =
        names.iter().map(|g| (0..count).filter(|i| graph.groups[*i] == Some(*g)).collect()).collect();
    members.extend((0..count).filter(|i| graph.groups[*i].is_none()).map(|i| vec![i]));
    let rounds = |count: usize, wished: usize, pushes: usize| spring::rounds(count, wished) + pushes;
    let inner: usize = members.iter().filter(|m| m.len() > 1).map(|m| rounds(m.len(), INSIDE.0, INSIDE.1)).sum();
    let stage = monitor.stage("placing nodes", inner + rounds(members.len(), BETWEEN.0, BETWEEN.1));
    let tick = || stage.advance(1);

    let mut places = vec![(0.0, 0.0); count];
    let mut reach = Vec::new();
    for island in &members {
        let radii: Vec<f64> = island.iter().map(|i| graph.radii[*i]).collect();
        let typical = 2.0 * radii.iter().sum::<f64>() / radii.len() as f64 + graph.gap;
        let wanted = |a: usize, b: usize| typical * (0.8 + 1.2 * far(island[a], island[b]));
        let mut inside = vec![(0.0, 0.0)];
        if island.len() > 1 {
            inside = spring::stress(island.len(), INSIDE.0, wanted, &tick)?;
            spring::apart(&mut inside, &radii, graph.gap, INSIDE.1, &tick)?;
        }
        let middle = centroid(&inside);
        for (i, at) in island.iter().zip(&inside) {
            places[*i] = (at.0 - middle.0, at.1 - middle.1);
        }
        let edge = island.iter().map(|i| hypot(places[*i].0, places[*i].1) + graph.radii[*i]);
        reach.push(edge.fold(0.0, f64::max) + graph.gap * 0.5);
    }

    let between = |a: usize, b: usize| {
        let pairs = members[a].iter().flat_map(|i| members[b].iter().map(move |j| (*i, *j)));
        let (sum, n) = pairs.fold((0.0, 0.0), |(sum, n), (i, j)| (sum + far(i, j), n + 1.0));
        reach[a] + reach[b] + graph.gap * (0.6 + graph.spread * sum / n)
    };
    let mut centers = spring::stress(members.len(), BETWEEN.0, between, &tick)?;
    level(&mut centers);
    let aspect = (area.w / area.h.max(1.0)).clamp(0.4, 2.5).sqrt();
    for center in &mut centers {
        *center = (center.0 * aspect, center.1 / aspect);
    }
    spring::apart(&mut centers, &reach, graph.gap * 0.4, BETWEEN.1, &tick)?;
    for (island, center) in members.iter().zip(&centers) {
        for i in island {
            places[*i] = (places[*i].0 + center.0, places[*i].1 + center.1);
        }
    }
    Ok(fitted(places, &graph.radii, area))
}

/// Rounds of stress and of pushing apart for the nodes of an island, and for the islands.
const INSIDE: (usize, usize) = (120, 200);
const BETWEEN: (usize, usize) = (200, 400);

/// How far apart two nodes are in 0..=1; 1 where no edge joins them.
fn lengths(graph: &Islands) -> impl Fn(usize, usize) -> f64 {
    let count = graph.groups.len();
    let (low, high) = extent(graph.edges.iter().map(|e| e.2)).unwrap_or((0.0, 1.0));
    let mut table = vec![1.0; count * count];
    for (a, b, length) in graph.edges.iter().filter(|e| e.2.is_finite()) {
        let share = if high > low { (length - low) / (high - low) } else { 0.5 };
        table[a * count + b] = share;
        table[b * count + a] = share;
    }
    move |a, b| table[a * count + b]
}

fn centroid(points: &[Point]) -> Point {
    let n = points.len().max(1) as f64;
    (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n)
}

/// Turns the points so that they spread most from left to right.
fn level(points: &mut [Point]) {
    let middle = centroid(points);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for p in points.iter() {
        let (x, y) = (p.0 - middle.0, p.1 - middle.1);
        (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
    }
    let angle = 0.5 * atan2(2.0 * xy, xx - yy);
    let (sin, cos) = sin_cos(angle);
    for p in points.iter_mut() {
        let (x, y) = (p.0 - middle.0, p.1 - middle.1);
        *p = (x * cos + y * sin, y * cos - x * sin);
    }
}

/// Moved into the area and scaled to fill it, no more than 1.8 times as wide in one direction as in the other.
fn fitted(places: Vec<Point>, radii: &[f64], area: Rect) -> Vec<Point> {
    let most = radii.iter().copied().fold(0.0, f64::max);
    let (left, right) = extent(places.iter().map(|p| p.0)).unwrap_or((0.0, 0.0));
    let (top, bottom) = extent(places.iter().map(|p| p.1)).unwrap_or((0.0, 0.0));
    let inner = area.inset(most, most, most, most);
    let (wide, high) = (inner.w / (right - left).max(1e-9), inner.h / (bottom - top).max(1e-9));
    let both = wide.min(high);
    let (wide, high) = (wide.min(both * 1.8).min(3.0), high.min(both * 1.8).min(3.0));
    let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
    let center = inner.center();
    places.iter().map(|p| (center.0 + (p.0 - middle.0) * wide, center.1 + (p.1 - middle.1) * high)).collect()
}
