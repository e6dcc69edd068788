//! Axes: ranges that are never degenerate, round ticks, grid lines, tick labels and titles.

use super::font::{Weight, plain};
use super::number::{decimals_for, fixed};
use super::scene::{Rect, Scene, Words};
use super::style;
use crate::base::math::{log10, powf};

/// A range of values and its ticks.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// The least value shown.
    pub low: f64,
    /// The greatest value shown.
    pub high: f64,
    /// Round values inside the range.
    pub ticks: Vec<f64>,
    /// Distance of two ticks.
    pub step: f64,
}

impl Scale {
    /// Covers `low..=high` exactly, with about `count` ticks; an empty range is widened, a range that is not finite is `0..=1`.
    #[must_use]
    pub fn exact(low: f64, high: f64, count: usize) -> Self {
        let (mut low, mut high) = if low.is_finite() && high.is_finite() { (low, high) } else { (0.0, 1.0) };
        if low > high {
            std::mem::swap(&mut low, &mut high);
        }
        // Beyond 1e300 a difference of two values is no longer finite.
        (low, high) = (low.clamp(-1e300, 1e300), high.clamp(-1e300, 1e300));
        if high - low <= 1e-12 * low.abs().max(high.abs()) {
            let widen = if low == 0.0 { 0.5 } else { low.abs() * 0.1 };
            (low, high) = (low - widen, high + widen);
        }
        Scale::stepped(low, high, round_step((high - low) / count.max(1) as f64))
    }

    /// Multiples of `step` inside the range, 61 at most.
    fn stepped(low: f64, high: f64, step: f64) -> Self {
        let first = (low / step - 1e-9).ceil();
        let last = (high / step + 1e-9).floor();
        let many = (last - first).clamp(0.0, 60.0) as usize;
        let ticks = (0..=many).map(|i| (first + i as f64) * step).collect();
        Scale { low, high, ticks, step }
    }

    /// Covers `low..=high` and ends on ticks.
    #[must_use]
    pub fn round(low: f64, high: f64, count: usize) -> Self {
        let inner = Scale::exact(low, high, count);
        let low = (inner.low / inner.step + 1e-9).floor() * inner.step;
        let high = (inner.high / inner.step - 1e-9).ceil() * inner.step;
        // The wider range would have another step, whose ticks need not meet its ends.
        if low < high && low.is_finite() && high.is_finite() { Scale::stepped(low, high, inner.step) } else { inner }
    }

    /// How far `value` is from low to high, 0 to 1 inside.
    #[must_use]
    pub fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// Its place between `start` and `end`.
    #[must_use]
    pub fn place(&self, value: f64, start: f64, end: f64) -> f64 {
        start + (end - start) * self.share(value).clamp(-10.0, 10.0)
    }

    /// The label of a tick.
    #[must_use]
    pub fn label(&self, tick: f64) -> String {
        let large = self.low.abs().max(self.high.abs());
        if !(1e-4..1e6).contains(&large) {
            return if tick == 0.0 { "0".to_owned() } else { format!("{tick:.1e}") };
        }
        fixed(tick, decimals_for(self.step))
    }

    /// Labels of all ticks.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        self.ticks.iter().map(|t| self.label(*t)).collect()
    }
}

/// 1, 2, 2.5 or 5 times a power of ten, at least `rough`.
fn round_step(rough: f64) -> f64 {
    let power = powf(10.0, log10(rough).floor());
    let factor = rough / power;
    let round = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|r| factor <= r * (1.0 + 1e-9)).unwrap_or(10.0);
    // A range of less than 1e-308 has no power of ten; any positive step will do.
    if power > 0.0 && power.is_finite() { round * power } else { f64::MIN_POSITIVE }
}

/// Room that tick labels and the title of a vertical axis take on its left.
#[must_use]
pub fn left_room(scene: &Scene, scale: &Scale, title: &str) -> f64 {
    let widest = scale.labels().iter().map(|l| scene.fonts.width(l, style::TICK, Weight::Regular)).fold(0.0, f64::max);
    widest + 9.0 + if title.is_empty() { 0.0 } else { style::LABEL * 1.6 }
}

/// The lines of a horizontal axis's title.
fn title_lines(scene: &Scene, title: &str, width: f64) -> Vec<String> {
    if title.is_empty() {
        return Vec::new();
    }
    // Titles stand a little over both ends of the axis; their lines are about as long as each other.
    let lines = |share: f64| scene.fonts.wrap(&plain(title), style::LABEL, Weight::Regular, (width + 24.0) * share, 3);
    let whole = lines(1.0);
    let as_few = |lines: &Vec<String>| lines.len() == whole.len() && lines.concat().len() == whole.concat().len();
    (10..20).map(|share| lines(f64::from(share) / 20.0)).find(as_few).unwrap_or_else(|| whole.clone())
}

