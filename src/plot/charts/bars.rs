//! Grouped bars with intervals, a dot a case, and the value above: scores of strategies side by side.

use crate::base::error::{Kind, Result};
use crate::base::progress::Monitor;
use crate::plot::axis::{self, Scale};
use crate::plot::blocks;
use crate::plot::chart::Chart;
use crate::plot::color::{Color, WHITE, palette};
use crate::plot::figure::Figure;
use crate::plot::font::{Weight, plain};
use crate::plot::legend;
use crate::plot::number::{extent, fixed};
use crate::plot::scene::{Mark, Rect, Scene, Words};
use crate::plot::style;

/// One bar.
#[derive(Debug, Clone, Default)]
pub struct Bar {
    /// Its height; `n/a` is written when it is not finite.
    pub value: f64,
    /// Lower and upper end of the interval drawn as a whisker.
    pub interval: Option<(f64, f64)>,
    /// A dot each, such as the score of each case.
    pub dots: Vec<f64>,
}

/// Bars of one colour, one in each group.
#[derive(Debug, Clone)]
pub struct BarSeries {
    /// Its name in the legend.
    pub name: String,
    /// As many as there are groups.
    pub bars: Vec<Bar>,
}

/// Groups of bars.
#[derive(Debug, Clone)]
pub struct Bars {
    /// Names below the axis, from left to right, such as the strategies.
    pub groups: Vec<String>,
    /// Such as the metrics.
    pub series: Vec<BarSeries>,
    /// Title of the vertical axis.
    pub label: String,
    /// Decimals of the values above the bars.
    pub decimals: usize,
}

impl Bars {
    /// As a figure.
    ///
    /// # Errors
    /// When there is no bar, a series has another number of bars than there are groups, or no value is finite.
    pub fn figure(self) -> Result<Figure> {
        Figure::new(self)
    }

    fn all(&self) -> impl Iterator<Item = &Bar> {
        self.series.iter().flat_map(|s| &s.bars)
    }

    fn scale(&self) -> Scale {
        let parts = |b: &Bar| {
            let ends = b.interval.map_or([b.value; 2], |(low, high)| [low, high]);
            [b.value, ends[0], ends[1]].into_iter().chain(b.dots.iter().copied()).collect::<Vec<_>>()
        };
        let (low, high) = extent(self.all().flat_map(parts)).unwrap_or((0.0, 1.0));
        Scale::round(
            low.min(0.0),
            if high > 0.0 {
                high
            } else if low < 0.0 {
                0.0
            } else {
                1.0
            },
            5,
        )
    }

    fn legend(&self) -> Vec<legend::Entry> {
        if self.series.len() == 1 && self.series[0].name.is_empty() {
            return Vec::new();
        }
        let entry = |(i, s): (usize, &BarSeries)| legend::Entry::block(&s.name, palette(i));
        self.series.iter().enumerate().map(entry).collect()
    }
}

impl Chart for Bars {
    fn check(&self) -> Result<()> {
        crate::ensure!(
            !self.groups.is_empty() && !self.series.is_empty(),
            Kind::Data,
            "a bar chart needs at least one group and one series, got {} and {}",
            self.groups.len(),
            self.series.len()
        );
        for series in &self.series {
            crate::ensure!(
                series.bars.len() == self.groups.len(),
                Kind::Data,
                "the series `{}` needs a bar for each of {} groups, got {}",
                plain(&series.name),
                self.groups.len(),
                series.bars.len()
            );
        }
        crate::ensure!(
            self.all().any(|b| b.value.is_finite()),
            Kind::Data,
            "a bar chart needs at least one finite value, got none among {} bars",
            self.all().count()
        );
        Ok(())
    }

    fn natural_size(&self) -> (f64, f64) {
        let bars = (self.groups.len() * self.series.len()) as f64;
        ((150.0 + bars * 58.0 + self.groups.len() as f64 * 40.0).clamp(560.0, 1800.0), 470.0)
    }

    fn least_size(&self) -> (f64, f64) {
        let bars = (self.groups.len() * self.series.len()) as f64;
        ((140.0 + bars * 9.0 + self.groups.len() as f64 * 14.0).max(380.0), 300.0)
    }

    fn draw(&self, scene: &mut Scene, area: Rect, _: &Monitor) -> Result<()> {
        let scale = self.scale();
        let left = axis::left_room(scene, &scale, &self.label);
        let legend_height = legend::height(scene, &self.legend(), area.w - left);
        let width = (area.w - left) / self.groups.len() as f64;
        let names: Vec<String> = self.groups.iter().map(|g| plain(g)).collect();
        let names = scene.fonts.wrap_all(&names, style::LABEL, Weight::Regular, width - 8.0, 3);
        let lines = names.iter().map(Vec::len).max().unwrap_or(1) as f64;
        let inner = width * if self.series.len() == 1 { 0.56 } else { 0.78 };
        let step = (inner / self.series.len() as f64).min(88.0);
        let numbers = self.numbers(scene, step);
        // The values above the highest bars stand above the axis's range.
        let head = numbers.room + 6.0;
        let plot = area.inset(left, legend_height + head, 0.0, lines * style::LABEL * 1.3 + 6.0);
        legend::draw(scene, Rect::new(plot.x, area.y, plot.w, legend_height), &self.legend());
        axis::vertical(scene, plot, &scale, &self.label);

        let zero = scale.place(0.0, plot.bottom(), plot.y);
        let ground = Ground { plot, scale, zero, width: step * 0.86, numbers };
        for (g, name) in names.iter().enumerate() {
            let center = plot.x + (g as f64 + 0.5) * width;
            for (s, series) in self.series.iter().enumerate() {
                let x = center + (s as f64 - (self.series.len() as f64 - 1.0) / 2.0) * step;
                self.bar(scene, &series.bars[g], x, palette(s), &ground);
            }
            for (i, line) in name.iter().enumerate() {
                let at = (center, plot.bottom() + style::LABEL * (1.35 + 1.3 * i as f64));
                scene.words(Words::new(at, line.clone(), style::LABEL, style::INK).middle());
            }
        }
        scene.line((plot.x, zero), (plot.right(), zero), 1.2, style::FRAME);
        Ok(())
    }

