//! A scene as a PNG: drawn three times as large, then averaged, so that every edge is smooth. Boxes, discs, words and pictures
//! by plotters' bitmap backend; polygons and lines, of which a graph has thousands, by our own.

use super::color::Color;
use super::ink::Ink;
use super::scene::{Align, Mark, Point, Rect, Scene, Turn, Words};
use crate::base::error::{Error, Result};
use crate::base::math::hypot;
use crate::base::progress::Monitor;
use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::{Color as _, RGBAColor, ShapeStyle};
use std::io::Write as _;

/// The scene as a PNG file of `width` x `height` pixels, the scene stretched to fill it.
///
/// # Errors
/// Of kind `cancelled` when the user asked to stop; an internal error when the picture cannot be encoded.
pub fn png(scene: &Scene, width: u32, height: u32, monitor: &Monitor) -> Result<Vec<u8>> {
    // Large pictures are averaged over 2 x 2: their edges are fine enough, and the memory stays below 200 MB.
    let fold = if u64::from(width) * u64::from(height) > 6_000_000 { 2 } else { 3 };
    let size = (width * fold, height * fold);
    let ink = Ink::new(size.0 as usize, size.1 as usize);
    let mut canvas = Canvas { ink, size, scale: f64::from(size.0) / scene.width, scene };
    let stage = monitor.stage("drawing", scene.marks.len());
    for marks in scene.marks.chunks(MARKS) {
        for mark in marks {
            canvas.mark(mark).map_err(|reason| Error::internal(format!("the picture cannot be drawn: {reason}")))?;
        }
        stage.advance(marks.len())?;
    }
    let rgb = averaged(&canvas.ink.rgb, width as usize, height as usize, fold as usize);
    monitor.cancel().check()?;
    encode(&rgb, width, height, monitor)
}

/// Marks between two looks at whether to go on; a few milliseconds.
const MARKS: usize = 32;

/// RGB pixels as a PNG file.
///
/// # Errors
/// Of kind `cancelled` when the user asked to stop; an internal error when the encoder refuses.
pub fn encode(rgb: &[u8], width: u32, height: u32, monitor: &Monitor) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let refused = |e: png::EncodingError| Error::internal(format!("the picture cannot be encoded: {e}"));
    let failed = |e: std::io::Error| Error::internal(format!("the picture cannot be encoded: {e}"));
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(refused)?;
    let mut stream = writer.stream_writer().map_err(refused)?;
    for rows in rgb.chunks(width as usize * 3 * 64) {
        monitor.cancel().check()?;
        stream.write_all(rows).map_err(failed)?;
    }
    stream.finish().map_err(refused)?;
    writer.finish().map_err(refused)?;
    Ok(bytes)
}

/// Every `fold` x `fold` square of pixels as its mean.
fn averaged(pixels: &[u8], width: usize, height: usize, fold: usize) -> Vec<u8> {
    let row = width * fold * 3;
    let area = (fold * fold) as u32;
    let mut out = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let mut sum = 0;
                for line in 0..fold {
                    let start = (y * fold + line) * row + x * fold * 3 + channel;
                    sum += (0..fold).map(|i| u32::from(pixels[start + i * 3])).sum::<u32>();
                }
                out.push(((sum + area / 2) / area) as u8);
            }
        }
    }
    out
}

/// A plotters style of a colour.
fn style(color: Color) -> ShapeStyle {
    let [r, g, b] = color.rgb;
    ShapeStyle { color: RGBAColor(r, g, b, color.alpha), filled: true, stroke_width: 1 }
}

struct Canvas<'a> {
    ink: Ink,
    size: (u32, u32),
    scale: f64,
    scene: &'a Scene,
}

type Drawn = Result<(), String>;

