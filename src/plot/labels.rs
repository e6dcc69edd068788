//! Names beside their points: close to the point where it is clear whose name it is, else farther away with a thin line to it.

use super::arrows::gap;
use super::lattice::Lattice;
use super::scene::{Align, Point, Rect, Scene, Words};
use crate::base::error::Result;
use crate::base::math::{cos, hypot, sin};
use crate::base::progress::Monitor;

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
    /// Lines that names should not cover.
    pub lines: &'a [Vec<Point>],
}

/// A name with its place.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Which wish it was.
    pub wish: usize,
    /// Ready to be drawn.
    pub words: Words,
    /// What they cover.
    pub bounds: Rect,
    /// A line from the point to a name that stands away from it.
    pub leader: Option<(Point, Point)>,
}

/// Names get no leaders and are placed once when there are more.
const MANY: usize = 200;
/// How often names are placed anew, each with the others where they are.
const ROUNDS: usize = 4;
/// A name is nearer to its own point than to others by so much.
const CLEARER: f64 = 5.0;
/// Half the width of an arrow's head.
const ARROW: f64 = 6.0;

/// Places the names, in the order of the wishes; a name without a free place is left out.
///
/// No two names overlap and none leaves the area. Every name takes its cheapest place and then, with all others placed, the
/// cheapest again: dear are a covered point or line, a name as near to another point as to its own, and a long leader.
///
/// # Errors
/// Of kind `cancelled` when the user asked to stop.
pub fn placed(scene: &Scene, wishes: &[Wish], ground: &Ground<'_>, monitor: &Monitor) -> Result<Vec<Placed>> {
    let many = wishes.len() > MANY;
    let rounds = if many { 1 } else { ROUNDS };
    let stage = monitor.stage("placing names", wishes.len() * rounds);
    let mut board = Board::new(wishes, ground);
    let all: Vec<Vec<Spot>> = wishes.iter().map(|wish| spots(scene, wish, ground.area, many)).collect();
    for _ in 0..rounds {
        for (wish, spots) in all.iter().enumerate() {
            board.clear(wish);
            let priced = spots.iter().filter_map(|spot| board.price(wish, spot).map(|price| (price, spot)));
            if let Some((_, spot)) = priced.min_by(|a, b| a.0.total_cmp(&b.0)) {
                board.set(wish, spot.clone());
            }
            stage.advance(1)?;
        }
    }
    let chosen = board.chosen.into_iter().enumerate();
    let done = |(wish, spot): (usize, Option<Spot>)| {
        spot.map(|spot| Placed { wish, words: spot.words, bounds: spot.bounds, leader: spot.leader })
    };
    Ok(chosen.filter_map(done).collect())
}

/// A place that a name could take.
#[derive(Debug, Clone)]
struct Spot {
    words: Words,
    bounds: Rect,
    leader: Option<(Point, Point)>,
    /// Its price where nothing is near.
    price: f64,
}

/// Below, above, right, left, the corners and between; then all round and farther away, with leaders.
fn spots(scene: &Scene, wish: &Wish, area: Rect, many: bool) -> Vec<Spot> {
    let size = wish.words.size;
    let (x, y) = wish.center;
    let r = wish.radius + 3.0;
    let start = Words { at: (0.0, 0.0), align: Align::Start, ..wish.words.clone() };
    let box_of = scene.bounds(&start);
    let (w, h) = (box_of.w, box_of.h);
    // Of words whose box has its upper left corner there.
    let spot = |(left, top): Point, leader: bool, price: f64| {
        // Moved in where it would leave the area.
        let left = left.min(area.right() - w - 1.0).max(area.x + 1.0);
        let top = top.min(area.bottom() - h).max(area.y);
        let words = Words { at: (left, top - box_of.y), ..start.clone() };
        let bounds = Rect::new(left - 1.0, top, w + 2.0, h);
        let leader = leader.then(|| {
            let end = nearest(&Rect::new(left, top + 0.1 * h, w, 0.8 * h), wish.center);
            let length = hypot(end.0 - x, end.1 - y).max(1e-9);
            let share = (wish.radius + 1.0).min(length) / length;
            ((x + (end.0 - x) * share, y + (end.1 - y) * share), end)
        });
        let inside = bounds.x >= area.x - 1e-6
            && bounds.right() <= area.right() + 1e-6
            && bounds.y >= area.y - 1e-6
            && bounds.bottom() <= area.bottom() + 1e-6;
        inside.then_some(Spot { words, bounds, leader, price })
    };
    let d = r * 0.74;
    let (under, over) = (y + r + 0.04 * size, y - r + 0.04 * size - h);
    let level = y + 0.365 * size - 0.76 * size;
    let (low, high) = (y + d - 0.06 * size, y - d - 0.81 * size);
    let close = [
        (x - w / 2.0, under),
        (x - w / 2.0, over),
        (x + r, level),
        (x - r - w, level),
        (x + d, low),
        (x - d - w, low),
        (x + d, high),
        (x - d - w, high),
        (x - w * 0.25, under),
        (x - w * 0.75, under),
        (x - w * 0.25, over),
        (x - w * 0.75, over),
    ];
    let mut out: Vec<Spot> =
        close.into_iter().enumerate().filter_map(|(rank, at)| spot(at, false, 0.4 * rank as f64)).collect();
    if many {
        return out;
    }
    for (ring, far) in [0.8, 1.6, 2.6, 3.8, 5.4].into_iter().enumerate() {
        for step in 0..16 {
            let angle = f64::from(step) / 16.0 * std::f64::consts::TAU;
            let (ux, uy) = (cos(angle), sin(angle));
            let reach = r + far * size;
            let middle = (x + ux * (reach + w / 2.0 * ux.abs()), y + uy * (reach + h / 2.0 * uy.abs()));
            let at = (middle.0 - w / 2.0, middle.1 - h / 2.0);
            out.extend(spot(at, true, 7.0 + 2.0 * ring as f64));
        }
    }
    out
}

