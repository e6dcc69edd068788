//! Curves over training steps: losses and scores in panels above each other, with the steps at which a path goes on.

use crate::base::error::{Kind, Result};
use crate::base::math::hypot;
use crate::base::progress::Monitor;
use crate::plot::axis::{self, Scale};
use crate::plot::blocks;
use crate::plot::chart::Chart;
use crate::plot::color::{WHITE, palette};
use crate::plot::figure::Figure;
use crate::plot::font::{Weight, plain};
use crate::plot::legend::{self, Entry, Key};
use crate::plot::number::{extent, short};
use crate::plot::scene::{Mark, Rect, Scene, Words};
use crate::plot::style;

/// One line.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name in the legend; series of one name have one colour in all panels.
    pub name: String,
    /// Points from left to right; one that is not finite interrupts the line.
    pub points: Vec<(f64, f64)>,
    /// Drawn in dashes, such as a validation score beside a training score.
    pub dashed: bool,
}

/// Lines over one vertical axis.
#[derive(Debug, Clone)]
pub struct CurvePanel {
    /// Title of the vertical axis.
    pub label: String,
    /// Its lines.
    pub series: Vec<Series>,
    /// The range that is at least shown, such as 0 to 1 for a Dice.
    pub range: Option<(f64, f64)>,
}

/// A step at which something begins.
#[derive(Debug, Clone)]
pub struct Boundary {
    /// Where on the horizontal axis.
    pub at: f64,
    /// What begins there.
    pub name: String,
}

/// Panels above each other over one horizontal axis.
#[derive(Debug, Clone)]
pub struct Curves {
    /// From top to bottom.
    pub panels: Vec<CurvePanel>,
    /// Title of the horizontal axis.
    pub label: String,
    /// Vertical lines with names.
    pub boundaries: Vec<Boundary>,
}

impl Curves {
    /// As a figure.
    ///
    /// # Errors
    /// When there is no panel, or a panel has no finite point.
    pub fn figure(self) -> Result<Figure> {
        Figure::new(self)
    }

    /// Names in order of their first appearance: a name's place is its colour.
    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for series in self.panels.iter().flat_map(|p| &p.series) {
            if !names.contains(&series.name.as_str()) {
                names.push(&series.name);
            }
        }
        names
    }

    fn color_of(&self, name: &str) -> usize {
        self.names().iter().position(|n| *n == name).unwrap_or(0)
    }

    fn legend(&self) -> Vec<Entry> {
        let names = self.names();
        if names.len() == 1 && names[0].is_empty() {
            return Vec::new();
        }
        let dashed = |name: &str| {
            let mut all = self.panels.iter().flat_map(|p| &p.series).filter(|s| s.name == name);
            all.all(|s| s.dashed)
        };
        names.iter().enumerate().map(|(i, name)| Entry::new(name, Key::Line(palette(i), dashed(name)))).collect()
    }

    fn across(&self) -> Scale {
        let places = self.panels.iter().flat_map(|p| p.points()).map(|p| p.0);
        let (low, high) = extent(places.chain(self.boundaries.iter().map(|b| b.at))).unwrap_or((0.0, 1.0));
        // Epochs and counts have no halves.
        let whole = self.panels.iter().flat_map(|p| p.points()).all(|p| p.0.fract() == 0.0) && high - low >= 1.0;
        let scales = (1..=8).rev().map(|count| Scale::exact(low, high, count));
        let mut fitting = scales.filter(|scale| !whole || scale.step.fract() == 0.0);
        fitting.next().unwrap_or_else(|| Scale::exact(low, high, 8))
    }
}

impl CurvePanel {
    /// Its points that are finite.
    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.series.iter().flat_map(|s| s.points.iter().copied()).filter(|p| p.0.is_finite() && p.1.is_finite())
    }

    fn scale(&self) -> Scale {
        let shown = self.range.into_iter().flat_map(|(low, high)| [low, high]);
        let (low, high) = extent(self.points().map(|p| p.1).chain(shown)).unwrap_or((0.0, 1.0));
        Scale::round(low, high, 5)
    }
}

impl Chart for Curves {
    fn check(&self) -> Result<()> {
        crate::ensure!(!self.panels.is_empty(), Kind::Data, "a curve needs at least one panel, got none");
        for panel in &self.panels {
            crate::ensure!(
                panel.points().next().is_some(),
                Kind::Data,
                "the curves of `{}` need at least one finite point, got none in {} series",
                plain(&panel.label),
                panel.series.len()
            );
        }
        Ok(())
    }

    fn natural_size(&self) -> (f64, f64) {
        (900.0, 130.0 + 260.0 * self.panels.len() as f64)
    }

    fn least_size(&self) -> (f64, f64) {
        (380.0, 140.0 + 120.0 * self.panels.len() as f64)
    }