impl Canvas<'_> {
    fn backend(&mut self) -> BitMapBackend<'_> {
        BitMapBackend::with_buffer(&mut self.ink.rgb, self.size)
    }

    /// A place in pixels; far outside is moved to just outside, where plotters' 32-bit products cannot overflow.
    fn pixel(&self, at: Point) -> (i32, i32) {
        let round = |v: f64| (v * self.scale).round().clamp(-30_000.0, 30_000.0) as i32;
        (round(at.0), round(at.1))
    }

    fn mark(&mut self, mark: &Mark) -> Drawn {
        match mark {
            Mark::Box(area, color) => self.fill(area, *color),
            Mark::Polygon(points, color) => {
                self.polygon(points, *color);
                Ok(())
            }
            Mark::Line(points, width, color) => self.line(points, *width, *color),
            Mark::Disc(center, radius, color) => {
                let radius = (radius * self.scale).round().clamp(1.0, 10_000.0) as u32;
                let center = self.pixel(*center);
                self.backend().draw_circle(center, radius, &style(*color), true).map_err(|e| e.to_string())
            }
            Mark::Words(words) => self.words(words),
            Mark::Image { area, columns, rows, rgb } => self.image(area, *columns, *rows, rgb),
        }
    }

    fn fill(&mut self, area: &Rect, color: Color) -> Drawn {
        let (left, top) = self.pixel((area.x, area.y));
        let (right, bottom) = self.pixel((area.right(), area.bottom()));
        // The far corner is outside the box; a thin box keeps one row or column.
        let corner = (right.max(left + 1), bottom.max(top + 1));
        self.backend().draw_rect((left, top), corner, &style(color), true).map_err(|e| e.to_string())
    }

    fn polygon(&mut self, points: &[Point], color: Color) {
        let place = |v: f64| (v * self.scale).clamp(-1e6, 1e6);
        let places: Vec<Point> = points.iter().map(|p| (place(p.0), place(p.1))).collect();
        self.ink.polygon(&places, color);
    }

    /// Each piece is a rectangle of its own; opaque lines get round joints (translucent ones would show them).
    fn line(&mut self, points: &[Point], width: f64, color: Color) -> Drawn {
        // A line thinner than a pixel would have holes.
        let half = (width / 2.0).max(0.5 / self.scale);
        for pair in points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let (dx, dy) = (b.0 - a.0, b.1 - a.1);
            let length = hypot(dx, dy);
            if length * self.scale < 0.5 {
                continue;
            }
            if dx.abs() < 1e-9 {
                self.fill(&Rect::new(a.0 - half, a.1.min(b.1), width, dy.abs()), color)?;
            } else if dy.abs() < 1e-9 {
                self.fill(&Rect::new(a.0.min(b.0), a.1 - half, dx.abs(), width), color)?;
            } else {
                let (nx, ny) = (-dy / length * half, dx / length * half);
                let corners = [(a.0 + nx, a.1 + ny), (b.0 + nx, b.1 + ny), (b.0 - nx, b.1 - ny), (a.0 - nx, a.1 - ny)];
                self.polygon(&corners, color);
            }
        }
        let joint = (half * self.scale).round();
        if color.alpha >= 1.0 && joint >= 1.0 {
            for point in &points[1..points.len() - 1] {
                let center = self.pixel(*point);
                self.backend().draw_circle(center, joint as u32, &style(color), true).map_err(|e| e.to_string())?;
            }
        }
        Ok(())
    }

    fn words(&mut self, words: &Words) -> Drawn {
        let size = words.size * self.scale;
        let width = self.scene.fonts.width(&words.text, size, words.weight);
        let before = match words.align {
            Align::Start => 0.0,
            Align::Middle => width / 2.0,
            Align::End => width,
        };
        let at = (words.at.0 * self.scale, words.at.1 * self.scale);
        let ground = match words.turn {
            Turn::Level => (at.0 - before, at.1),
            Turn::Up => (at.0, at.1 + before),
        };
        let (x0, y0) = (ground.0.round() as i32, ground.1.round() as i32);
        let color = style(words.color).color;
        let scene = self.scene;
        let mut backend = self.backend();
        let mut failed = None;
        scene.fonts.draw(&words.text, size, words.weight, |x, y, coverage| {
            let place = match words.turn {
                Turn::Level => (x0 + x, y0 + y),
                Turn::Up => (x0 + y, y0 - x),
            };
            let ink = RGBAColor(color.0, color.1, color.2, color.3 * f64::from(coverage.clamp(0.0, 1.0)));
            if let Err(reason) = backend.draw_pixel(place, ink.to_backend_color()) {
                failed = Some(reason.to_string());
            }
        });
        failed.map_or(Ok(()), Err)
    }

    fn image(&mut self, area: &Rect, columns: usize, rows: usize, rgb: &[u8]) -> Drawn {
        let (left, top) = self.pixel((area.x, area.y));
        let (right, bottom) = self.pixel((area.right(), area.bottom()));
        let (w, h) = ((right - left).max(0) as usize, (bottom - top).max(0) as usize);
        let (width, height) = self.size;
        let inside = left >= 0 && top >= 0 && right <= width as i32 && bottom <= height as i32;
        if columns == 0 || rows == 0 || rgb.len() < columns * rows * 3 || w == 0 || h == 0 || !inside {
            return Ok(());
        }
        let mut pixels = Vec::with_capacity(w * h * 3);
        for y in 0..h {
            let row = y * rows / h;
            for x in 0..w {
                let start = (row * columns + x * columns / w) * 3;
                pixels.extend_from_slice(&rgb[start..start + 3]);
            }
        }
        self.backend().blit_bitmap((left, top), (w as u32, h as u32), &pixels).map_err(|e| e.to_string())
    }
}