const LINE: f64 = style::LABEL * 1.3;

/// Room below a horizontal axis of that width for its labels and title.
#[must_use]
pub fn bottom_room(scene: &Scene, title: &str, width: f64) -> f64 {
    style::TICK * 1.7
        + match title_lines(scene, title, width).len() {
            0 => 0.0,
            lines => style::LABEL * 1.6 + (lines - 1) as f64 * LINE,
        }
}

/// Draws a vertical axis on the left of `plot`: grid lines, labels and the title reading upward.
pub fn vertical(scene: &mut Scene, plot: Rect, scale: &Scale, title: &str) {
    let mut widest = 0.0_f64;
    for tick in &scale.ticks {
        let y = scale.place(*tick, plot.bottom(), plot.y);
        scene.line((plot.x, y), (plot.right(), y), 1.0, style::GRID);
        let words = Words::new((plot.x - 6.0, y), scale.label(*tick), style::TICK, style::SOFT).end().centered();
        widest = widest.max(scene.bounds(&words).w);
        scene.words(words);
    }
    if !title.is_empty() {
        let text = scene.fonts.elide(&plain(title), style::LABEL, Weight::Regular, plot.h + 40.0);
        let x = plot.x - widest - 9.0 - style::LABEL * 0.9;
        scene.words(Words::new((x, plot.center().1), text, style::LABEL, style::INK).middle().up().centered());
    }
}

/// Draws a horizontal axis below `plot`: grid lines, labels that do not touch, the title.
pub fn horizontal(scene: &mut Scene, plot: Rect, scale: &Scale, title: &str) {
    let mut free = f64::NEG_INFINITY;
    for tick in &scale.ticks {
        let x = scale.place(*tick, plot.x, plot.right());
        scene.line((x, plot.y), (x, plot.bottom()), 1.0, style::GRID);
        let at = (x, plot.bottom() + style::TICK * 1.35);
        let words = Words::new(at, scale.label(*tick), style::TICK, style::SOFT).middle();
        let bounds = scene.bounds(&words);
        if bounds.x > free {
            free = bounds.right() + 4.0;
            scene.words(words);
        }
    }
    for (line, text) in title_lines(scene, title, plot.w).into_iter().enumerate() {
        let at = (plot.center().0, plot.bottom() + style::TICK * 1.7 + style::LABEL * 1.3 + line as f64 * LINE);
        scene.words(Words::new(at, text, style::LABEL, style::INK).middle());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_range() {
        let scale = Scale::round(0.0, 0.87, 5);
        assert_eq!(scale.labels(), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        let scale = Scale::round(-3.0, 12.0, 4);
        assert!(scale.low <= -3.0 && scale.high >= 12.0, "{scale:?}");
        let scale = Scale::round(0.05, 1.02, 5);
        assert_eq!(scale.labels(), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.2"]);
        for (low, high) in (1..200).map(|n| (0.013 * f64::from(n % 17), 0.3 + 0.0713 * f64::from(n))) {
            let scale = Scale::round(low, high, 5);
            let labels: Vec<f64> = scale.labels().iter().map(|label| label.parse().unwrap()).collect();
            assert!(labels.iter().zip(&scale.ticks).all(|(a, b)| (a - b).abs() < 1e-9), "{low} {high}: {labels:?}");
            assert!((labels[0] - scale.low).abs() < 1e-9 && (labels[labels.len() - 1] - scale.high).abs() < 1e-9);
        }
        assert_eq!(Scale::exact(0.0, 100.0, 4).labels(), ["0", "25", "50", "75", "100"]);
    }

    #[test]
    fn hostile_ranges_stay_finite() {
        let values = [f64::NAN, f64::INFINITY, f64::MAX, f64::MIN, 0.0, -0.0, 1e-320, 5.0, f64::MIN_POSITIVE];
        for low in values {
            for high in values {
                for scale in [Scale::exact(low, high, 5), Scale::round(low, high, 5)] {
                    assert!(scale.low < scale.high, "{low} {high}: {scale:?}");
                    assert!(scale.ticks.iter().all(|t| t.is_finite()) && scale.ticks.len() < 62, "{scale:?}");
                    assert!(scale.place(scale.low, 0.0, 1.0).is_finite());
                }
            }
        }
    }
}
