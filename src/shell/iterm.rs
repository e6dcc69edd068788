//! The inline image protocol of iTerm2, understood by WezTerm and mintty too.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The escape code that shows a picture at the cursor.
#[must_use]
pub fn encode(png: &[u8]) -> String {
    format!("\x1b]1337;File=inline=1;size={};preserveAspectRatio=1:{}\x07", png.len(), STANDARD.encode(png))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_inside_with_its_size() {
        assert_eq!(encode(b"abc"), "\x1b]1337;File=inline=1;size=3;preserveAspectRatio=1:YWJj\x07");
    }
}
