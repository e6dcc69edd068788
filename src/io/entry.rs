//! The form of a stored result in its file: a header of 128 bytes, then the content.
//!
//! | bytes | |
//! |---|---|
//! | 0-7 | `seqtran` and a zero |
//! | 8-11 | version of this form |
//! | 12-15 | what the content is: 0 bytes, 1 numbers of 64 bits |
//! | 16-23 | length of the content in bytes |
//! | 24-55 | the name of the result |
//! | 56-87 | BLAKE3 of the content |
//! | 88-95 | zero |
//! | 96-127 | BLAKE3 of the 96 bytes before |
//!
//! All numbers are little endian. The name stands inside so that an entry under another's file name is recognised, the
//! second hash so that a part of a long entry can be read without reading it all.

use super::key::Key;

/// Bytes before the content.
pub const HEADER: usize = 128;

/// The version of the form and of the arithmetic behind what is kept; it also names the folder, so that no version reads another's
/// entries. 2: results have the same bits on every machine.
pub const VERSION: u32 = 2;

const MAGIC: &[u8; 8] = b"seqtran\0";

/// What the content of an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Bytes of any meaning.
    Bytes,
    /// Numbers of 64 bits.
    Reals,
}

impl Sort {
    fn code(self) -> u32 {
        match self {
            Sort::Bytes => 0,
            Sort::Reals => 1,
        }
    }
}

/// The header of an entry.
#[must_use]
pub fn header(key: &Key, sort: Sort, content: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&sort.code().to_le_bytes());
    header[16..24].copy_from_slice(&(content.len() as u64).to_le_bytes());
    header[24..56].copy_from_slice(key.bytes());
    header[56..88].copy_from_slice(Key::of_content(content).bytes());
    let seal = Key::of_content(&header[..96]);
    header[96..].copy_from_slice(seal.bytes());
    header
}

/// The length of the content, if this is the header of that result in that sort, whole and unchanged, and the file is as
/// long as it says.
#[must_use]
pub fn content_length(header: &[u8; HEADER], key: &Key, sort: Sort, file_length: u64) -> Option<u64> {
    let length = u64::from_le_bytes(header[16..24].try_into().ok()?);
    let fits = header[..8] == *MAGIC
        && header[8..12] == VERSION.to_le_bytes()
        && header[12..16] == sort.code().to_le_bytes()
        && header[24..56] == *key.bytes()
        && header[96..] == *Key::of_content(&header[..96]).bytes()
        && length.checked_add(HEADER as u64) == Some(file_length);
    fits.then_some(length)
}

/// Whether the content is the one the header was made for.
#[must_use]
pub fn is_content(header: &[u8; HEADER], content: &[u8]) -> bool {
    header[56..88] == *Key::of_content(content).bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_bit_of_a_header_counts() {
        let key = Key::of("k").done();
        let good = header(&key, Sort::Reals, b"12345678");
        assert_eq!(content_length(&good, &key, Sort::Reals, 136), Some(8));
        assert!(is_content(&good, b"12345678") && !is_content(&good, b"12345679"));
        assert_eq!(content_length(&good, &key, Sort::Reals, 135), None);
        assert_eq!(content_length(&good, &key, Sort::Bytes, 136), None);
        assert_eq!(content_length(&good, &Key::of("other").done(), Sort::Reals, 136), None);
        for bit in 0..8 * HEADER {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(content_length(&bad, &key, Sort::Reals, 136), None, "bit {bit}");
        }
        let endless = [0xff; HEADER];
        assert_eq!(content_length(&endless, &key, Sort::Reals, u64::MAX), None);
    }
}
