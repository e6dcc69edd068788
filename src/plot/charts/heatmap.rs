//! Heat maps: one or several named matrices side by side, each with its colour bar and the way that is better.

use crate::base::error::{Error, Kind, Result};
use crate::base::math::log10;
use crate::base::progress::Monitor;
use crate::plot::axis::Scale;
use crate::plot::blocks;
use crate::plot::chart::Chart;
use crate::plot::color::{Color, viridis};
use crate::plot::figure::Figure;
use crate::plot::font::{Weight, plain};
use crate::plot::hatch::hatched;
use crate::plot::number::{extent, fixed, short};
use crate::plot::scene::{Rect, Scene, Words};
use crate::plot::style;
use crate::plot::tree::{self, Join};

/// Which way is closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Distances and costs.
    LowerIsCloser,
    /// Similarities.
    HigherIsCloser,
    /// Neither: counts, scores.
    Neither,
}

/// One matrix.
#[derive(Debug, Clone)]
pub struct HeatPanel {
    /// Above the matrix, such as `H  image distance`.
    pub title: String,
    /// A name a row.
    pub rows: Vec<String>,
    /// A name a column.
    pub columns: Vec<String>,
    /// Row after row; cells that are not finite are drawn hatched.
    pub values: Vec<f64>,
    /// What the colours say, with the unit.
    pub label: String,
    /// Which way is closer; the closer, the darker.
    pub direction: Direction,
    /// Cells with a frame round them, as (row, column).
    pub marked: Vec<(usize, usize)>,
    /// A tree over the columns; none is drawn when it is empty.
    pub tree: Vec<Join>,
}

/// One or several matrices side by side.
#[derive(Debug, Clone)]
pub struct Heatmap {
    /// From left to right.
    pub panels: Vec<HeatPanel>,
}

impl Heatmap {
    /// As a figure.
    ///
    /// # Errors
    /// When there is no panel, or one is empty, of unequal lengths, or without a finite value.
    pub fn figure(self) -> Result<Figure> {
        Figure::new(self)
    }
}

/// The widest that names may be.
const NAME_ROOM: f64 = 150.0;
/// The widest that a panel gets for its title.
const TITLE_ROOM: f64 = 420.0;
/// Width of the colour bar.
const BAR: f64 = 14.0;
/// Its least height.
const BAR_HEIGHT: f64 = 110.0;
/// Height of a tree with the gap below it.
const TREE: f64 = 54.0;

/// Where the parts of a panel are, relative to its upper left corner.
struct Layout {
    cell: f64,
    font: f64,
    /// One name in so many is written.
    stride: usize,
    left: f64,
    grid: (f64, f64),
    size: (f64, f64),
}