    fn text(&self, columns: usize) -> String {
        let scale = self.scale();
        let label = |g: usize, s: usize| [plain(&self.groups[g]), plain(&self.series[s].name)].join("  ");
        let all = (0..self.groups.len()).flat_map(|g| (0..self.series.len()).map(move |s| (g, s)));
        let labels: Vec<String> = all.map(|(g, s)| label(g, s).trim_end().to_owned()).collect();
        let room = labels.iter().map(|l| l.chars().count()).max().unwrap_or(0).min(columns / 2);
        let mut labels = blocks::fit_all(&labels, room).into_iter();
        let width = columns.saturating_sub(room + 12).max(4);
        let mut out = String::new();
        for g in 0..self.groups.len() {
            for series in &self.series {
                let value = series.bars[g].value;
                let text = if value.is_finite() { fixed(value, self.decimals) } else { "n/a".to_owned() };
                let bar = blocks::bar(value / scale.high.max(1e-300), width);
                out.push_str(&format!("{} {bar} {text}\n", labels.next().unwrap_or_default()));
            }
        }
        out
    }

    fn describe(&self) -> String {
        let names: Vec<String> = self.groups.iter().map(|g| plain(g)).collect();
        format!("bars  {} of {}", plain(&self.label), names.join(", "))
    }
}

/// How the values above the bars are written.
struct Numbers {
    size: f64,
    turned: bool,
    /// Height they take.
    room: f64,
}

/// What all bars stand on.
struct Ground {
    plot: Rect,
    scale: Scale,
    /// Height of the zero line.
    zero: f64,
    /// Width of a bar.
    width: f64,
    numbers: Numbers,
}

impl Bars {
    fn number(&self, value: f64) -> String {
        if value.is_finite() { fixed(value, self.decimals) } else { "n/a".to_owned() }
    }

    /// Level where bars are wide enough, else reading upward, else (size 0) not at all.
    fn numbers(&self, scene: &Scene, step: f64) -> Numbers {
        let widths = self.all().map(|b| scene.fonts.width(&self.number(b.value), 1.0, Weight::Bold));
        let widest = widths.fold(0.1, f64::max);
        let level = style::TICK.min((step - 3.0) / widest);
        if level >= 8.5 {
            return Numbers { size: level, turned: false, room: level * 1.4 };
        }
        let size = style::TICK.min(step * 0.95);
        if size < style::SMALLEST {
            return Numbers { size: 0.0, turned: false, room: 4.0 };
        }
        Numbers { size, turned: true, room: size * widest + 4.0 }
    }

    /// One bar with its middle at `x`, with its whisker, dots and value.
    fn bar(&self, scene: &mut Scene, bar: &Bar, x: f64, color: Color, ground: &Ground) {
        let Ground { plot, scale, zero, width, numbers } = ground;
        let (zero, width) = (*zero, *width);
        if !bar.value.is_finite() {
            self.write(scene, bar, (x, zero), numbers);
            return;
        }
        let place = |v: f64| scale.place(v, plot.bottom(), plot.y);
        let y = place(bar.value);
        let soft = if bar.dots.is_empty() { color } else { color.toward(WHITE, 0.25) };
        scene.fill(Rect::new(x - width / 2.0, y.min(zero), width, (y - zero).abs()), soft);
        let radius = (width * 0.065).clamp(1.4, 3.2);
        for (i, dot) in bar.dots.iter().enumerate().filter(|d| d.1.is_finite()) {
            // Steps of the golden ratio spread any number of dots evenly and always the same.
            let spread = ((i as f64 + 0.5) * 0.618_033_988_75).fract() - 0.5;
            let center = (x + spread * width * 0.62, place(*dot));
            scene.add(Mark::Disc(center, radius + 0.8, WHITE));
            scene.add(Mark::Disc(center, radius, color.toward(Color::new(0, 0, 0), 0.45)));
        }
        let mut top = y.min(zero);
        if let Some((low, high)) = bar.interval.filter(|i| i.0.is_finite() && i.1.is_finite()) {
            let cap = (width * 0.16).min(7.0);
            scene.line((x, place(low)), (x, place(high)), 1.8, style::INK);
            for end in [low, high] {
                scene.line((x - cap, place(end)), (x + cap, place(end)), 1.8, style::INK);
            }
            top = top.min(place(high));
        }
        let highest = extent(bar.dots.iter().copied()).map_or(top, |(_, high)| place(high) - radius);
        self.write(scene, bar, (x, top.min(highest)), numbers);
    }

    /// The value of a bar above a point.
    fn write(&self, scene: &mut Scene, bar: &Bar, (x, y): (f64, f64), numbers: &Numbers) {
        let words = Words::new((x, y - 5.0), self.number(bar.value), numbers.size, style::INK);
        let words = if numbers.turned { words.up().centered() } else { words.middle() };
        if numbers.size > 0.0 {
            scene.words(if bar.value.is_finite() { words.bold() } else { words });
        }
    }
}
