//! Names of stored results: a hash of everything a result depends on.

use crate::base::error::{Error, Result};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes read at a time: they stay in the nearest caches of the processor.
const CHUNK: usize = 256 << 10;

/// The name of a result: 32 bytes that no two different lists of parts share.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

/// A name in the making: the parts so far.
#[derive(Clone)]
pub struct KeyBuilder(blake3::Hasher);

impl Key {
    /// Begins a name with the kind of result, such as `pca scores 1`; a change of its meaning is a new kind.
    #[must_use]
    pub fn of(kind: &str) -> KeyBuilder {
        KeyBuilder(blake3::Hasher::new()).text(kind)
    }

    /// The hash of a file's bytes, whatever its name; reads it once, in pieces.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of_file(path: &Path) -> Result<Key> {
        let cannot = |e| Error::file(path, "cannot read the file", e);
        let mut file = File::open(path).map_err(cannot)?;
        let mut hasher = blake3::Hasher::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return Ok(Key(hasher.finalize().into())),
                Ok(count) => hasher.update(&chunk[..count]),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(cannot(e)),
            };
        }
    }

    /// The hash of bytes that are already here, equal to [`Key::of_file`] of a file that holds them.
    #[must_use]
    pub fn of_content(bytes: &[u8]) -> Key {
        Key(blake3::hash(bytes).into())
    }

    /// As 64 digits.
    #[must_use]
    pub fn hex(&self) -> String {
        blake3::Hash::from(self.0).to_hex().to_string()
    }

    /// From 64 small digits.
    #[must_use]
    pub fn from_hex(digits: &str) -> Option<Key> {
        // The crate would also take capitals, and one file would have two names.
        let small = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        blake3::Hash::from_hex(digits).ok().filter(|_| small).map(|hash| Key(hash.into()))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.hex())
    }
}

/// Each part goes in with a letter for its sort and its length, so that no two lists of parts read the same.
impl KeyBuilder {
    /// With a text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.part(b't', text.as_bytes())
    }

    /// With bytes.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        self.part(b'b', bytes)
    }

    /// With a whole number.
    #[must_use]
    pub fn number(self, number: u64) -> Self {
        self.part(b'n', &number.to_le_bytes())
    }

    /// With a number, by its bits: 0 and -0 differ, a NaN equals itself.
    #[must_use]
    pub fn real(self, real: f64) -> Self {
        self.part(b'r', &real.to_bits().to_le_bytes())
    }

    /// With another name.
    #[must_use]
    pub fn key(self, key: &Key) -> Self {
        self.part(b'k', &key.0)
    }

    /// The name.
    #[must_use]
    pub fn done(self) -> Key {
        Key(self.0.finalize().into())
    }

    fn part(mut self, sort: u8, bytes: &[u8]) -> Self {
        self.0.update(&[sort]).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_two_lists_of_parts_collide() {
        let lists = [
            Key::of("k").text("ab").text("c"),
            Key::of("k").text("a").text("bc"),
            Key::of("k").text("abc"),
            Key::of("k").text("abc").text(""),
            Key::of("k").bytes(b"abc"),
            Key::of("ka").text("bc"),
            Key::of("k"),
            Key::of("k").number(1),
            Key::of("k").real(f64::from_bits(1)),
            Key::of("k").bytes(&1_u64.to_le_bytes()),
            Key::of("k").real(0.0),
            Key::of("k").real(-0.0),
            Key::of("k").number(1).number(2),
            Key::of("k").number(2).number(1),
            Key::of("k").key(&Key::of("x").done()),
            Key::of("k").bytes(Key::of("x").done().bytes()),
            Key::of("k").text("t\u{1}\0\0\0\0\0\0\0a"),
            Key::of("k").text("").text("a"),
        ];
        let keys: std::collections::BTreeSet<Key> = lists.into_iter().map(KeyBuilder::done).collect();
        assert_eq!(keys.len(), 18);
        assert_eq!(Key::of("k").real(f64::NAN).done(), Key::of("k").real(f64::NAN).done());
    }

    #[test]
    fn a_name_goes_to_digits_and_back() {
        let key = Key::of("k").number(7).done();
        assert_eq!(Key::from_hex(&key.hex()), Some(key));
        assert_eq!(key.hex().len(), 64);
        for wrong in [&key.hex()[1..], &key.hex().to_uppercase(), "", &"g".repeat(64)] {
            assert_eq!(Key::from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_is_named_by_its_content() {
        let path = std::env::temp_dir().join(format!("seqtran-key-{}", std::process::id()));
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17] {
            let bytes: Vec<u8> = (0..length).map(|n| (n * 31 % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(Key::of_file(&path).unwrap(), Key::of_content(&bytes));
        }
        // The hash of nothing, as BLAKE3's authors publish it.
        let empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(Key::of_content(b"").hex(), empty);
        std::fs::remove_file(&path).unwrap();
        let error = Key::of_file(&path).unwrap_err();
        assert_eq!(error.path(), Some(path.as_path()));
    }
}
