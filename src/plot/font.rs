//! The fonts inside the binary: how wide words are, what is left of words that do not fit, and where ink falls.

use super::shorten::{cut, shortened};
use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use std::borrow::Cow;

/// Regular or bold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// DejaVu Sans.
    Regular,
    /// DejaVu Sans Bold.
    Bold,
}

/// DejaVu Sans, regular and bold.
pub struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

impl Default for Fonts {
    fn default() -> Self {
        Self::new()
    }
}

impl Fonts {
    /// The fonts of the binary.
    #[must_use]
    pub fn new() -> Self {
        let read = |bytes| FontRef::try_from_slice(bytes).expect("the font in the binary is well formed");
        Fonts { regular: read(dejavu::sans::regular()), bold: read(dejavu::sans::bold()) }
    }

    fn face(&self, weight: Weight) -> &FontRef<'static> {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The scale at which the em is `size` pixels (ab_glyph's scale is the height from ascent to descent).
    fn scale(&self, size: f64, weight: Weight) -> PxScale {
        let face = self.face(weight);
        let units = face.units_per_em().map_or(1.0, f64::from);
        PxScale::from((size * f64::from(face.height_unscaled()) / units) as f32)
    }

    /// Width of words whose em is `size` pixels, in pixels.
    #[must_use]
    pub fn width(&self, text: &str, size: f64, weight: Weight) -> f64 {
        // Measured large: the width is then proportional to the size on every backend.
        let font = self.face(weight).as_scaled(self.scale(100.0, weight));
        let mut before = None;
        let sum: f32 = self
            .drawn(text, weight)
            .chars()
            .map(|c| {
                let glyph = font.glyph_id(c);
                let kern = before.replace(glyph).map_or(0.0, |b| font.kern(b, glyph));
                kern + font.h_advance(glyph)
            })
            .sum();
        f64::from(sum) * size / 100.0
    }

    /// The words, or as much of their beginning and end as fits `room` pixels, joined by `…`.
    #[must_use]
    pub fn elide(&self, text: &str, size: f64, weight: Weight, room: f64) -> String {
        cut(text, 0.5, |text| self.width(text, size, weight) <= room)
    }

    /// Breaks words at blanks, but not before an arrow (at hyphens only inside a word that is wider than the room), into at
    /// most `lines` lines of `room` pixels; what is left stands on the last, which may be too wide.
    #[must_use]
    pub fn broken(&self, text: &str, size: f64, weight: Weight, room: f64, lines: usize) -> Vec<String> {
        let wide = |t: &str| self.width(t.trim_end(), size, weight) > room;
        let mut words: Vec<String> = Vec::new();
        for word in text.split_inclusive(' ') {
            match words.last_mut().filter(|_| word.trim_end() == "->") {
                Some(last) => last.push_str(word),
                None => words.push(word.to_owned()),
            }
        }
        let parts = |word: &String| -> Vec<String> {
            let parts = word.split_inclusive(['-', '_', '/']);
            // The hyphen of an arrow is no place to break at.
            if wide(word) && !word.contains("->") { parts.map(str::to_owned).collect() } else { vec![word.clone()] }
        };
        let mut done: Vec<String> = Vec::new();
        let mut line = String::new();
        for piece in words.iter().flat_map(parts) {
            let longer = format!("{line}{piece}");
            if line.is_empty() || !wide(&longer) || done.len() + 1 >= lines {
                line = longer;
            } else {
                done.push(std::mem::replace(&mut line, piece));
            }
        }
        done.push(line);
        done.iter().map(|l| l.trim().to_owned()).collect()
    }

    /// As [`Fonts::broken`], lines that are too wide elided.
    #[must_use]
    pub fn wrap(&self, text: &str, size: f64, weight: Weight, room: f64, lines: usize) -> Vec<String> {
        self.broken(text, size, weight, room, lines).iter().map(|l| self.elide(l, size, weight, room)).collect()
    }

    /// The names, those that do not fit `room` pixels elided so that different ones stay different.
    #[must_use]
    pub fn elide_all(&self, names: &[String], size: f64, weight: Weight, room: f64) -> Vec<String> {
        shortened(names, |_, text| self.width(text, size, weight) <= room)
    }

    /// As [`Fonts::elide_all`], each on at most `lines` lines.
    #[must_use]
    pub fn wrap_all(&self, names: &[String], size: f64, weight: Weight, room: f64, lines: usize) -> Vec<Vec<String>> {
        let broken = |text: &str| self.broken(text, size, weight, room, lines);
        let fits = |text: &str| broken(text).iter().all(|line| self.width(line, size, weight) <= room);
        shortened(names, |_, text| fits(text)).iter().map(|text| self.wrap(text, size, weight, room, lines)).collect()
    }

    /// What is drawn for words: a letter that the font lacks as its code, such as `u+6F22`.
    fn drawn<'a>(&self, text: &'a str, weight: Weight) -> Cow<'a, str> {
        let face = self.face(weight);
        let lacks = |c: char| !c.is_ascii() && face.glyph_id(c).0 == 0;
        if !text.chars().any(lacks) {
            return Cow::Borrowed(text);
        }
        let one = |c: char| if lacks(c) { format!("u+{:04X}", u32::from(c)) } else { c.to_string() };
        Cow::Owned(text.chars().map(one).collect())
    }

    /// Calls `ink(x, y, coverage)` for every pixel that level words cover, relative to the start of their base line.
    pub fn draw(&self, text: &str, size: f64, weight: Weight, mut ink: impl FnMut(i32, i32, f32)) {
        let scale = self.scale(size, weight);
        let font = self.face(weight).as_scaled(scale);
        let mut pen = 0.0_f32;
        let mut before = None;
        for c in self.drawn(text, weight).chars() {
            let id = font.glyph_id(c);
            pen += before.replace(id).map_or(0.0, |b| font.kern(b, id));
            if let Some(outline) = font.outline_glyph(id.with_scale_and_position(scale, point(pen, 0.0))) {
                let corner = outline.px_bounds().min;
                outline.draw(|x, y, coverage| ink(corner.x as i32 + x as i32, corner.y as i32 + y as i32, coverage));
            }
            pen += font.h_advance(id);
        }
    }
}

