//! The kitty graphics protocol: a PNG in base64, in pieces of at most 4096 letters.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const PIECE: usize = 4096;

/// The escape codes that show a PNG at the cursor and leave the cursor below it.
#[must_use]
pub fn encode(png: &[u8]) -> String {
    let letters = STANDARD.encode(png);
    let pieces: Vec<&str> =
        letters.as_bytes().chunks(PIECE).map(|piece| std::str::from_utf8(piece).expect("base64 is ASCII")).collect();
    let mut codes = String::with_capacity(letters.len() + 32 * pieces.len());
    for (at, piece) in pieces.iter().enumerate() {
        let more = u8::from(at + 1 < pieces.len());
        // q=2: the terminal does not answer, so nothing lands in the next line that is read.
        let keys = if at == 0 { format!("a=T,f=100,q=2,m={more}") } else { format!("q=2,m={more}") };
        codes.push_str(&format!("\x1b_G{keys};{piece}\x1b\\"));
    }
    codes
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_large_picture_comes_back_from_its_pieces() {
        let png: Vec<u8> = (0..10_000u32).map(|i| (i * 7 % 251) as u8).collect();
        let codes = encode(&png);
        let mut letters = String::new();
        let parts: Vec<&str> = codes.split("\x1b\\").filter(|part| !part.is_empty()).collect();
        for (at, part) in parts.iter().enumerate() {
            let (keys, piece) = part.strip_prefix("\x1b_G").unwrap().split_once(';').unwrap();
            assert_eq!(keys.starts_with("a=T,f=100"), at == 0);
            assert_eq!(keys.ends_with("m=0"), at + 1 == parts.len());
            assert!(piece.len() <= PIECE && piece.len() % 4 == 0);
            letters.push_str(piece);
        }
        assert!(parts.len() > 2);
        assert_eq!(STANDARD.decode(letters).unwrap(), png);
    }
}
