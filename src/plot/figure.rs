//! A chart with its title and size, ready to be saved or shown.

use super::chart::Chart;
use super::font::{Weight, plain};
use super::scene::{Rect, Scene, Words};
use super::{raster, style, vector};
use crate::base::error::Result;
use crate::base::progress::Monitor;
use std::fmt;
use std::sync::Arc;

/// The least and the greatest width and height of a figure in pixels.
const SIDE: std::ops::RangeInclusive<u32> = 64..=4096;

/// A picture that is drawn when it is asked for; cheap to clone.
#[derive(Clone)]
pub struct Figure {
    chart: Arc<dyn Chart>,
    title: String,
    size: Option<(u32, u32)>,
}

impl Figure {
    /// A figure of a chart, without a title and at the chart's own size.
    ///
    /// # Errors
    /// When the chart's data cannot be drawn.
    pub fn new(chart: impl Chart + 'static) -> Result<Self> {
        chart.check()?;
        Ok(Figure { chart: Arc::new(chart), title: String::new(), size: None })
    }

    /// The same figure with a title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// The same figure at another size in pixels.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = Some((width, height));
        self
    }

    /// Its width and height in pixels.
    ///
    /// # Errors
    /// An argument error when one of them is not in `64..=4096`.
    pub fn pixels(&self) -> Result<(u32, u32)> {
        let (width, height) = self.size.unwrap_or_else(|| {
            let (w, h) = self.chart.natural_size();
            let fit = |v: f64| (v.ceil().clamp(0.0, 1e5) as u32).clamp(*SIDE.start(), *SIDE.end());
            (fit(w), fit(h + self.heading()))
        });
        for (name, side) in [("width", width), ("height", height)] {
            crate::ensure!(
                SIDE.contains(&side),
                "a figure's {name} must be in {}..={} pixels, got {side}",
                SIDE.start(),
                SIDE.end()
            );
        }
        Ok((width, height))
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// As [`Figure::pixels`], and of kind `cancelled` when the user asked to stop.
    pub fn png(&self, monitor: &Monitor) -> Result<Vec<u8>> {
        let (width, height) = self.pixels()?;
        raster::png(&self.scene(width, height, monitor)?, width, height, monitor)
    }

    /// The picture as an SVG document.
    ///
    /// # Errors
    /// As [`Figure::png`].
    pub fn svg(&self, monitor: &Monitor) -> Result<String> {
        let (width, height) = self.pixels()?;
        let title = if self.title.is_empty() { self.chart.describe() } else { plain(&self.title) };
        vector::svg(&self.scene(width, height, monitor)?, (width, height), &title, monitor)
    }

    /// The picture in characters, at most `columns` wide (and at least 24).
    #[must_use]
    pub fn text(&self, columns: usize) -> String {
        let columns = columns.max(24);
        let body = self.chart.text(columns);
        let title = plain(&self.title);
        let lines = Some(title.as_str()).filter(|t| !t.is_empty()).into_iter().chain(body.lines());
        lines.map(|line| format!("{}\n", line.chars().take(columns).collect::<String>().trim_end())).collect()
    }

    /// What it shows, on one line.
    #[must_use]
    pub fn describe(&self) -> String {
        let what = plain(&self.chart.describe());
        let title = plain(&self.title);
        if title.is_empty() { what } else { format!("{title}: {what}") }
    }

    /// Height that the title takes.
    fn heading(&self) -> f64 {
        if plain(&self.title).is_empty() { 0.0 } else { style::TITLE * 1.8 }
    }

    /// The drawing, laid out at its size or, where that is too small to lay out, larger in the same proportions.
    ///
    /// # Errors
    /// Of kind `cancelled` when the user asked to stop.
    pub fn scene(&self, width: u32, height: u32, monitor: &Monitor) -> Result<Scene> {
        let (w, h) = (f64::from(width), f64::from(height));
        let (least_w, least_h) = self.chart.least_size();
        let grow = (least_w / w).max((least_h + self.heading()) / h).max(1.0);
        let mut scene = Scene::new(w * grow, h * grow);
        let area = scene.area().inset(style::MARGIN, style::MARGIN, style::MARGIN, style::MARGIN);
        if self.heading() > 0.0 {
            let text = scene.fonts.elide(&plain(&self.title), style::TITLE, Weight::Bold, area.w);
            let at = (area.center().0, area.y + 0.76 * style::TITLE);
            scene.words(Words::new(at, text, style::TITLE, style::INK).bold().middle());
        }
        let body = Rect::new(area.x, area.y + self.heading(), area.w, area.h - self.heading());
        self.chart.draw(&mut scene, body, monitor)?;
        Ok(scene)
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Figure  {}", self.describe())
    }
}
