//! A drawing as data: shapes and words in logical pixels, x to the right and y down, later ones on top.

use super::color::Color;
use super::font::{Fonts, Weight};
use crate::base::math::{cos, hypot, sin};

/// A place.
pub type Point = (f64, f64);

/// An axis-parallel rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// From its upper left corner and its size.
    #[must_use]
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Rect { x, y, w, h }
    }

    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Lower edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// Its middle.
    #[must_use]
    pub fn center(&self) -> Point {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Smaller by so much on the left, above, on the right, below.
    #[must_use]
    pub fn inset(&self, left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Rect::new(self.x + left, self.y + top, (self.w - left - right).max(0.0), (self.h - top - bottom).max(0.0))
    }

    /// Whether the two share an area.
    #[must_use]
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}

/// Which part of a word stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// How a word is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Left to right.
    Level,
    /// Reads upward.
    Up,
}

/// Words on one line; `at` is on the base line.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// Where.
    pub at: Point,
    /// What.
    pub text: String,
    /// Size of the em in pixels.
    pub size: f64,
    /// Regular or bold.
    pub weight: Weight,
    /// Colour.
    pub color: Color,
    /// What stands at `at`.
    pub align: Align,
    /// Direction.
    pub turn: Turn,
}

impl Words {
    /// Regular level words that begin at `at`.
    #[must_use]
    pub fn new(at: Point, text: impl Into<String>, size: f64, color: Color) -> Self {
        Words { at, text: text.into(), size, weight: Weight::Regular, color, align: Align::Start, turn: Turn::Level }
    }

    /// Bold.
    #[must_use]
    pub fn bold(mut self) -> Self {
        self.weight = Weight::Bold;
        self
    }

    /// Centred on `at`.
    #[must_use]
    pub fn middle(mut self) -> Self {
        self.align = Align::Middle;
        self
    }

    /// Ending at `at`.
    #[must_use]
    pub fn end(mut self) -> Self {
        self.align = Align::End;
        self
    }

    /// Reading upward.
    #[must_use]
    pub fn up(mut self) -> Self {
        self.turn = Turn::Up;
        self
    }

    /// Moved so that the middle of its capitals, not its base line, is at `at`.
    #[must_use]
    pub fn centered(mut self) -> Self {
        // Half the height of DejaVu's capitals.
        let shift = 0.365 * self.size;
        match self.turn {
            Turn::Level => self.at.1 += shift,
            Turn::Up => self.at.0 += shift,
        }
        self
    }
}

/// One shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A filled rectangle.
    Box(Rect, Color),
    /// A filled simple polygon.
    Polygon(Vec<Point>, Color),
    /// A line through points: points, width, colour.
    Line(Vec<Point>, f64, Color),
    /// A filled disc: centre, radius, colour.
    Disc(Point, f64, Color),
    /// Words.
    Words(Words),
    /// A picture of `columns` x `rows` RGB pixels stretched over the rectangle, without smoothing.
    Image {
        /// Where.
        area: Rect,
        /// Pixels in a row.
        columns: usize,
        /// Rows.
        rows: usize,
        /// Three bytes a pixel, first row above.
        rgb: Vec<u8>,
    },
}

/// What a chart draws on.
pub struct Scene {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Shapes, the first one lowest.
    pub marks: Vec<Mark>,
    /// For measuring words.
    pub fonts: Fonts,
}

impl Scene {
    /// An empty white scene.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Self {
        Scene { width, height, marks: Vec::new(), fonts: Fonts::new() }
    }

    /// The whole of it.
    #[must_use]
    pub fn area(&self) -> Rect {
        Rect::new(0.0, 0.0, self.width, self.height)
    }

    /// Adds a shape; one with a place that is not finite is left out.
    pub fn add(&mut self, mark: Mark) {
        let fine = |points: &[Point]| points.iter().all(|p| p.0.is_finite() && p.1.is_finite());
        let flat = |r: &Rect| fine(&[(r.x, r.y), (r.w, r.h)]);
        let ok = match &mark {
            Mark::Box(area, _) | Mark::Image { area, .. } => flat(area),
            Mark::Polygon(points, _) => points.len() > 2 && fine(points),
            Mark::Line(points, width, _) => points.len() > 1 && fine(points) && width.is_finite(),
            Mark::Disc(at, radius, _) => fine(&[*at]) && radius.is_finite(),
            Mark::Words(words) => fine(&[words.at]) && words.size.is_finite() && !words.text.is_empty(),
        };
        if ok {
            self.marks.push(mark);
        }
    }

    /// A filled rectangle.
    pub fn fill(&mut self, area: Rect, color: Color) {
        self.add(Mark::Box(area, color));
    }

    /// A straight line.
    pub fn line(&mut self, from: Point, to: Point, width: f64, color: Color) {
        self.add(Mark::Line(vec![from, to], width, color));
    }

    /// A straight line of dashes.
    pub fn dashes(&mut self, from: Point, to: Point, width: f64, color: Color) {
        let length = hypot(to.0 - from.0, to.1 - from.1);
        let (dash, gap) = (width * 3.0, width * 2.2);
        let pieces = (length / (dash + gap)).ceil();
        if !(pieces.is_finite() && pieces < 2000.0 && length > 0.0) {
            return;
        }
        let along = |s: f64| {
            let s = (s / length).min(1.0);
            (from.0 + (to.0 - from.0) * s, from.1 + (to.1 - from.1) * s)
        };
        for i in 0..pieces as usize {
            let start = i as f64 * (dash + gap);
            self.line(along(start), along(start + dash), width, color);
        }
    }

    /// The outline of a rectangle.
    pub fn frame(&mut self, area: Rect, width: f64, color: Color) {
        let (x, y, r, b) = (area.x, area.y, area.right(), area.bottom());
        let h = width / 2.0;
        self.fill(Rect::new(x - h, y - h, area.w + width, width), color);
        self.fill(Rect::new(x - h, b - h, area.w + width, width), color);
        self.fill(Rect::new(x - h, y + h, width, area.h - width), color);
        self.fill(Rect::new(r - h, y + h, width, area.h - width), color);
    }

    /// A circle line.
    pub fn ring(&mut self, center: Point, radius: f64, width: f64, color: Color) {
        let steps = (12.0 + radius * 2.0).clamp(12.0, 96.0) as usize;
        let points = (0..=steps).map(|i| {
            let angle = i as f64 / steps as f64 * std::f64::consts::TAU;
            (center.0 + radius * cos(angle), center.1 + radius * sin(angle))
        });
        self.add(Mark::Line(points.collect(), width, color));
    }

    /// Words.
    pub fn words(&mut self, words: Words) {
        self.add(Mark::Words(words));
    }

    /// The rectangle that words cover, ascenders and descenders included.
    #[must_use]
    pub fn bounds(&self, words: &Words) -> Rect {
        let width = self.fonts.width(&words.text, words.size, words.weight);
        let before = match words.align {
            Align::Start => 0.0,
            Align::Middle => width / 2.0,
            Align::End => width,
        };
        let (above, below) = (0.76 * words.size, 0.24 * words.size);
        match words.turn {
            Turn::Level => Rect::new(words.at.0 - before, words.at.1 - above, width, above + below),
            Turn::Up => Rect::new(words.at.0 - above, words.at.1 + before - width, above + below, width),
        }
    }
}
