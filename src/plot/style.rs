//! One look for every chart: sizes of words, widths of lines, greys, gaps. All in logical pixels.

use super::color::Color;

/// Size of a figure's title.
pub const TITLE: f64 = 19.0;
/// Size of a panel's title.
pub const PANEL: f64 = 15.0;
/// Size of axis titles and legends.
pub const LABEL: f64 = 13.5;
/// Size of tick labels and names.
pub const TICK: f64 = 12.0;
/// The smallest size at which words are still written.
pub const SMALLEST: f64 = 6.0;

/// Space round the whole figure.
pub const MARGIN: f64 = 18.0;
/// Space between parts that stand side by side.
pub const GAP: f64 = 10.0;

/// Words.
pub const INK: Color = Color::hex(0x22_2222);
/// Words of less weight.
pub const SOFT: Color = Color::hex(0x5f_5f5f);
/// Axis lines and frames.
pub const FRAME: Color = Color::hex(0x8a_8a8a);
/// Grid lines.
pub const GRID: Color = Color::hex(0xe3_e3e3);
/// Cells without a value.
pub const MISSING: Color = Color::hex(0xe0_e0e0);
/// Hatching of cells without a value.
pub const HATCH: Color = Color::hex(0x9a_9a9a);
