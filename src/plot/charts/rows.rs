//! Bars that lie, one a name: what paths cost part by part, how often each wins.

use crate::base::error::{Kind, Result};
use crate::base::progress::Monitor;
use crate::plot::axis::{self, Scale};
use crate::plot::blocks;
use crate::plot::chart::Chart;
use crate::plot::color::{WHITE, palette};
use crate::plot::figure::Figure;
use crate::plot::font::{Weight, plain};
use crate::plot::legend::{self, Entry};
use crate::plot::number::{extent, fixed};
use crate::plot::scene::{Rect, Scene, Words};
use crate::plot::style;

/// A lying bar of several parts.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Stands on its left.
    pub name: String,
    /// Its parts from zero on, as series and value: negative ones to the left. A part with no finite value is left out.
    pub parts: Vec<(usize, f64)>,
    /// Lower and upper end of a whisker round the sum.
    pub interval: Option<(f64, f64)>,
    /// Whether its name is bold.
    pub bold: bool,
}

/// Lying bars under each other.
#[derive(Debug, Clone)]
pub struct Rows {
    /// From top to bottom.
    pub rows: Vec<Row>,
    /// Names of the series in the legend; none is shown for a single one.
    pub series: Vec<String>,
    /// Title of the horizontal axis.
    pub label: String,
    /// Decimals of the sums beside the bars.
    pub decimals: usize,
}

const HEIGHT: f64 = 34.0;
/// Distance of two lines of a name, in sizes.
const LINE: f64 = 1.26;
/// The share of the width that names may take.
const SHARE: f64 = 0.52;
/// The width of a figure that nobody asked for.
const WIDTH: f64 = 900.0;

/// Names as they are written.
struct Names {
    /// The lines of each.
    lines: Vec<Vec<String>>,
    size: f64,
    /// Width of the widest line.
    width: f64,
}

impl Row {
    fn finite(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.parts.iter().copied().filter(|part| part.1.is_finite())
    }

    /// All its parts together.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.finite().map(|part| part.1).sum()
    }

    /// Where each part begins and ends.
    fn spans(&self) -> Vec<(usize, f64, f64)> {
        let (mut below, mut above) = (0.0, 0.0);
        let mut spans = Vec::new();
        for (series, value) in self.finite() {
            let from: &mut f64 = if value < 0.0 { &mut below } else { &mut above };
            spans.push((series, *from, *from + value));
            *from += value;
        }
        spans
    }
}

impl Rows {
    /// As a figure.
    ///
    /// # Errors
    /// When there is no row or no finite part, or a part is of a series that is not there.
    pub fn figure(self) -> Result<Figure> {
        Figure::new(self)
    }

    fn scale(&self) -> Scale {
        let ends = |row: &Row| {
            let whisker = row.interval.into_iter().flat_map(|(low, high)| [low, high]);
            row.spans().into_iter().flat_map(|span| [span.1, span.2]).chain(whisker).collect::<Vec<_>>()
        };
        let (low, high) = extent(self.rows.iter().flat_map(ends).chain([0.0])).unwrap_or((0.0, 1.0));
        Scale::round(low, high, 6)
    }

    fn legend(&self) -> Vec<Entry> {
        if self.series.len() < 2 {
            return Vec::new();
        }
        self.series.iter().enumerate().map(|(i, name)| Entry::block(name, palette(i))).collect()
    }

    /// The names at one size, each on its lines, in a room of that width; smaller where the lanes are too low for the lines.
    fn names(&self, scene: &Scene, width: f64, lane: f64) -> Names {
        let names: Vec<String> = self.rows.iter().map(|row| plain(&row.name)).collect();
        let most = |size: f64| ((lane * 0.96 / (size * LINE)).floor() as usize).max(1);
        let broken = |size: f64| {
            let break_up = |name: &String| scene.fonts.broken(name, size, Weight::Bold, width, most(size));
            names.iter().map(break_up).collect::<Vec<_>>()
        };
        let wide = |line: &String, size: f64| scene.fonts.width(line, size, Weight::Bold) > width;
        let sizes = [style::LABEL, 12.5, 11.5, 10.5, 9.5, 8.5];
        let whole = sizes.into_iter().find(|&size| !broken(size).iter().flatten().any(|line| wide(line, size)));
        let size = whole.unwrap_or(style::LABEL);
        let lines = match whole {
            Some(size) => broken(size),
            None => scene.fonts.wrap_all(&names, size, Weight::Bold, width, most(size)),
        };
        let widths = lines.iter().flatten().map(|line| scene.fonts.width(line, size, Weight::Bold));
        Names { width: widths.fold(0.0, f64::max), lines, size }
    }

    /// Height of a lane in which all names stand at their full size, in a room of that width.
    fn lane(&self, scene: &Scene, width: f64) -> f64 {
        let names = self.names(scene, width, style::LABEL * LINE * 4.5);
        let lines = names.lines.iter().map(Vec::len).max().unwrap_or(1);
        if lines < 2 { HEIGHT } else { HEIGHT.max(lines as f64 * names.size * LINE + 9.0) }
    }