impl HeatPanel {
    fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.columns.len() + column]
    }

    fn scale(&self) -> Scale {
        let (low, high) = extent(self.values.iter().copied()).unwrap_or((0.0, 1.0));
        Scale::exact(low, high, 5)
    }

    /// 0 for the closest, 1 for the farthest.
    fn share(&self, scale: &Scale, value: f64) -> f64 {
        match self.direction {
            Direction::HigherIsCloser => 1.0 - scale.share(value),
            Direction::LowerIsCloser | Direction::Neither => scale.share(value),
        }
    }

    fn color(&self, scale: &Scale, value: f64) -> Color {
        viridis(self.share(scale, value))
    }

    fn layout(&self, scene: &Scene, grow: f64) -> Layout {
        let most = self.rows.len().max(self.columns.len()) as f64;
        let cell = ((380.0 / most).clamp(11.0, 62.0) * grow).min(90.0);
        let font = (cell * 0.8).clamp(style::SMALLEST, style::TICK);
        let stride = (font * 1.08 / cell).ceil().max(1.0) as usize;
        let room = |names: &[String]| {
            names.iter().map(|n| scene.fonts.width(&plain(n), font, Weight::Regular)).fold(0.0, f64::max).min(NAME_ROOM)
        };
        let left = room(&self.rows) + 7.0;
        let below = room(&self.columns) + 7.0;
        let grid = (cell * self.columns.len() as f64, cell * self.rows.len() as f64);
        let scale = self.scale();
        let ticks = scale.labels();
        let ticks = ticks.iter().map(|t| scene.fonts.width(t, style::TICK, Weight::Regular)).fold(0.0, f64::max);
        let lines = self.label_lines(scene, grid.1).len() as f64;
        let right = style::GAP + BAR + 6.0 + ticks + lines * style::LABEL * 1.35;
        let height = self.head() + grid.1.max(BAR_HEIGHT + 8.0).max(grid.1 + below);
        let title = scene.fonts.width(&plain(&self.title), style::PANEL, Weight::Bold).min(TITLE_ROOM) + 4.5;
        let size = ((left + grid.0 + right).max(title), height + self.note());
        Layout { cell, font, stride, left, grid, size }
    }

    /// What stands beside the colour bar of a matrix of that height: what the colours say, and the way that is closer.
    fn label_lines(&self, scene: &Scene, height: f64) -> Vec<(String, Color)> {
        let wrap = |text: &str| scene.fonts.wrap(text, style::LABEL, Weight::Regular, height.max(BAR_HEIGHT) + 20.0, 2);
        let label = wrap(&plain(&self.label)).into_iter().map(|line| (line, style::INK));
        let way = wrap(self.way().unwrap_or_default()).into_iter().map(|line| (line, style::SOFT));
        label.chain(way).filter(|line| !line.0.is_empty()).collect()
    }

    /// Height above the matrix.
    fn head(&self) -> f64 {
        style::PANEL * 1.9 + if self.tree.is_empty() { 0.0 } else { TREE }
    }

    fn way(&self) -> Option<&'static str> {
        match self.direction {
            Direction::LowerIsCloser => Some("lower is closer"),
            Direction::HigherIsCloser => Some("higher is closer"),
            Direction::Neither => None,
        }
    }

    fn missing(&self) -> bool {
        self.values.iter().any(|v| !v.is_finite())
    }

    /// Height of the line that explains hatched cells.
    fn note(&self) -> f64 {
        if self.missing() { style::TICK * 1.9 } else { 0.0 }
    }

    fn draw(&self, scene: &mut Scene, place: (f64, f64), layout: &Layout) {
        let cell = layout.cell;
        let grid = Rect::new(place.0 + layout.left, place.1 + self.head(), layout.grid.0, layout.grid.1);
        let room = (layout.size.0 - 4.0).max(40.0);
        let title = scene.fonts.elide(&plain(&self.title), style::PANEL, Weight::Bold, room);
        let width = scene.fonts.width(&title, style::PANEL, Weight::Bold);
        // Over the matrix, unless the title is wider than that: then over the whole panel.
        let at = (grid.center().0 - width / 2.0).max(place.0).min(place.0 + room - width);
        scene.words(Words::new((at, place.1 + style::PANEL), title, style::PANEL, style::INK).bold());

        let scale = self.scale();
        let numbers = self.numbers(scene, cell);
        for row in 0..self.rows.len() {
            for column in 0..self.columns.len() {
                let area = Rect::new(grid.x + column as f64 * cell, grid.y + row as f64 * cell, cell, cell);
                let value = self.at(row, column);
                if !value.is_finite() {
                    hatched(scene, area);
                    continue;
                }
                let color = self.color(&scale, value);
                // A hair wider, so that no white seam shows where an SVG is scaled.
                let last = (column + 1 == self.columns.len(), row + 1 == self.rows.len());
                let over = |last: bool| if last { 0.0 } else { 0.25 };
                scene.fill(Rect::new(area.x, area.y, cell + over(last.0), cell + over(last.1)), color);
                if let Some((size, decimals)) = numbers {
                    let words = Words::new(area.center(), fixed(value, decimals), size, color.ink());
                    scene.words(words.middle().centered());
                }
            }
        }
        scene.frame(grid, 1.0, style::FRAME);
        if !self.tree.is_empty() {
            let above = Rect::new(grid.x, grid.y - TREE + 2.0, grid.w, TREE - 6.0);
            tree::draw(scene, above, self.columns.len(), &self.tree);
        }
        for (row, column) in &self.marked {
            if *row < self.rows.len() && *column < self.columns.len() {
                let area = Rect::new(grid.x + *column as f64 * cell, grid.y + *row as f64 * cell, cell, cell);
                scene.frame(area, 4.0, Color::hex(0xff_ffff));
                scene.frame(area, 2.0, Color::hex(0xd5_5e00));
            }
        }
        for (row, text) in self.names(scene, &self.rows, layout) {
            let at = (grid.x - 5.0, grid.y + (row as f64 + 0.5) * cell);
            scene.words(Words::new(at, text, layout.font, style::INK).end().centered());
        }
        for (column, text) in self.names(scene, &self.columns, layout) {
            let at = (grid.x + (column as f64 + 0.5) * cell, grid.bottom() + 5.0);
            scene.words(Words::new(at, text, layout.font, style::INK).end().up().centered());
        }
        self.color_bar(scene, &scale, grid);
        if self.missing() {
            let y = place.1 + layout.size.1 - style::TICK * 1.1;
            hatched(scene, Rect::new(grid.x, y, style::TICK, style::TICK));
            let at = (grid.x + style::TICK + 6.0, y + style::TICK * 0.5);
            scene.words(Words::new(at, "no value", style::TICK, style::SOFT).centered());
        }
    }

    /// The names that are written, with their places.
    fn names(&self, scene: &Scene, names: &[String], layout: &Layout) -> impl Iterator<Item = (usize, String)> + use<> {
        let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let short = scene.fonts.elide_all(&names, layout.font, Weight::Regular, NAME_ROOM);
        short.into_iter().enumerate().step_by(layout.stride)
    }

    /// Size and decimals of the numbers in the cells, when there is room for them.
    fn numbers(&self, scene: &Scene, cell: f64) -> Option<(f64, usize)> {
        let (low, high) = extent(self.values.iter().copied())?;
        let large = low.abs().max(high.abs());
        if cell < 26.0 || self.values.len() > 256 || large >= 1e5 || (large < 1e-3 && large > 0.0) {
            return None;
        }
        let decimals = if large == 0.0 { 0 } else { (2.0 - log10(large).floor()).clamp(0.0, 3.0) as usize };
        let widest = self.values.iter().filter(|v| v.is_finite()).map(|v| fixed(*v, decimals));
        let widest = widest.map(|t| scene.fonts.width(&t, 1.0, Weight::Regular)).fold(0.0, f64::max);
        let size = style::TICK.min(cell * 0.86 / widest.max(0.1));
        (size >= 7.0).then_some((size, decimals))
    }

    fn color_bar(&self, scene: &mut Scene, scale: &Scale, grid: Rect) {
        let bar = Rect::new(grid.right() + style::GAP, grid.y, BAR, grid.h.max(BAR_HEIGHT));
        let steps = bar.h.ceil() as usize;
        let (low, high) = extent(self.values.iter().copied()).unwrap_or((0.0, 1.0));
        for step in 0..steps {
            let value = scale.high - (scale.high - scale.low) * (step as f64 + 0.5) / steps as f64;
            // A constant matrix has one colour.
            let color = self.color(scale, if low < high { value } else { low });
            let height = bar.h / steps as f64;
            let over = if step + 1 == steps { 0.0 } else { 0.25 };
            scene.fill(Rect::new(bar.x, bar.y + step as f64 * height, bar.w, height + over), color);
        }
        scene.frame(bar, 1.0, style::FRAME);
        let mut widest = 0.0_f64;
        let ticks = if low < high { scale.ticks.clone() } else { vec![low] };
        for tick in ticks {
            let y = scale.place(tick, bar.bottom(), bar.y);
            scene.line((bar.right(), y), (bar.right() + 3.0, y), 1.0, style::FRAME);
            let text = if low < high { scale.label(tick) } else { short(tick) };
            let words = Words::new((bar.right() + 6.0, y), text, style::TICK, style::SOFT).centered();
            widest = widest.max(scene.bounds(&words).w);
            scene.words(words);
        }
        let mut x = bar.right() + 6.0 + widest + style::LABEL * 0.8;
        for (text, color) in self.label_lines(scene, grid.h) {
            let words = Words::new((x, bar.center().1), text, style::LABEL, color).middle().up().centered();
            scene.words(words);
            x += style::LABEL * 1.35;
        }
    }
}

