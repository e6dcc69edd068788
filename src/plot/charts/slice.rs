//! Slices of images with masks: the truth as an outline, the prediction as a tint, a scale bar in millimetres.

use crate::base::error::{Kind, Result};
use crate::base::math::{log10, powf};
use crate::base::progress::Monitor;
use crate::plot::blocks;
use crate::plot::chart::Chart;
use crate::plot::color::Color;
use crate::plot::figure::Figure;
use crate::plot::font::{Weight, plain};
use crate::plot::legend::{self, Entry, Key};
use crate::plot::number::short;
use crate::plot::scene::{Mark, Rect, Scene, Words};
use crate::plot::style;

/// One slice.
#[derive(Debug, Clone)]
pub struct SlicePanel {
    /// Above the picture.
    pub title: String,
    /// Below the picture, such as `Dice 0.83`.
    pub caption: String,
    /// Pixels in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// Row after row from the top; a value that is not finite is drawn gray-blue.
    pub values: Vec<f64>,
    /// Millimetres from pixel to pixel, across and down.
    pub spacing: (f64, f64),
    /// Drawn as an outline; as many as values.
    pub truth: Option<Vec<bool>>,
    /// Drawn as a translucent tint; as many as values.
    pub prediction: Option<Vec<bool>>,
}

/// Slices side by side.
#[derive(Debug, Clone)]
pub struct Slices {
    /// From left to right, in rows of at most four.
    pub panels: Vec<SlicePanel>,
    /// Values between pixels are interpolated; else every pixel is a box.
    pub smooth: bool,
    /// Darkest and brightest value as shares of the sorted values of each slice, such as (0.01, 0.99).
    pub window: (f64, f64),
    /// Whether all slices are drawn between the first one's darkest and brightest value, so that their greys can be compared.
    pub alike: bool,
}

/// The outline of the truth and the tint of the prediction.
const TRUTH: Color = Color::hex(0x56_e9b4);
const PREDICTION: Color = Color::hex(0xff_9d00);
const TINT: f64 = 0.42;
const ACROSS: usize = 4;
const BETWEEN: f64 = 16.0;

impl Slices {
    /// The darkest and the brightest value of a panel.
    fn levels(&self, panel: &SlicePanel) -> (f64, f64) {
        let first = self.panels.first().filter(|_| self.alike);
        first.unwrap_or(panel).levels(self.window)
    }

    /// As a figure.
    ///
    /// # Errors
    /// When there is no slice, a slice is empty or of unequal lengths, a spacing is not positive, or the window is empty.
    pub fn figure(self) -> Result<Figure> {
        Figure::new(self)
    }

    fn grid(&self) -> (usize, usize) {
        let across = self.panels.len().min(ACROSS);
        (across, self.panels.len().div_ceil(across.max(1)))
    }

    fn legend(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        if self.panels.iter().any(|p| p.truth.is_some()) {
            entries.push(Entry::new("truth", Key::Outline(TRUTH.toward(Color::new(0, 0, 0), 0.25))));
        }
        if self.panels.iter().any(|p| p.prediction.is_some()) {
            entries.push(Entry::block("prediction", PREDICTION.toward(Color::new(90, 90, 90), 1.0 - TINT - 0.3)));
        }
        entries
    }

    /// Height of titles and captions round each picture.
    fn words(&self) -> (f64, f64) {
        let title = self.panels.iter().any(|p| !plain(&p.title).is_empty());
        let caption = self.panels.iter().any(|p| !plain(&p.caption).is_empty());
        (if title { style::PANEL * 1.6 } else { 0.0 }, if caption { style::LABEL * 1.7 } else { 0.0 })
    }
}

impl SlicePanel {
    /// Width and height in millimetres.
    fn extent(&self) -> (f64, f64) {
        (self.columns as f64 * self.spacing.0, self.rows as f64 * self.spacing.1)
    }

