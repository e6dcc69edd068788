//! Image files made wrong on purpose, the same ones for the same seed.

use std::io::{Read, Write};

/// A source of numbers (SplitMix64).
pub(crate) struct Source(pub(crate) u64);

impl Source {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// A header of NIfTI-1 (or Analyze, without magic) of 4x3x2 voxels of i16, and its voxels.
pub(crate) fn short(big_endian: bool, magic: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut bytes = vec![0; if magic == b"n+1\0" { 352 } else { 348 }];
    let mut put = |at: usize, field: &[u8]| {
        bytes[at..at + field.len()].copy_from_slice(field);
        if big_endian {
            bytes[at..at + field.len()].reverse();
        }
    };
    put(0, &348_i32.to_le_bytes());
    for (at, n) in [3_i16, 4, 3, 2, 1, 1, 1, 1].iter().enumerate() {
        put(40 + 2 * at, &n.to_le_bytes());
        put(76 + 4 * at, &1.5_f32.to_le_bytes());
    }
    put(70, &4_i16.to_le_bytes());
    put(72, &16_i16.to_le_bytes());
    put(254, &1_i16.to_le_bytes());
    for row in 0..3 {
        put(280 + 20 * row, &1.5_f32.to_le_bytes());
    }
    bytes[344..344 + magic.len()].copy_from_slice(magic);
    (bytes, (0..48).collect())
}

/// The same for NIfTI-2.
pub(crate) fn long(big_endian: bool, magic: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut bytes = vec![0; if magic == b"n+2\0" { 544 } else { 540 }];
    let mut put = |at: usize, field: &[u8]| {
        bytes[at..at + field.len()].copy_from_slice(field);
        if big_endian {
            bytes[at..at + field.len()].reverse();
        }
    };
    put(0, &540_i32.to_le_bytes());
    put(12, &4_i16.to_le_bytes());
    put(14, &16_i16.to_le_bytes());
    for (at, n) in [3_i64, 4, 3, 2, 1, 1, 1, 1].iter().enumerate() {
        put(16 + 8 * at, &n.to_le_bytes());
        put(104 + 8 * at, &1.5_f64.to_le_bytes());
    }
    put(348, &1_i32.to_le_bytes());
    for row in 0..3 {
        put(400 + 40 * row, &1.5_f64.to_le_bytes());
    }
    bytes[4..8].copy_from_slice(magic);
    bytes[8..12].copy_from_slice(b"\r\n\x1a\n");
    (bytes, (0..48).collect())
}

/// Files to begin with: name, content, and the content of the other half of a pair.
pub(crate) fn seeds() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let mut seeds = Vec::new();
    for big_endian in [false, true] {
        for (header, voxels) in [short(big_endian, b"n+1\0"), long(big_endian, b"n+2\0")] {
            let whole = [header, voxels].concat();
            seeds.push(("a.nii.gz", packed(&whole), Vec::new()));
            seeds.push(("a.nii", whole, Vec::new()));
        }
        for (header, voxels) in [short(big_endian, b"ni1\0"), short(big_endian, b""), long(big_endian, b"ni2\0")] {
            seeds.push(("a.hdr", header, voxels));
        }
    }
    seeds
}

pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).expect("memory takes what it is given");
    gz.finish().expect("memory takes what it is given")
}

/// The content of a gzip file of at most 16 MiB; none for other bytes.
pub(crate) fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).take(16 << 20).read_to_end(&mut content).ok()?;
    Some(content)
}

/// Makes a few changes: inside the packed content, or to the bytes as they are.
pub(crate) fn mutated(source: &mut Source, bytes: &[u8]) -> Vec<u8> {
    if source.below(3) > 0
        && let Some(mut content) = unpacked(bytes).filter(|content| !content.is_empty())
    {
        change(source, &mut content);
        return packed(&content);
    }
    let mut bytes = bytes.to_vec();
    change(source, &mut bytes);
    bytes
}

fn change(source: &mut Source, bytes: &mut Vec<u8>) {
    for _ in 0..=source.below(4) {
        if bytes.is_empty() {
            return bytes.push(source.next() as u8);
        }
        // Mostly the header.
        let reach = if source.below(4) > 0 { bytes.len().min(560) } else { bytes.len() };
        let at = source.below(reach);
        match source.below(10) {
            0 => bytes.truncate(at),
            1 => bytes.extend(std::iter::repeat_n(source.next() as u8, source.below(4096))),
            2 => bytes[at] ^= 1 << source.below(8),
            3 => bytes[at] = source.next() as u8,
            4 => {
                let end = (at + source.below(64)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                let to = source.below(bytes.len());
                bytes.splice(to..to, part);
            }
            _ => {
                let width = [2, 4, 8][source.below(3)];
                let field = telling(source, width);
                let at = at / width * width + if width == 8 { 4 * source.below(2) } else { 0 };
                let end = (at + width).min(bytes.len());
                if at < end {
                    bytes[at..end].copy_from_slice(&field[..end - at]);
                }
            }
        }
    }
}

/// Numbers at which programs break, in either byte order.
fn telling(source: &mut Source, width: usize) -> Vec<u8> {
    let whole = [0, 1, -1, 2, 3, 4, 5, 7, 8, 16, 64, 127, 255, 256, 348, 352, 540, 1024, 32767, -32768, 65535, 1 << 31];
    let numbers = [f64::NAN, f64::INFINITY, -0.0, 1e-45, 1e38, -1.0, 0.5, 352.0, 1e300, f64::MAX];
    let mut bytes = match (width, source.below(2)) {
        (4, 0) => (numbers[source.below(numbers.len())] as f32).to_le_bytes().to_vec(),
        (8, 0) => numbers[source.below(numbers.len())].to_le_bytes().to_vec(),
        _ => match source.below(4) {
            0 => i64::MAX - source.below(3) as i64,
            1 => i64::MIN + source.below(3) as i64,
            _ => whole[source.below(whole.len())],
        }
        .to_le_bytes()[..width]
            .to_vec(),
    };
    if source.below(2) == 0 {
        bytes.reverse();
    }
    bytes
}
