//! Entries of a zip archive that are stored as they are, without compression: what PyTorch writes.
//!
//! Source: PKWARE's APPNOTE 6.3, with its 64-bit extension.

use crate::base::error::{Error, Kind, Result};
use flate2::Crc;
use std::collections::BTreeMap;
use std::ops::Range;

/// Signatures of a local header, of an entry of the directory, and of the directory's end in both sizes.
const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";

/// The longest the directory's end can be: its fields and a comment.
const LONGEST_END: usize = 22 + 65_535;

/// More entries than any checkpoint has.
const MOST_ENTRIES: u64 = 100_000;

/// An archive in memory.
#[derive(Debug)]
pub struct Zip<'a> {
    bytes: &'a [u8],
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    range: Range<usize>,
    /// Why it cannot be read.
    refused: Option<&'static str>,
}

impl<'a> Zip<'a> {
    /// Whether bytes begin as an archive does.
    #[must_use]
    pub fn is(bytes: &[u8]) -> bool {
        bytes.starts_with(LOCAL)
    }

    /// Reads the directory and compares every entry with its checksum.
    ///
    /// # Errors
    /// The bytes are no archive, places and sizes in its directory are not inside it, or an entry is damaged.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        let (count, mut at) = directory(bytes)?;
        let (mut entries, mut total) = (BTreeMap::new(), 0);
        for number in 0..count {
            let head = part(bytes, at, 46)
                .filter(|head| head.starts_with(CENTRAL))
                .ok_or_else(|| damaged(format!("its directory names {count} entries but holds {number}")))?;
            let [name, extra, comment] = [28, 30, 32].map(|field| usize::from(u16_at(head, field)));
            let wrong = || damaged(format!("entry {number} of its directory is cut off"));
            let name_bytes = part(bytes, at + 46, name).ok_or_else(wrong)?;
            let extra_bytes = part(bytes, at + 46 + name, extra).ok_or_else(wrong)?;
            let text = std::str::from_utf8(name_bytes)
                .map_err(|_| damaged(format!("the name of entry {number} is not UTF-8")))?
                .to_owned();
            let mut wide = wide_fields(extra_bytes);
            let mut size = |field: usize| match u32_at(head, field) {
                u32::MAX => wide.next().unwrap_or(u64::from(u32::MAX)),
                size => u64::from(size),
            };
            // In the order in which the 64-bit fields stand: size, packed size, place.
            let (size, packed, place) = (size(24), size(20), size(42));
            let refused = match (u16_at(head, 8) & 1, u16_at(head, 10)) {
                (1, _) => Some("encrypted"),
                (_, 0) if size == packed => None,
                _ => Some("compressed"),
            };
            let range = content(bytes, place, packed).ok_or_else(|| {
                damaged(format!("entry `{text}` has {packed} bytes at {place}, the file has {}", bytes.len()))
            })?;
            // Entries one over another would take time without end.
            total += range.len();
            if total > bytes.len() {
                return Err(damaged("its entries overlap"));
            }
            if refused.is_none() {
                check(&text, &bytes[range.clone()], u32_at(head, 16))?;
            }
            entries.insert(text, Entry { range, refused });
            at += 46 + name + extra + comment;
        }
        Ok(Zip { bytes, entries })
    }

    /// Names of all entries, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// An entry's bytes.
    ///
    /// # Errors
    /// There is no such entry, or it is compressed or encrypted.
    pub fn read(&self, name: &str) -> Result<&'a [u8]> {
        let entry = self.entries.get(name).ok_or_else(|| damaged(format!("it has no entry `{name}`")))?;
        if let Some(how) = entry.refused {
            return Err(Error::new(Kind::Format, format!("entry `{name}` is {how}, wanted it stored as it is"))
                .help("save it again with torch.save"));
        }
        Ok(&self.bytes[entry.range.clone()])
    }
}

fn check(name: &str, bytes: &[u8], wanted: u32) -> Result<()> {
    let mut crc = Crc::new();
    crc.update(bytes);
    if crc.sum() == wanted {
        return Ok(());
    }
    Err(damaged(format!("entry `{name}` has checksum {:08x}, wanted {wanted:08x}", crc.sum())))
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::new(Kind::Format, format!("not a usable zip archive: {what}")).help("the file is damaged or cut off")
}

fn part(bytes: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(length)?)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// How many entries the directory has, and where it begins.
fn directory(bytes: &[u8]) -> Result<(u64, usize)> {
    let from = bytes.len().saturating_sub(LONGEST_END);
    let end = bytes[from..].windows(END.len()).rposition(|window| window == END).map(|at| from + at);
    let end = end.filter(|end| end + 22 <= bytes.len()).ok_or_else(|| damaged("it has no directory"))?;
    let mut count = u64::from(u16_at(bytes, end + 10));
    let mut start = u64::from(u32_at(bytes, end + 16));
    let locator = end.checked_sub(20).and_then(|at| part(bytes, at, 20)).filter(|l| l.starts_with(LOCATOR_64));
    if let Some(locator) = locator {
        let wide = usize::try_from(u64_at(locator, 8)).ok().and_then(|at| part(bytes, at, 56));
        let wide = wide.filter(|wide| wide.starts_with(END_64)).ok_or_else(|| damaged("its 64-bit end is missing"))?;
        (count, start) = (u64_at(wide, 32), u64_at(wide, 48));
    }
    if count > MOST_ENTRIES {
        return Err(damaged(format!("its directory has {count} entries, wanted at most {MOST_ENTRIES}")));
    }
    let start = usize::try_from(start).ok().filter(|&start| start <= end);
    Ok((count, start.ok_or_else(|| damaged("its directory begins behind its end"))?))
}

/// The 64-bit numbers among an entry's extra fields.
fn wide_fields(extra: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let mut at = 0;
    let mut found: &[u8] = &[];
    while let Some(head) = part(extra, at, 4) {
        let length = usize::from(u16_at(head, 2));
        if u16_at(head, 0) == 1 {
            found = part(extra, at + 4, length).unwrap_or(&[]);
            break;
        }
        at += 4 + length;
    }
    found.chunks_exact(8).map(|field| u64_at(field, 0))
}

/// Where an entry's bytes are: behind its local header, whose own extra field aligns them.
fn content(bytes: &[u8], place: u64, length: u64) -> Option<Range<usize>> {
    let (place, length) = (usize::try_from(place).ok()?, usize::try_from(length).ok()?);
    let head = part(bytes, place, 30).filter(|head| head.starts_with(LOCAL))?;
    let start = place + 30 + usize::from(u16_at(head, 26)) + usize::from(u16_at(head, 28));
    part(bytes, start, length)?;
    Some(start..start + length)
}