impl Chart for Heatmap {
    fn check(&self) -> Result<()> {
        crate::ensure!(!self.panels.is_empty(), Kind::Data, "a heat map needs at least one matrix, got none");
        for panel in &self.panels {
            let (rows, columns, name) = (panel.rows.len(), panel.columns.len(), plain(&panel.title));
            crate::ensure!(
                rows > 0 && columns > 0,
                Kind::Data,
                "the heat map `{name}` needs at least one row and one column, got {rows}x{columns}"
            );
            crate::ensure!(
                panel.values.len() == rows * columns,
                Kind::Data,
                "the heat map `{name}` has {rows} row names and {columns} column names, got {} values instead of {}",
                panel.values.len(),
                rows * columns
            );
            if !panel.values.iter().any(|v| v.is_finite()) {
                return Err(Error::data(format!("the heat map `{name}` has no finite value among {}", rows * columns)));
            }
        }
        Ok(())
    }

    fn natural_size(&self) -> (f64, f64) {
        let scene = Scene::new(1.0, 1.0);
        let (w, h) = self.size(&scene, 1.0);
        (w + 2.0 * style::MARGIN, h + 2.0 * style::MARGIN)
    }

    fn least_size(&self) -> (f64, f64) {
        let scene = Scene::new(1.0, 1.0);
        let (w, h) = self.size(&scene, LEAST_GROWTH);
        (w + 2.0 * style::MARGIN + 1.0, h + 2.0 * style::MARGIN + 1.0)
    }