    /// The values of black and white.
    fn levels(&self, window: (f64, f64)) -> (f64, f64) {
        let mut sorted: Vec<f64> = self.values.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        if sorted.is_empty() {
            return (0.0, 1.0);
        }
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
        let (low, high) = (at(window.0), at(window.1));
        // A window inside a wide background (half the slice is air) falls back to the whole range.
        if low < high { (low, high) } else { (sorted[0], sorted[sorted.len() - 1]) }
    }

    fn at(&self, column: usize, row: usize) -> f64 {
        self.values[row.min(self.rows - 1) * self.columns + column.min(self.columns - 1)]
    }

    /// The value at a place in pixels, between pixel centres when smooth; not finite where the nearest is not.
    fn value(&self, x: f64, y: f64, smooth: bool) -> f64 {
        let nearest = self.at(x.max(0.0) as usize, y.max(0.0) as usize);
        if !smooth || !nearest.is_finite() {
            return nearest;
        }
        let (x, y) = ((x - 0.5).max(0.0), (y - 0.5).max(0.0));
        let (column, row) = (x as usize, y as usize);
        let (right, down) = (x - column as f64, y - row as f64);
        let known = |v: f64| if v.is_finite() { v } else { nearest };
        let mix = |row: usize| known(self.at(column, row)) * (1.0 - right) + known(self.at(column + 1, row)) * right;
        mix(row) * (1.0 - down) + mix(row + 1) * down
    }

    /// The picture of the slice with its tint, `w` x `h` pixels.
    fn pixels(&self, (w, h): (usize, usize), smooth: bool, levels: (f64, f64)) -> Vec<u8> {
        let mut rgb = Vec::with_capacity(w * h * 3);
        for j in 0..h {
            let y = (j as f64 + 0.5) * self.rows as f64 / h as f64;
            for i in 0..w {
                let x = (i as f64 + 0.5) * self.columns as f64 / w as f64;
                let value = self.value(x, y, smooth);
                let share = if levels.0 < levels.1 { (value - levels.0) / (levels.1 - levels.0) } else { 0.5 };
                let gray = (share.clamp(0.0, 1.0) * 255.0).round() as u8;
                let color = if value.is_finite() { Color::new(gray, gray, gray) } else { Color::hex(0x5a_6a7a) };
                let place = (y as usize).min(self.rows - 1) * self.columns + (x as usize).min(self.columns - 1);
                let tinted = self.prediction.as_ref().is_some_and(|mask| mask[place]);
                rgb.extend(if tinted { color.toward(PREDICTION, TINT).rgb } else { color.rgb });
            }
        }
        rgb
    }

    /// Edges between pixels inside and outside of the truth, runs along a line joined: (from, to) in pixels.
    fn outline(&self) -> Vec<((usize, usize), (usize, usize))> {
        let Some(mask) = &self.truth else { return Vec::new() };
        let inside = |c: usize, r: usize| c < self.columns && r < self.rows && mask[r * self.columns + c];
        let mut edges = Vec::new();
        for r in 0..=self.rows {
            let differ = |c: usize| inside(c, r) != (r > 0 && inside(c, r - 1));
            edges.extend(runs(self.columns, differ).into_iter().map(|(a, b)| ((a, r), (b, r))));
        }
        for c in 0..=self.columns {
            let differ = |r: usize| inside(c, r) != (c > 0 && inside(c - 1, r));
            edges.extend(runs(self.rows, differ).into_iter().map(|(a, b)| ((c, a), (c, b))));
        }
        edges
    }

