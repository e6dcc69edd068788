//! A tree over the columns of a matrix: which are joined first.

use super::scene::{Mark, Rect, Scene};
use super::style;

/// A join of two groups at a height. Numbers below the count of columns are columns, in the order drawn; the n-th join is number
/// `columns + n`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Join {
    /// One group.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// How far they are apart; heights never fall from join to join.
    pub height: f64,
}

/// Draws the tree into `area`, its leaves along the lower edge, as wide as the columns.
pub fn draw(scene: &mut Scene, area: Rect, columns: usize, joins: &[Join]) {
    let top = joins.iter().map(|join| join.height).filter(|h| h.is_finite()).fold(0.0, f64::max).max(1e-300);
    let step = area.w / columns as f64;
    let mut places: Vec<(f64, f64)> =
        (0..columns).map(|column| (area.x + (column as f64 + 0.5) * step, area.bottom())).collect();
    for join in joins.iter().filter(|join| join.a < columns + joins.len() && join.b < columns + joins.len()) {
        let (Some(&a), Some(&b)) = (places.get(join.a), places.get(join.b)) else { continue };
        let y = area.bottom() - area.h * (join.height / top).clamp(0.0, 1.0);
        scene.add(Mark::Line(vec![a, (a.0, y), (b.0, y), b], 1.1, style::SOFT));
        places.push(((a.0 + b.0) / 2.0, y));
    }
}
