//! Names beside their points: each in the first free place round its point, the important ones first.

use super::scene::{Point, Rect, Scene, Words};

/// What a name wants.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The name as it would be drawn; its place and alignment are chosen here.
    pub words: Words,
    /// The point it belongs to.
    pub center: Point,
    /// How large the point is drawn.
    pub radius: f64,
}

/// What names keep clear of.
pub struct Ground<'a> {
    /// Nothing leaves it.
    pub area: Rect,
    /// Centres and radii of points.
    pub discs: &'a [(Point, f64)],
    /// Lines that names should not cover.
    pub lines: &'a [(Point, Point)],
}

/// Places the names in the order of the wishes; a name without a free place is left out.
#[must_use]
pub fn placed(scene: &Scene, wishes: &[Wish], ground: &Ground<'_>) -> Vec<(Words, Rect)> {
    let mut done: Vec<(Words, Rect)> = Vec::new();
    for wish in wishes {
        let best = candidates(wish)
            .into_iter()
            .enumerate()
            .filter_map(|(rank, words)| {
                let bounds = scene.bounds(&words).inset(-1.0, 0.0, -1.0, 0.0);
                let inside = bounds.x >= ground.area.x
                    && bounds.y >= ground.area.y
                    && bounds.right() <= ground.area.right()
                    && bounds.bottom() <= ground.area.bottom();
                let free = inside && done.iter().all(|(_, other)| !other.overlaps(&bounds));
                free.then(|| (price(&bounds, ground) + rank as f64 * 0.4, words, bounds))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, words, bounds)) = best {
            done.push((words, bounds));
        }
    }
    done
}

/// Below, above, right, left, the corners; then the same farther away.
fn candidates(wish: &Wish) -> Vec<Words> {
    let size = wish.words.size;
    let mut out = Vec::new();
    for far in [0.0, 0.9, 2.0] {
        let r = wish.radius + 3.0 + far * size;
        let (x, y) = wish.center;
        let base = |x: f64, y: f64| Words { at: (x, y), ..wish.words.clone() };
        let level = y + 0.365 * size;
        let d = r * 0.74;
        out.extend([
            base(x, y + r + 0.8 * size).middle(),
            base(x, y - r - 0.2 * size).middle(),
            base(x + r, level),
            base(x - r, level).end(),
            base(x + d, y + d + 0.7 * size),
            base(x - d, y + d + 0.7 * size).end(),
            base(x + d, y - d - 0.05 * size),
            base(x - d, y - d - 0.05 * size).end(),
        ]);
    }
    out
}

/// How much a name would cover: points are worse than lines.
fn price(bounds: &Rect, ground: &Ground<'_>) -> f64 {
    let covers = |(center, radius): &&(Point, f64)| {
        let near = (center.0.clamp(bounds.x, bounds.right()), center.1.clamp(bounds.y, bounds.bottom()));
        (near.0 - center.0).hypot(near.1 - center.1) < *radius
    };
    let discs = ground.discs.iter().filter(covers).count() as f64;
    let crossed = |(a, b): &&(Point, Point)| {
        (0..=40).any(|i| {
            let s = f64::from(i) / 40.0;
            let (x, y) = (a.0 + (b.0 - a.0) * s, a.1 + (b.1 - a.1) * s);
            x > bounds.x - 2.0 && x < bounds.right() + 2.0 && y > bounds.y - 2.0 && y < bounds.bottom() + 2.0
        })
    };
    discs * 40.0 + ground.lines.iter().filter(crossed).count() as f64 * 12.0
}
