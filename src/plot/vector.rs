//! A scene as SVG: words stay words, in DejaVu Sans or the nearest font of the reader.

use super::color::Color;
use super::font::Weight;
use super::raster;
use super::scene::{Align, Mark, Point, Scene, Turn, Words};
use crate::base::error::{Error, Result};
use crate::base::progress::Monitor;
use base64::Engine as _;
use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, ShapeStyle, TextStyle};
use std::fmt::Write as _;

/// Fonts of (nearly) the same widths, the one we measured with first.
pub const FAMILY: &str = "DejaVu Sans, Bitstream Vera Sans, Verdana, Geneva, sans-serif";

/// plotters' SVG knows whole numbers only, so the drawing is made eight times as large inside its frame.
const FINE: f64 = 8.0;

/// The scene as an SVG document of width x height pixels, the scene stretched to fill it.
///
/// # Errors
/// Of kind `cancelled` when the user asked to stop; an internal error when the drawing fails.
pub fn svg(scene: &Scene, (width, height): (u32, u32), title: &str, monitor: &Monitor) -> Result<String> {
    let inner = ((scene.width * FINE).round() as u32, (scene.height * FINE).round() as u32);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>\n",
        inner.0,
        inner.1,
        escaped(title),
    );
    // plotters writes no usable <image>, so pictures are written here between runs of its own elements.
    let stage = monitor.stage("drawing", scene.marks.len());
    let runs = scene.marks.split_inclusive(|mark| matches!(mark, Mark::Image { .. }));
    for run in runs.flat_map(|run| run.chunks(512)) {
        stage.advance(run.len())?;
        let drawn = elements(run, inner).map_err(|reason| Error::internal(format!("no svg: {reason}")))?;
        out.push_str(&drawn);
        if let Some(Mark::Image { area, columns, rows, rgb }) = run.last() {
            let png = raster::encode(rgb, *columns as u32, *rows as u32, monitor)?;
            let data = base64::engine::general_purpose::STANDARD.encode(png);
            let [x, y, w, h] = [area.x, area.y, area.w, area.h].map(|v| (v * FINE).round());
            writeln!(
                out,
                "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" preserveAspectRatio=\"none\" \
                 href=\"data:image/png;base64,{data}\"/>"
            )
            .map_err(|e| Error::internal(e.to_string()))?;
        }
    }
    out.push_str("</svg>\n");
    Ok(out)
}

/// The marks as plotters' SVG elements, without the document round them.
fn elements(marks: &[Mark], size: (u32, u32)) -> Result<String, String> {
    let mut document = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut document, size);
        for mark in marks {
            draw(&mut backend, mark)?;
        }
        backend.present().map_err(|e| e.to_string())?;
    }
    let body = document.split_once(">\n").map_or("", |(_, rest)| rest);
    Ok(body.strip_suffix("</svg>\n").unwrap_or(body).to_owned())
}

fn fine(at: Point) -> (i32, i32) {
    let round = |v: f64| (v * FINE).round().clamp(-1e6, 1e6) as i32;
    (round(at.0), round(at.1))
}

fn style(color: Color, width: f64) -> ShapeStyle {
    let [r, g, b] = color.rgb;
    let stroke_width = (width * FINE).round().clamp(1.0, 1e4) as u32;
    ShapeStyle { color: RGBAColor(r, g, b, (color.alpha * 1000.0).round() / 1000.0), filled: true, stroke_width }
}

fn draw(backend: &mut SVGBackend<'_>, mark: &Mark) -> Result<(), String> {
    match mark {
        Mark::Box(area, color) => {
            let corner = fine((area.right(), area.bottom()));
            backend.draw_rect(fine((area.x, area.y)), corner, &style(*color, 0.0), true)
        }
        Mark::Polygon(points, color) => backend.fill_polygon(points.iter().map(|p| fine(*p)), &style(*color, 0.0)),
        Mark::Line(points, width, color) => backend.draw_path(points.iter().map(|p| fine(*p)), &style(*color, *width)),
        Mark::Disc(center, radius, color) => {
            backend.draw_circle(fine(*center), (radius * FINE).round() as u32, &style(*color, 0.0), true)
        }
        Mark::Words(words) => return draw_words(backend, words),
        Mark::Image { .. } => Ok(()),
    }
    .map_err(|e| e.to_string())
}

fn draw_words(backend: &mut SVGBackend<'_>, words: &Words) -> Result<(), String> {
    // plotters puts the base line 0.76 em below the place of words anchored at their top, and divides sizes by 1.24.
    let drop = 0.76 * words.size;
    let (place, turn) = match words.turn {
        Turn::Level => ((words.at.0, words.at.1 - drop), FontTransform::None),
        Turn::Up => ((words.at.0 - drop, words.at.1), FontTransform::Rotate270),
    };
    let h = match words.align {
        Align::Start => HPos::Left,
        Align::Middle => HPos::Center,
        Align::End => HPos::Right,
    };
    let face = match words.weight {
        Weight::Regular => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    let size = (words.size * FINE * 100.0).round() / 100.0 * 1.24;
    let font = FontDesc::new(FontFamily::Name(FAMILY), size, face).transform(turn);
    let ink = style(words.color, 0.0).color;
    let text_style = TextStyle::from(font).color(&ink).pos(Pos::new(h, VPos::Top));
    backend.draw_text(&words.text, &text_style, fine(place)).map_err(|e| e.to_string())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