    fn draw(&self, scene: &mut Scene, area: Rect, _: &Monitor) -> Result<()> {
        let across = self.across();
        let scales: Vec<Scale> = self.panels.iter().map(CurvePanel::scale).collect();
        let rooms = self.panels.iter().zip(&scales).map(|(p, s)| axis::left_room(scene, s, &p.label));
        let left = rooms.fold(0.0, f64::max);
        let plot = area.inset(left, 0.0, 14.0, axis::bottom_room(scene, &self.label, area.w - left - 14.0));
        let legend_height = legend::height(scene, &self.legend(), plot.w);
        legend::draw(scene, Rect::new(plot.x, area.y, plot.w, legend_height), &self.legend());
        let names = self.placed(scene, plot, &across);
        let head = names.iter().map(|n| n.1 + 1).max().unwrap_or(0) as f64 * style::TICK * 1.35;
        let plot = plot.inset(0.0, legend_height + head + 6.0, 0.0, 0.0);

        let gap = 22.0;
        let count = self.panels.len() as f64;
        let height = (plot.h - gap * (count - 1.0)) / count;
        for (i, (panel, scale)) in self.panels.iter().zip(&scales).enumerate() {
            let frame = Rect::new(plot.x, plot.y + i as f64 * (height + gap), plot.w, height);
            axis::vertical(scene, frame, scale, &panel.label);
            if i + 1 == self.panels.len() {
                axis::horizontal(scene, frame, &across, &self.label);
            }
            scene.line((frame.x, frame.bottom()), (frame.right(), frame.bottom()), 1.2, style::FRAME);
            for (name, row, x) in &names {
                let top = if i == 0 { frame.y - head + (*row as f64 + 1.0) * style::TICK * 1.35 } else { frame.y };
                scene.dashes((*x, top), (*x, frame.bottom()), 1.2, style::SOFT);
                if i == 0 {
                    let at = (name.0, top - style::TICK * 0.3);
                    scene.words(Words::new(at, name.1.clone(), style::TICK, style::SOFT));
                }
            }
            for series in &panel.series {
                self.line(scene, series, frame, (&across, scale));
            }
        }
        Ok(())
    }

    fn text(&self, columns: usize) -> String {
        let room = self.names().iter().map(|n| n.chars().count()).max().unwrap_or(0).min(columns / 4);
        let mut out = String::new();
        for panel in &self.panels {
            let (low, high) = extent(panel.points().map(|p| p.1)).unwrap_or((0.0, 1.0));
            out.push_str(&format!("{}  {}..{}\n", plain(&panel.label), short(low), short(high)));
            for series in &panel.series {
                let values: Vec<f64> = series.points.iter().map(|p| p.1).collect();
                let values = blocks::condensed(&values, columns.saturating_sub(room + 12).max(4));
                let last = series.points.iter().rev().find(|p| p.1.is_finite()).map_or(f64::NAN, |p| p.1);
                let name = blocks::fit(&plain(&series.name), room);
                out.push_str(&format!("{name} {} {}\n", blocks::spark(&values, low, high), short(last)));
            }
        }
        out
    }

    fn describe(&self) -> String {
        let labels: Vec<String> = self.panels.iter().map(|p| plain(&p.label)).collect();
        format!("curves  {} over {}", labels.join(" and "), plain(&self.label))
    }
}

/// A boundary's name with where it begins, its row above the plot, and the place of its line.
type Placed = ((f64, String), usize, f64);

impl Curves {
    /// Names of boundaries in as many rows as they need, the last row next to the plot.
    fn placed(&self, scene: &Scene, plot: Rect, across: &Scale) -> Vec<Placed> {
        let mut ends: Vec<f64> = Vec::new();
        let mut out: Vec<Placed> = Vec::new();
        for boundary in self.boundaries.iter().filter(|b| b.at.is_finite()) {
            let x = across.place(boundary.at, plot.x, plot.right());
            let text = scene.fonts.elide(&plain(&boundary.name), style::TICK, Weight::Regular, plot.w * 0.4);
            let width = scene.fonts.width(&text, style::TICK, Weight::Regular);
            // To the right of the line, or as far left of it as the plot's edge asks for.
            let start = (x + 4.0).min(plot.right() - width).max(plot.x);
            let free = ends.iter().position(|end| *end + 8.0 <= start);
            let row = free.unwrap_or(ends.len());
            if row == ends.len() {
                ends.push(0.0);
            }
            ends[row] = start + width;
            out.push(((start, text), row, x));
        }
        out
    }

    fn line(&self, scene: &mut Scene, series: &Series, frame: Rect, (across, up): (&Scale, &Scale)) {
        let color = palette(self.color_of(&series.name));
        let place =
            |p: &(f64, f64)| (across.place(p.0, frame.x, frame.right()), up.place(p.1, frame.bottom(), frame.y));
        let broken = |p: &(f64, f64)| !(p.0.is_finite() && p.1.is_finite());
        for run in series.points.split(broken).filter(|r| !r.is_empty()) {
            let points: Vec<(f64, f64)> = run.iter().map(place).collect();
            if series.dashed {
                dashed(scene, &points, color);
            } else {
                scene.add(Mark::Line(points.clone(), 2.2, color));
            }
            // Few points are measurements one may want to see; a lonely one would not be seen at all.
            if run.len() == 1 || series.points.len() <= 24 {
                for point in points {
                    scene.add(Mark::Disc(point, 3.8, WHITE));
                    scene.add(Mark::Disc(point, 3.0, color));
                }
            }
        }
    }
}

/// Dashes along a line of many short pieces.
fn dashed(scene: &mut Scene, points: &[(f64, f64)], color: crate::plot::color::Color) {
    const PERIOD: f64 = 11.0;
    let mut walked = 0.0_f64;
    let mut dash: Vec<(f64, f64)> = Vec::new();
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let length = hypot(b.0 - a.0, b.1 - a.1);
        let mut done = 0.0;
        while length - done > 1e-9 {
            let phase = walked % PERIOD;
            let inked = phase < PERIOD * 0.6;
            let left = if inked { PERIOD * 0.6 - phase } else { PERIOD - phase };
            let step = left.max(1e-6).min(length - done);
            let at = |s: f64| (a.0 + (b.0 - a.0) * s / length, a.1 + (b.1 - a.1) * s / length);
            if inked {
                if dash.is_empty() {
                    dash.push(at(done));
                }
                dash.push(at(done + step));
            } else if !dash.is_empty() {
                scene.add(Mark::Line(std::mem::take(&mut dash), 2.2, color));
            }
            done += step;
            walked += step;
        }
    }
    scene.add(Mark::Line(dash, 2.2, color));
}
