//! What a chart is to a figure.

use super::scene::{Rect, Scene};
use crate::base::error::Result;
use crate::base::progress::Monitor;

/// Plain data that can be drawn and, roughly, written.
pub trait Chart: Send + Sync {
    /// Whether the data can be drawn at all.
    ///
    /// # Errors
    /// Of kind `data` when they are empty, of unequal lengths, or without a finite value.
    fn check(&self) -> Result<()>;

    /// Width and height at which it looks right, in pixels, its figure's title not counted.
    fn natural_size(&self) -> (f64, f64);

    /// The least width and height it can be laid out in; a smaller figure shrinks the whole drawing.
    fn least_size(&self) -> (f64, f64) {
        (360.0, 260.0)
    }

    /// Draws itself into `area`; only called after [`Chart::check`].
    ///
    /// # Errors
    /// Of kind `cancelled` when the user asked to stop.
    fn draw(&self, scene: &mut Scene, area: Rect, monitor: &Monitor) -> Result<()>;

    /// Itself in characters, at most `columns` wide.
    fn text(&self, columns: usize) -> String;

    /// What it shows, in a few words.
    fn describe(&self) -> String;
}