    fn draw(&self, scene: &mut Scene, area: Rect, _: &Monitor) -> Result<()> {
        let mut grow = 8.0;
        loop {
            let (w, h) = self.size(scene, grow);
            if (w <= area.w + 1e-6 && h <= area.h + 1e-6) || grow < LEAST_GROWTH {
                break;
            }
            // Reaches 1 exactly, the size at which the natural figure fits.
            grow = if grow > 1.0 { (grow * 0.97).max(1.0) } else { grow * 0.97 };
        }
        let layouts: Vec<Layout> = self.panels.iter().map(|p| p.layout(scene, grow)).collect();
        let (places, (width, _)) = arranged(&layouts);
        let spare = (area.w - width).max(0.0) / 2.0;
        for ((panel, layout), place) in self.panels.iter().zip(&layouts).zip(places) {
            panel.draw(scene, (area.x + spare + place.0, area.y + place.1), layout);
        }
        Ok(())
    }

    fn text(&self, columns: usize) -> String {
        self.panels.iter().map(|p| p.text(columns)).collect::<Vec<_>>().join("\n")
    }

    fn describe(&self) -> String {
        let part = |p: &HeatPanel| format!("{} {}x{}", plain(&p.title), p.rows.len(), p.columns.len());
        format!("heat map  {}", self.panels.iter().map(part).collect::<Vec<_>>().join(", "))
    }
}

/// Space between two matrices.
const PANEL_GAP: f64 = 30.0;
/// Cells are never laid out smaller than this share of their natural size.
const LEAST_GROWTH: f64 = 0.6;

impl Heatmap {
    /// Width and height of all panels at a growth of the cells.
    fn size(&self, scene: &Scene, grow: f64) -> (f64, f64) {
        arranged(&self.panels.iter().map(|p| p.layout(scene, grow)).collect::<Vec<_>>()).1
    }
}

/// Where panels go and the size of all: side by side, small ones below each other beside a tall one.
fn arranged(layouts: &[Layout]) -> (Vec<(f64, f64)>, (f64, f64)) {
    let tallest = layouts.iter().map(|l| l.size.1).fold(0.0, f64::max);
    let (mut x, mut y, mut widest) = (0.0, 0.0, 0.0_f64);
    let mut places = Vec::new();
    for (i, layout) in layouts.iter().enumerate() {
        if i > 0 {
            y += layouts[i - 1].size.1 + style::GAP;
        }
        if y + layout.size.1 > tallest + 1e-6 {
            (x, y, widest) = (x + widest + PANEL_GAP, 0.0, 0.0);
        }
        places.push((x, y));
        widest = widest.max(layout.size.0);
    }
    (places, (x + widest, tallest))
}

impl HeatPanel {
    /// Two characters a cell, the closer the fuller; big matrices show their upper left part.
    fn text(&self, columns: usize) -> String {
        let scale = self.scale();
        let name_room = self.rows.iter().map(|r| r.chars().count()).max().unwrap_or(0).min(columns / 3);
        let across = self.columns.len().min((columns - name_room - 1) / 2).max(1);
        let down = self.rows.len().min(40);
        let mut out = format!("{} ({}..{}", plain(&self.title), short(scale.low), short(scale.high));
        out.push_str(&self.way().map_or(")\n".to_owned(), |way| format!(", {way}, fuller is closer)\n")));
        let names: Vec<String> = self.rows[..down].iter().map(|name| plain(name)).collect();
        for (row, name) in blocks::fit_all(&names, name_room).iter().enumerate() {
            let cell = |c: usize| {
                let share = self.share(&scale, self.at(row, c));
                blocks::shade(if self.way().is_some() { 1.0 - share } else { share })
            };
            let cells: String = (0..across).flat_map(|c| [cell(c); 2]).collect();
            out.push_str(&format!("{name} {cells}\n"));
        }
        if across < self.columns.len() || down < self.rows.len() {
            let all = format!("{}x{}", self.rows.len(), self.columns.len());
            out.push_str(&format!("(the first {down}x{across} of {all} cells)\n"));
        }
        out
    }
}