    fn draw(&self, scene: &mut Scene, frame: Rect, smooth: bool, levels: (f64, f64)) {
        // Twice as fine as the picture's own pixels: smooth on the screen and in an SVG that is scaled up.
        let fine = |side: f64| (side * 2.0).round().clamp(1.0, 1600.0) as usize;
        let (w, h) = if smooth { (fine(frame.w), fine(frame.h)) } else { (self.columns, self.rows) };
        let boxes = |side: usize, pixels: usize| side * (pixels / side).max(1);
        let (w, h) = if smooth { (w, h) } else { (boxes(w, fine(frame.w)), boxes(h, fine(frame.h))) };
        let rgb = self.pixels((w, h), smooth, levels);
        scene.fill(frame, Color::new(0, 0, 0));
        scene.add(Mark::Image { area: frame, columns: w, rows: h, rgb });
        let place = |at: (usize, usize)| {
            let x = frame.x + frame.w * at.0 as f64 / self.columns as f64;
            (x, frame.y + frame.h * at.1 as f64 / self.rows as f64)
        };
        let width = (frame.w / self.columns as f64 * 0.2).clamp(1.2, 2.4);
        for (from, to) in self.outline() {
            let (a, b) = (place(from), place(to));
            // Half a width longer on both ends, so that corners are closed.
            let half = width / 2.0;
            let area = Rect::new(a.0 - half, a.1 - half, b.0 - a.0 + width, b.1 - a.1 + width);
            scene.fill(area, TRUTH);
        }
        self.ruler(scene, frame);
    }

    /// A scale bar of a round length, about a quarter of the picture.
    fn ruler(&self, scene: &mut Scene, frame: Rect) {
        let wide = self.extent().0;
        let power = powf(10.0, log10(wide * 0.35).floor());
        let length = [5.0, 2.0, 1.0].map(|f| f * power).into_iter().find(|l| *l <= wide * 0.35).unwrap_or(power);
        let pixels = frame.w * length / wide;
        let text = format!("{} mm", short(length).trim_end_matches('0').trim_end_matches('.'));
        let text = if length >= 10.0 { format!("{length:.0} mm") } else { text };
        let size = style::TICK.min(frame.w * 0.09);
        if pixels < 8.0 || size < style::SMALLEST || frame.h < size * 4.0 {
            return;
        }
        let (right, y) = (frame.right() - 8.0, frame.bottom() - 9.0);
        let width = scene.fonts.width(&text, size, Weight::Bold).max(pixels);
        let back = Rect::new(right - width - 5.0, y - size * 1.45, width + 10.0, size * 1.45 + 6.5);
        scene.fill(back, Color::new(0, 0, 0).alpha(0.55));
        scene.fill(Rect::new(right - width / 2.0 - pixels / 2.0, y - 1.5, pixels, 3.0), Color::new(255, 255, 255));
        let at = (right - width / 2.0, y - 6.0);
        scene.words(Words::new(at, text, size, Color::new(255, 255, 255)).bold().middle());
    }
}

/// Stretches `from..to` on which `on` holds.
fn runs(count: usize, on: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for i in (0..count).filter(|i| on(*i)) {
        match out.last_mut() {
            Some(last) if last.1 == i => last.1 = i + 1,
            _ => out.push((i, i + 1)),
        }
    }
    out
}

impl Chart for Slices {
    fn check(&self) -> Result<()> {
        crate::ensure!(!self.panels.is_empty(), Kind::Data, "a picture of slices needs at least one, got none");
        let (low, high) = self.window;
        crate::ensure!(
            (0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high) && low < high,
            "the window must be two rising shares in 0..=1, got {low} and {high}"
        );
        for panel in &self.panels {
            let (name, count) = (plain(&panel.title), panel.columns.saturating_mul(panel.rows));
            let of = format!("{}x{}", panel.columns, panel.rows);
            crate::ensure!(count > 0, Kind::Data, "the slice `{name}` needs at least one pixel, got {of}");
            let masks = [&panel.truth, &panel.prediction].into_iter().flatten().map(Vec::len);
            for got in masks.chain([panel.values.len()]) {
                crate::ensure!(
                    got == count,
                    Kind::Data,
                    "the slice `{name}` is {of}, got {got} values instead of {count}"
                );
            }
            let (x, y) = panel.spacing;
            let fine = |s: f64| s.is_finite() && s > 0.0 && (1e-6..1e6).contains(&s);
            crate::ensure!(
                fine(x) && fine(y),
                Kind::Data,
                "the spacing of the slice `{name}` must be positive millimetres, got {x} and {y}"
            );
        }
        Ok(())
    }

