//! Polygons as pixels: a row of pixels at a time, in a buffer of RGB bytes.

use super::color::Color;
use super::scene::Point;

/// A buffer of RGB bytes, row after row.
pub struct Ink {
    /// Three bytes a pixel.
    pub rgb: Vec<u8>,
    width: usize,
    height: usize,
    crossings: Vec<f64>,
    sides: Vec<[f64; 4]>,
}

impl Ink {
    /// A white buffer.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Ink { rgb: vec![255; width * height * 3], width, height, crossings: Vec::new(), sides: Vec::new() }
    }

    /// Fills a polygon, by the even-odd rule: a pixel belongs to it when its middle does.
    ///
    /// Takes `O(rows * points)` steps and as many as there are pixels inside.
    pub fn polygon(&mut self, points: &[Point], color: Color) {
        let (low, high) = points.iter().fold((f64::MAX, f64::MIN), |(low, high), p| (low.min(p.1), high.max(p.1)));
        let first = (low - 0.5).ceil().max(0.0);
        let last = (high - 0.5).floor().min(self.height as f64 - 1.0);
        if first > last {
            return;
        }
        // Level sides cross no row; of the others what a row needs is kept: the ends from top to bottom, x at height 0, the slope.
        self.sides.clear();
        let mut from = points[points.len() - 1];
        for &to in points {
            if from.1 != to.1 {
                let slope = (to.0 - from.0) / (to.1 - from.1);
                self.sides.push([from.1.min(to.1), from.1.max(to.1), from.0 - from.1 * slope, slope]);
            }
            from = to;
        }
        for row in first as usize..=last as usize {
            let y = row as f64 + 0.5;
            self.crossings.clear();
            for [top, bottom, start, slope] in &self.sides {
                if *top <= y && y < *bottom {
                    self.crossings.push(start + y * slope);
                }
            }
            match self.crossings[..] {
                [one, other] => self.span(row, one.min(other), one.max(other), color),
                _ => {
                    self.crossings.sort_by(f64::total_cmp);
                    for at in 0..self.crossings.len() / 2 {
                        self.span(row, self.crossings[2 * at], self.crossings[2 * at + 1], color);
                    }
                }
            }
        }
    }

    /// The pixels of a row whose middle is between `from` and `to`.
    fn span(&mut self, row: usize, from: f64, to: f64, color: Color) {
        let column = |x: f64| (x - 0.5).ceil().clamp(0.0, self.width as f64) as usize;
        let (from, to) = (column(from), column(to));
        let start = row * self.width;
        if from >= to {
            return;
        }
        let pixels = self.rgb[(start + from) * 3..(start + to) * 3].chunks_exact_mut(3);
        if color.alpha >= 1.0 {
            pixels.for_each(|pixel| pixel.copy_from_slice(&color.rgb));
            return;
        }
        let share = (color.alpha * 256.0).round() as i32;
        let ink = color.rgb.map(i32::from);
        for pixel in pixels {
            for channel in 0..3 {
                let old = i32::from(pixel[channel]);
                pixel[channel] = (old + (((ink[channel] - old) * share + 128) >> 8)) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dark(ink: &Ink) -> usize {
        ink.rgb.chunks(3).filter(|pixel| pixel[0] < 255).count()
    }

    #[test]
    fn a_polygon_covers_the_pixels_whose_middle_is_inside() {
        let mut ink = Ink::new(10, 10);
        ink.polygon(&[(2.0, 2.0), (6.0, 2.0), (6.0, 5.0), (2.0, 5.0)], Color::new(0, 0, 0));
        assert_eq!(dark(&ink), 12);
        assert_eq!(ink.rgb[(2 * 10 + 2) * 3], 0);
        // Two triangles that meet at the middle of a bow tie.
        let mut ink = Ink::new(10, 10);
        ink.polygon(&[(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)], Color::new(0, 0, 0).alpha(0.5));
        assert!((40..=60).contains(&dark(&ink)), "{}", dark(&ink));
        assert!(ink.rgb.iter().all(|v| *v == 255 || *v == 128));
    }

    #[test]
    fn what_is_outside_is_left_out() {
        let mut ink = Ink::new(4, 4);
        ink.polygon(&[(-9.0, -9.0), (-5.0, -9.0), (-5.0, -5.0)], Color::new(0, 0, 0));
        assert_eq!(dark(&ink), 0);
        ink.polygon(&[(-9.0, -9.0), (90.0, -9.0), (90.0, 90.0), (-9.0, 90.0)], Color::new(0, 0, 0));
        assert_eq!(dark(&ink), 16);
    }
}
