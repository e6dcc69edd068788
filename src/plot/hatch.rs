//! Cells without a value.

use super::scene::{Mark, Rect, Scene};
use super::style;

/// Draws a grey cell with stripes.
pub fn hatched(scene: &mut Scene, area: Rect) {
    scene.fill(area, style::MISSING);
    let gap = (area.w / 3.0).max(4.0);
    let mut offset = gap / 2.0;
    while offset < area.w + area.h {
        let from = (area.x + offset.min(area.w), area.y + (offset - area.w).max(0.0));
        let to = (area.x + (offset - area.h).max(0.0), area.y + offset.min(area.h));
        scene.add(Mark::Line(vec![from, to], 1.0, style::HATCH));
        offset += gap;
    }
}