/// The point of a rectangle nearest to another.
fn nearest(rect: &Rect, point: Point) -> Point {
    (point.0.clamp(rect.x, rect.right()), point.1.clamp(rect.y, rect.bottom()))
}

/// From a rectangle to the edge of a disc; negative inside.
fn room(rect: &Rect, (center, radius): (Point, f64)) -> f64 {
    let near = nearest(rect, center);
    hypot(near.0 - center.0, near.1 - center.1) - radius
}

/// Whether a piece of a line comes nearer than `pad` to a rectangle (Liang and Barsky, 1984).
fn crosses(rect: &Rect, (a, b): (Point, Point), pad: f64) -> bool {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let sides = [
        (-dx, a.0 - (rect.x - pad)),
        (dx, rect.right() + pad - a.0),
        (-dy, a.1 - (rect.y - pad)),
        (dy, rect.bottom() + pad - a.1),
    ];
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (p, q) in sides {
        if p == 0.0 {
            if q < 0.0 {
                return false;
            }
        } else if p < 0.0 {
            enter = enter.max(q / p);
        } else {
            leave = leave.min(q / p);
        }
    }
    enter < leave
}

/// Whether two pieces of lines cross.
fn meet(one: (Point, Point), other: (Point, Point)) -> bool {
    let side = |(a, b): (Point, Point), p: Point| (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0);
    side(one, other.0) * side(one, other.1) < 0.0 && side(other, one.0) * side(other, one.1) < 0.0
}

/// The points, and the names that have a place.
struct Board<'a> {
    discs: Vec<(Point, f64)>,
    lines: &'a [Vec<Point>],
    points: Lattice,
    names: Lattice,
    /// Wishes whose names have leaders.
    led: Vec<usize>,
    chosen: Vec<Option<Spot>>,
}

impl<'a> Board<'a> {
    fn new(wishes: &[Wish], ground: &Ground<'a>) -> Self {
        let discs: Vec<(Point, f64)> = wishes.iter().map(|wish| (wish.center, wish.radius)).collect();
        let (mut points, names) = (Lattice::new(ground.area, 60.0), Lattice::new(ground.area, 60.0));
        for (i, (center, radius)) in discs.iter().enumerate() {
            points.put(&Rect::new(center.0 - radius, center.1 - radius, 2.0 * radius, 2.0 * radius), i);
        }
        Board { lines: ground.lines, points, names, led: Vec::new(), chosen: vec![None; discs.len()], discs }
    }

    fn clear(&mut self, wish: usize) {
        if let Some(spot) = self.chosen[wish].take() {
            self.names.take(&spot.bounds, wish);
            self.led.retain(|other| *other != wish);
        }
    }

    fn set(&mut self, wish: usize, spot: Spot) {
        self.names.put(&spot.bounds, wish);
        if spot.leader.is_some() {
            self.led.push(wish);
        }
        self.chosen[wish] = Some(spot);
    }

