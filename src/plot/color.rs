//! Colours: a perceptually uniform map for numbers and a colour-blind-safe palette for names.

use crate::base::math::{powf, powi};

/// A colour with its opacity in `0..=1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Color {
    /// Red, green, blue.
    pub rgb: [u8; 3],
    /// Opacity.
    pub alpha: f64,
}

impl Color {
    /// An opaque colour.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Color { rgb: [red, green, blue], alpha: 1.0 }
    }

    /// An opaque colour written as `0xRRGGBB`.
    #[must_use]
    pub const fn hex(code: u32) -> Self {
        Color::new((code >> 16) as u8, (code >> 8) as u8, code as u8)
    }

    /// The same colour at another opacity.
    #[must_use]
    pub fn alpha(self, alpha: f64) -> Self {
        Color { alpha: alpha.clamp(0.0, 1.0), ..self }
    }

    /// The colour `share` of the way to `other`, opaque.
    #[must_use]
    pub fn toward(self, other: Color, share: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Color::new(mix(self.rgb[0], other.rgb[0]), mix(self.rgb[1], other.rgb[1]), mix(self.rgb[2], other.rgb[2]))
    }

    /// Relative luminance in `0..=1` (sRGB, ITU-R BT.709).
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { powf((c + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(self.rgb[0]) + 0.7152 * linear(self.rgb[1]) + 0.0722 * linear(self.rgb[2])
    }

    /// Near black or white, whichever reads better on this colour.
    #[must_use]
    pub fn ink(self) -> Color {
        // Contrast against white and against black is equal at a luminance of 0.179.
        if self.luminance() > 0.19 { Color::hex(0x1a_1a1a) } else { WHITE }
    }
}

/// White.
pub const WHITE: Color = Color::new(255, 255, 255);

/// Seventeen equidistant colours of viridis (van der Walt and Smith, 2015, CC0).
const VIRIDIS: [u32; 17] = [
    0x440154, 0x48186a, 0x472d7b, 0x424086, 0x3b528b, 0x33638d, 0x2c728e, 0x26828e, 0x21918c, 0x1fa088, 0x28ae80,
    0x3fbc73, 0x5ec962, 0x84d44b, 0xaddc30, 0xd8e219, 0xfde725,
];

/// Viridis at `share` in `0..=1`: dark purple to bright yellow, uniform to the eye and in gray print.
#[must_use]
pub fn viridis(share: f64) -> Color {
    let position = share.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let below = (position.floor() as usize).min(VIRIDIS.len() - 2);
    Color::hex(VIRIDIS[below]).toward(Color::hex(VIRIDIS[below + 1]), position - below as f64)
}

/// Okabe and Ito's colours (2008), then darker ones of Paul Tol's muted scheme.
const PALETTE: [u32; 12] = [
    0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0xd55e00, 0x56b4e9, 0xf0e442, 0x882255, 0x332288, 0x999933, 0x44aa99,
    0x999999,
];

/// The `index`-th of the colours that tell names apart; after twelve they come again, lighter.
#[must_use]
pub fn palette(index: usize) -> Color {
    let color = Color::hex(PALETTE[index % PALETTE.len()]);
    match index / PALETTE.len() {
        0 => color,
        turn => color.toward(WHITE, 1.0 - powi(0.6, turn.min(3) as i32)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viridis_brightens_all_the_way() {
        let steps: Vec<f64> = (0..=100).map(|i| viridis(f64::from(i) / 100.0).luminance()).collect();
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(viridis(f64::NAN.max(0.0)), Color::hex(0x44_0154));
        assert_eq!(viridis(7.0), Color::hex(0xfd_e725));
    }

    #[test]
    fn the_palette_tells_thirty_names_apart() {
        for i in 0..30 {
            assert!((i + 1..30).all(|j| palette(i) != palette(j)), "{i} comes again");
        }
    }

    #[test]
    fn ink_reads_on_every_color() {
        for i in 0..=20 {
            let ground = viridis(f64::from(i) / 20.0);
            let (a, b) = (ground.luminance() + 0.05, ground.ink().luminance() + 0.05);
            assert!(a.max(b) / a.min(b) > 3.9, "contrast at {i}: {}", a.max(b) / a.min(b));
        }
    }
}
