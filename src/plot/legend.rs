//! Legends: keys with their names in rows, as many rows as they need.

use super::color::Color;
use super::font::{Weight, plain};
use super::scene::{Mark, Rect, Scene, Words};
use super::style;

/// The sign before a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Key {
    /// A filled square.
    Block(Color),
    /// A line, dashed or not.
    Line(Color, bool),
    /// A disc.
    Disc(Color),
    /// A dark circle line round a disc.
    Ring(Color),
    /// A diamond.
    Diamond(Color),
    /// A line with an arrow head.
    Arrow(Color),
    /// The outline of a square.
    Outline(Color),
}

/// A key with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it looks like.
    pub key: Key,
    /// What it is.
    pub name: String,
}

impl Entry {
    /// Any key.
    #[must_use]
    pub fn new(name: &str, key: Key) -> Self {
        Entry { key, name: plain(name) }
    }

    /// A filled square.
    #[must_use]
    pub fn block(name: &str, color: Color) -> Self {
        Entry::new(name, Key::Block(color))
    }
}

const LINE: f64 = style::LABEL * 1.65;
const SIGN: f64 = 24.0;
const BETWEEN: f64 = 20.0;

/// Where each entry begins, its text, and how many rows there are.
fn places(scene: &Scene, entries: &[Entry], width: f64) -> (Vec<(f64, usize, String)>, usize) {
    let (mut x, mut row) = (0.0, 0);
    let mut out = Vec::new();
    let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    let room = (width - SIGN).clamp(20.0, 420.0);
    for text in scene.fonts.elide_all(&names, style::LABEL, Weight::Regular, room) {
        let need = SIGN + scene.fonts.width(&text, style::LABEL, Weight::Regular);
        if x > 0.0 && x + need > width {
            (x, row) = (0.0, row + 1);
        }
        out.push((x, row, text));
        x += need + BETWEEN;
    }
    (out, if entries.is_empty() { 0 } else { row + 1 })
}

/// Height of a legend of that width, its distance to what is below included.
#[must_use]
pub fn height(scene: &Scene, entries: &[Entry], width: f64) -> f64 {
    match places(scene, entries, width).1 {
        0 => 0.0,
        rows => rows as f64 * LINE + 4.0,
    }
}

/// Draws the legend from the upper left corner of `area`.
pub fn draw(scene: &mut Scene, area: Rect, entries: &[Entry]) {
    let (places, _) = places(scene, entries, area.w);
    for (entry, (x, row, text)) in entries.iter().zip(places) {
        let (left, y) = (area.x + x, area.y + (row as f64 + 0.5) * LINE);
        sign(scene, entry.key, (left + 8.0, y));
        scene.words(Words::new((left + SIGN, y), text, style::LABEL, style::INK).centered());
    }
}

/// The sign alone, centred at a point.
fn sign(scene: &mut Scene, key: Key, (x, y): (f64, f64)) {
    match key {
        Key::Block(color) => scene.fill(Rect::new(x - 6.5, y - 6.5, 13.0, 13.0), color),
        Key::Line(color, false) => scene.line((x - 9.0, y), (x + 9.0, y), 2.6, color),
        Key::Line(color, true) => scene.dashes((x - 9.0, y), (x + 10.0, y), 2.2, color),
        Key::Disc(color) => scene.add(Mark::Disc((x, y), 6.0, color)),
        Key::Ring(color) => {
            scene.add(Mark::Disc((x, y), 4.6, color));
            scene.ring((x, y), 7.0, 2.0, style::INK);
        }
        Key::Diamond(color) => {
            let points = vec![(x, y - 8.0), (x + 8.0, y), (x, y + 8.0), (x - 8.0, y)];
            scene.add(Mark::Polygon(points, color));
        }
        Key::Arrow(color) => {
            scene.line((x - 9.0, y), (x + 4.0, y), 3.0, color);
            scene.add(Mark::Polygon(vec![(x + 10.0, y), (x + 2.0, y - 5.0), (x + 2.0, y + 5.0)], color));
        }
        Key::Outline(color) => scene.frame(Rect::new(x - 6.0, y - 6.0, 12.0, 12.0), 2.2, color),
    }
}