    fn row(&self, scene: &mut Scene, (row, names): (&Row, (&[String], f64)), area: Rect, plot: Rect, scale: &Scale) {
        let middle = area.center().1;
        let (lines, size) = names;
        for (at, line) in lines.iter().enumerate() {
            let y = middle + (at as f64 - (lines.len() - 1) as f64 / 2.0) * size * LINE;
            let words = Words::new((plot.x - 8.0, y), line.clone(), size, style::INK).end().centered();
            scene.words(if row.bold { words.bold() } else { words });
        }
        let place = |value: f64| scale.place(value, plot.x, plot.right());
        let thick = (area.h * 0.62).min(HEIGHT);
        let mut end = place(0.0);
        for (series, from, to) in row.spans() {
            let (a, b) = (place(from).min(place(to)), place(from).max(place(to)));
            scene.fill(Rect::new(a, middle - thick / 2.0, b - a, thick), palette(series));
            // A seam, so that parts of one colour are told apart.
            if from != 0.0 {
                let x = place(from);
                scene.line((x, middle - thick / 2.0), (x, middle + thick / 2.0), 1.4, WHITE);
            }
            end = end.max(b);
        }
        if let Some((low, high)) = row.interval.filter(|ends| ends.0.is_finite() && ends.1.is_finite()) {
            let cap = (thick * 0.24).min(6.0);
            scene.line((place(low), middle), (place(high), middle), 1.8, style::INK);
            for x in [place(low), place(high)] {
                scene.line((x, middle - cap), (x, middle + cap), 1.8, style::INK);
            }
            end = end.max(place(high));
        }
        let sum = Words::new((end + 6.0, middle), fixed(row.sum(), self.decimals), style::TICK, style::INK);
        scene.words(sum.bold().centered());
    }
}

impl Chart for Rows {
    fn check(&self) -> Result<()> {
        crate::ensure!(!self.rows.is_empty(), Kind::Data, "bars need at least one row, got none");
        let parts = || self.rows.iter().flat_map(|row| &row.parts);
        crate::ensure!(parts().any(|part| part.1.is_finite()), Kind::Data, "bars need at least one finite value");
        if let Some(part) = parts().find(|part| part.0 >= self.series.len()) {
            crate::bail!("a part is of series {}, got {} series", part.0, self.series.len());
        }
        Ok(())
    }

    fn natural_size(&self) -> (f64, f64) {
        let lane = self.lane(&Scene::new(1.0, 1.0), (WIDTH - 2.0 * style::MARGIN) * SHARE);
        (WIDTH, 110.0 + lane * self.rows.len() as f64)
    }

    fn least_size(&self) -> (f64, f64) {
        // Names of several lines need a width at which they can be read.
        let lane = self.lane(&Scene::new(1.0, 1.0), (WIDTH - 2.0 * style::MARGIN) * SHARE);
        let (width, low) = if lane > HEIGHT { (700.0, 30.0) } else { (420.0, 18.0) };
        (width, 110.0 + low * self.rows.len() as f64)
    }

    fn draw(&self, scene: &mut Scene, area: Rect, _: &Monitor) -> Result<()> {
        let legend = self.legend();
        let legend_height = legend::height(scene, &legend, area.w);
        legend::draw(scene, Rect::new(area.x, area.y, area.w, legend_height), &legend);
        let sum = |row: &Row| scene.fonts.width(&fixed(row.sum(), self.decimals), style::TICK, Weight::Bold);
        let right = self.rows.iter().map(sum).fold(0.0, f64::max) + 14.0;
        let inner = area.inset(0.0, legend_height + 4.0, right, 0.0);
        let height = |below: f64| ((inner.h - below) / self.rows.len() as f64).max(1.0);
        let below = axis::bottom_room(scene, &self.label, inner.w * (1.0 - SHARE));
        let names = self.names(scene, area.w * SHARE, height(below));
        let plot = inner.inset(names.width + 12.0, 0.0, 0.0, 0.0);
        let below = axis::bottom_room(scene, &self.label, plot.w);
        let plot = plot.inset(0.0, 0.0, 0.0, below);
        let scale = self.scale();
        axis::horizontal(scene, plot, &scale, &self.label);
        let height = height(below).min(HEIGHT.max(self.lane(scene, area.w * SHARE)) * 1.6);
        for (i, row) in self.rows.iter().enumerate() {
            let lane = Rect::new(area.x, plot.y + i as f64 * height, area.w, height);
            self.row(scene, (row, (&names.lines[i], names.size)), lane, plot, &scale);
        }
        let zero = scale.place(0.0, plot.x, plot.right());
        scene.line((zero, plot.y), (zero, plot.bottom()), 1.2, style::FRAME);
        Ok(())
    }

    fn text(&self, columns: usize) -> String {
        let most = extent(self.rows.iter().map(|row| row.sum().abs())).map_or(1.0, |ends| ends.1).max(1e-300);
        let longest = self.rows.iter().map(|row| plain(&row.name).chars().count()).max().unwrap_or(0);
        let room = longest.min(columns / 2);
        let width = columns.saturating_sub(room + 12).max(4);
        let names: Vec<String> = self.rows.iter().map(|row| plain(&row.name)).collect();
        let line = |(row, name): (&Row, String)| {
            let bar = blocks::bar(row.sum().abs() / most, width);
            let line = format!("{name} {bar} {}", fixed(row.sum(), self.decimals));
            let length = line.chars().count();
            format!("{}\n", blocks::fit(&line, columns.min(length)).trim_end())
        };
        self.rows.iter().zip(blocks::fit_all(&names, room)).map(line).collect()
    }

    fn describe(&self) -> String {
        format!("bars  {} of {} rows", plain(&self.label), self.rows.len())
    }
}