    fn natural_size(&self) -> (f64, f64) {
        let (across, down) = self.grid();
        let side = if across == 1 { 460.0 } else { 320.0 };
        let shapes = self.panels.iter().map(SlicePanel::extent);
        let (w, h) = shapes.fold((0.0_f64, 0.0_f64), |m, s| {
            let most = s.0.max(s.1);
            (m.0.max(side * s.0 / most), m.1.max(side * s.1 / most))
        });
        let (w, h) = (w.max(side * 0.4), h.max(side * 0.2));
        let (title, caption) = self.words();
        let legend = if self.legend().is_empty() { 0.0 } else { 26.0 };
        (
            across as f64 * (w + BETWEEN) - BETWEEN + 2.0 * style::MARGIN,
            down as f64 * (h + title + caption + BETWEEN) - BETWEEN + legend + 2.0 * style::MARGIN,
        )
    }

    fn least_size(&self) -> (f64, f64) {
        let (across, down) = self.grid();
        (90.0 * across as f64 + 100.0, 150.0 * down as f64 + 90.0)
    }

    fn draw(&self, scene: &mut Scene, area: Rect, _: &Monitor) -> Result<()> {
        let (across, down) = self.grid();
        let (title, caption) = self.words();
        let legend_height = legend::height(scene, &self.legend(), area.w);
        let body = area.inset(0.0, 0.0, 0.0, legend_height);
        let cell = (
            (body.w + BETWEEN) / across as f64 - BETWEEN,
            (body.h + BETWEEN) / down as f64 - BETWEEN - title - caption,
        );
        for (i, panel) in self.panels.iter().enumerate() {
            let x = body.x + (i % across) as f64 * (cell.0 + BETWEEN);
            let y = body.y + (i / across) as f64 * (cell.1 + BETWEEN + title + caption);
            let (w, h) = panel.extent();
            let grow = (cell.0 / w).min(cell.1 / h);
            let frame =
                Rect::new(x + (cell.0 - w * grow) / 2.0, y + title + (cell.1 - h * grow) / 2.0, w * grow, h * grow);
            panel.draw(scene, frame, self.smooth, self.levels(panel));
            let text = scene.fonts.elide(&plain(&panel.title), style::PANEL, Weight::Bold, cell.0);
            let at = (x + cell.0 / 2.0, frame.y - style::PANEL * 0.5);
            scene.words(Words::new(at, text, style::PANEL, style::INK).bold().middle());
            let text = scene.fonts.elide(&plain(&panel.caption), style::LABEL, Weight::Regular, cell.0);
            let at = (x + cell.0 / 2.0, frame.bottom() + style::LABEL * 1.25);
            scene.words(Words::new(at, text, style::LABEL, style::SOFT).middle());
        }
        let place = Rect::new(area.x, area.bottom() - legend_height + 4.0, area.w, legend_height);
        legend::draw(scene, place, &self.legend());
        Ok(())
    }

    fn text(&self, columns: usize) -> String {
        let mut out = String::new();
        for panel in &self.panels {
            let levels = self.levels(panel);
            let across = columns.min(64).min(panel.columns * 2).max(1);
            let (w, h) = panel.extent();
            // A character is about twice as high as wide.
            let down = ((across as f64 * h / w / 2.0).round() as usize).clamp(1, 40);
            out.push_str(&format!("{}\n", plain(&panel.title)));
            for j in 0..down {
                let row: String = (0..across)
                    .map(|i| {
                        let x = (i as f64 + 0.5) * panel.columns as f64 / across as f64;
                        let y = (j as f64 + 0.5) * panel.rows as f64 / down as f64;
                        let span = (levels.1 - levels.0).max(1e-300);
                        blocks::shade((panel.value(x, y, false) - levels.0) / span)
                    })
                    .collect();
                out.push_str(&format!("{row}\n"));
            }
        }
        out
    }

    fn describe(&self) -> String {
        let part = |p: &SlicePanel| format!("{} {}x{}", plain(&p.title), p.columns, p.rows);
        format!("slices  {}", self.panels.iter().map(part).collect::<Vec<_>>().join(", "))
    }
}