    /// What a place costs with the others where they are; none where another name is.
    fn price(&self, wish: usize, spot: &Spot) -> Option<f64> {
        let bounds = &spot.bounds;
        let taken = |&other: &usize| self.chosen[other].as_ref().is_some_and(|other| other.bounds.overlaps(bounds));
        if self.names.near(bounds).iter().any(taken) {
            return None;
        }
        let own = room(bounds, self.discs[wish]);
        let mut price = spot.price + if own < 0.0 { 40.0 } else { 0.0 };
        let wide = Rect::new(bounds.x - 24.0, bounds.y - 24.0, bounds.w + 48.0, bounds.h + 48.0);
        for other in self.points.near(&wide).into_iter().filter(|other| *other != wish) {
            let free = room(bounds, self.discs[other]);
            let lack = (own.max(0.0) + CLEARER - free).max(0.0);
            price += match spot.leader {
                _ if free < 0.0 => 40.0,
                Some(_) => (3.0 - free).max(0.0) * 2.0,
                None if free < own + 0.5 => 8.0 + 2.0 * lack,
                None => lack,
            };
        }
        // Names right above each other are taken for one another.
        let close = Rect::new(bounds.x - 4.0, bounds.y - 4.0, bounds.w + 8.0, bounds.h + 8.0);
        let beside = |&other: &usize| self.chosen[other].as_ref().is_some_and(|other| other.bounds.overlaps(&close));
        price += 5.0 * self.names.near(&close).iter().filter(|other| beside(other)).count() as f64;
        let pieces = || self.lines.iter().flat_map(|line| line.windows(2).map(|pair| (pair[0], pair[1])));
        let covered = |line: &&Vec<Point>| line.windows(2).any(|pair| crosses(bounds, (pair[0], pair[1]), ARROW));
        price += 30.0 * self.lines.iter().filter(covered).count() as f64;
        let leaders = || self.led.iter().filter_map(|&other| self.chosen[other].as_ref()?.leader);
        price += 30.0 * leaders().filter(|leader| crosses(bounds, *leader, 1.0)).count() as f64;
        if let Some(leader) = spot.leader {
            price += self.price_of_leader(wish, leader);
            price += 12.0 * leaders().filter(|other| meet(leader, *other)).count() as f64;
            price += 25.0 * pieces().filter(|piece| meet(leader, *piece)).count() as f64;
        }
        Some(price)
    }

    /// What a leader costs by the points and names that it crosses.
    fn price_of_leader(&self, wish: usize, leader: (Point, Point)) -> f64 {
        let (a, b) = leader;
        let around =
            Rect::new(a.0.min(b.0) - 3.0, a.1.min(b.1) - 3.0, (a.0 - b.0).abs() + 6.0, (a.1 - b.1).abs() + 6.0);
        let hit = |&other: &usize| other != wish && gap(self.discs[other].0, a, b) < self.discs[other].1 + 2.0;
        let points = self.points.near(&around).iter().filter(|other| hit(other)).count();
        let through = |&other: &usize| {
            self.chosen[other].as_ref().is_some_and(|other| crosses(&other.bounds, leader, 1.0)) && other != wish
        };
        let names = self.names.near(&around).iter().filter(|other| through(other)).count();
        30.0 * (points + names) as f64
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::color::Color;

    const AREA: Rect = Rect::new(0.0, 0.0, 700.0, 560.0);

    fn wishes(count: usize, spacing: f64) -> Vec<Wish> {
        let across = (AREA.w / spacing) as usize - 1;
        let at = |i: usize| ((i % across + 1) as f64 * spacing, (i / across + 1) as f64 * spacing);
        let words = |i: usize| Words::new((0.0, 0.0), format!("18-T1ce-N{i}"), 12.0, Color::new(0, 0, 0));
        (0..count).map(|i| Wish { words: words(i), center: at(i), radius: 18.0 }).collect()
    }

    #[test]
    fn names_are_nearest_to_their_own_points_or_have_leaders() {
        let scene = Scene::new(AREA.w, AREA.h);
        for (count, spacing) in [(4, 140.0), (30, 84.0), (36, 72.0)] {
            let wishes = wishes(count, spacing);
            let ground = Ground { area: AREA, lines: &[vec![wishes[0].center, wishes[count - 1].center]] };
            let placed = placed(&scene, &wishes, &ground, &Monitor::silent()).unwrap();
            assert_eq!(placed.len(), count, "of {spacing}");
            for name in &placed {
                let room = |wish: &Wish| room(&name.bounds, (wish.center, wish.radius));
                let own = room(&wishes[name.wish]);
                let others = (0..count).filter(|i| *i != name.wish).map(|i| room(&wishes[i]));
                let next = others.fold(f64::INFINITY, f64::min);
                assert!(own >= 0.0 && next >= 0.0, "`{}` covers a point", name.words.text);
                assert!(name.leader.is_some() || next > own, "`{}` at {own}, another at {next}", name.words.text);
                assert!(!crosses(&name.bounds, (ground.lines[0][0], ground.lines[0][1]), 3.0), "{}", name.words.text);
            }
        }
    }

    #[test]
    fn a_stop_is_heard() {
        let monitor = Monitor::silent();
        monitor.cancel().raise();
        let ground = Ground { area: AREA, lines: &[] };
        assert!(placed(&Scene::new(AREA.w, AREA.h), &wishes(4, 140.0), &ground, &monitor).is_err());
    }

    #[test]
    fn lines_cross_boxes_and_each_other() {
        let rect = Rect::new(10.0, 10.0, 10.0, 10.0);
        assert!(crosses(&rect, ((0.0, 15.0), (30.0, 15.0)), 0.0));
        assert!(!crosses(&rect, ((0.0, 25.0), (30.0, 25.0)), 2.0) && crosses(&rect, ((0.0, 21.0), (30.0, 21.0)), 2.0));
        assert!(meet(((0.0, 0.0), (2.0, 2.0)), ((0.0, 2.0), (2.0, 0.0))));
        assert!(!meet(((0.0, 0.0), (1.0, 1.0)), ((0.0, 9.0), (9.0, 9.0))));
    }
}
