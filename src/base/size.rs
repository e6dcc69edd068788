//! Numbers of bytes as people write them.

use super::error::{Error, Result};

/// Units and their bytes, the sums of powers of ten first, smallest first.
const UNITS: [(&str, f64); 10] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
    ("", 1.0),
];

/// The bytes of `512 MB`, `1.5GiB` or `10gb`; a bare number is bytes.
///
/// # Errors
/// When it is no size, or more than any machine has.
pub fn parse(text: &str) -> Result<u64> {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let unit = text[end..].trim();
    let factor = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).map(|(_, factor)| factor);
    match (text[..end].parse::<f64>(), factor) {
        (Ok(number), Some(factor)) if number * factor < 1e18 => Ok((number * factor).round() as u64),
        _ => Err(Error::argument(format!("wanted a size such as 10GB, got `{text}`"))
            .help("units are B, kB, MB, GB, TB, and KiB, MiB, GiB, TiB for powers of 1024")),
    }
}

/// `512 B`, `3.4 MB`, `10 GB`.
#[must_use]
pub fn spoken(bytes: u64) -> String {
    let size = bytes as f64;
    let (unit, factor) = UNITS[..5].iter().rev().find(|(_, factor)| size >= *factor).unwrap_or(&UNITS[0]);
    let tenths = (size / factor * 10.0).round() / 10.0;
    format!("{tenths} {unit}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let read = [
            ("10GB", 10_000_000_000),
            (" 1.5 gib ", 1_610_612_736),
            ("7", 7),
            ("0", 0),
            ("512 b", 512),
            ("2kB", 2000),
            ("2 KiB", 2048),
        ];
        for (text, bytes) in read {
            assert_eq!(parse(text).unwrap(), bytes, "{text}");
        }
        for wrong in ["", "GB", "-1", "10 G", "ten", "1e9", "1.2.3", "99999999TB", "nan", "10GB of it"] {
            let error = parse(wrong).unwrap_err();
            assert!(error.message().contains(&format!("got `{wrong}`")), "{error}");
        }
    }

    #[test]
    fn sizes_are_said_in_the_unit_that_fits() {
        let said = [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (3_449_000, "3.4 MB"), (10_000_000_000, "10 GB")];
        for (bytes, text) in said {
            assert_eq!(spoken(bytes), text);
        }
        assert_eq!(spoken(25_000_000_000_000_000), "25000 TB");
    }
}