/// Words without line breaks and other control characters, which no backend can show.
#[must_use]
pub fn plain(text: &str) -> String {
    let clean: String =
        text.chars().map(|c| if c.is_control() || c == '\u{FFFE}' || c == '\u{FFFF}' { ' ' } else { c }).collect();
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_elided_in_the_middle_and_fit() {
        let fonts = Fonts::new();
        let name = "institution-with-a-very-long-name-T1ce-NCR";
        for room in [10.0, 40.0, 80.0, 200.0] {
            let short = fonts.elide(name, 12.0, Weight::Regular, room);
            assert!(short.contains('…'));
            assert!(room < 12.0 || fonts.width(&short, 12.0, Weight::Regular) <= room, "{short} in {room}");
        }
        assert_eq!(fonts.elide("01-T2", 12.0, Weight::Regular, 400.0), "01-T2");
        assert!(fonts.elide(name, 12.0, Weight::Regular, 160.0).ends_with("NCR"));
    }

    #[test]
    fn lines_are_broken_at_blanks_and_hyphens() {
        let fonts = Fonts::new();
        let lines = fonts.wrap("sequential on the path 01-T1ce-NCR", 12.0, Weight::Regular, 90.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|l| fonts.width(l, 12.0, Weight::Regular) <= 90.0), "{lines:?}");
    }

    #[test]
    fn ink_falls_inside_the_measured_width() {
        let fonts = Fonts::new();
        let (mut right, mut left) = (0, i32::MAX);
        fonts.draw("H: mean W1", 30.0, Weight::Bold, |x, _, c| {
            if c > 0.3 {
                right = right.max(x);
                left = left.min(x);
            }
        });
        assert!(left >= 0 && f64::from(right) <= fonts.width("H: mean W1", 30.0, Weight::Bold));
    }

    #[test]
    fn control_characters_are_blanks() {
        assert_eq!(plain(" a\nb\u{0} "), "a b");
    }

    #[test]
    fn letters_without_a_glyph_are_written_as_their_code() {
        let fonts = Fonts::new();
        let width = |text: &str| fonts.width(text, 12.0, Weight::Regular);
        assert_eq!(fonts.drawn("é漢<", Weight::Regular), "éu+6F22<");
        assert!((width("漢字") - width("u+6F22u+5B57")).abs() < 1e-9);
        assert!(fonts.width("漢", 12.0, Weight::Bold) > fonts.width("字", 12.0, Weight::Regular));
    }

    #[test]
    fn paths_are_broken_after_arrows_and_stay_different() {
        let fonts = Fonts::new();
        let path = |middle: &str| format!("01-FLAIR-NCR -> 21-T1-NCR -> {middle} -> 21-T2-NCR -> 16-T2-NCR");
        let names = vec![path("20-T1-NCR"), path("22-T1-NCR")];
        let lines = fonts.wrap_all(&names, 12.0, Weight::Regular, 260.0, 3);
        assert!(lines[0].iter().rev().skip(1).all(|line| line.ends_with("->")), "{lines:?}");
        assert_eq!(lines[0].join(" "), names[0]);
        let lines = fonts.wrap_all(&names, 12.0, Weight::Regular, 130.0, 1);
        assert!(lines[0] != lines[1] && lines[0].len() == 1, "{lines:?}");
    }
}
