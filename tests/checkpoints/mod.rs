//! Checkpoints: of earlier versions, of PyTorch, and such as are neither.
#![allow(clippy::unwrap_used)]

mod hostile;
mod pytorch;
mod versions;

use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden")).join(name)
}

/// A zip archive of entries as they are.
fn zipped(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let mut fields = vec![0; 16];
        fields[4..8].copy_from_slice(&crc.sum().to_le_bytes());
        for at in [8, 12] {
            fields[at..at + 4].copy_from_slice(&(content.len() as u32).to_le_bytes());
        }
        let length = (name.len() as u16).to_le_bytes();
        let place = (bytes.len() as u32).to_le_bytes();
        // Version, flags and method are 0; then time, checksum, both sizes, and the name's length.
        directory
            .extend([b"PK\x01\x02".as_slice(), &[0; 8], &fields, &length, &[0; 12], &place, name.as_bytes()].concat());
        bytes.extend([b"PK\x03\x04".as_slice(), &[0; 6], &fields, &length, &[0; 2], name.as_bytes(), content].concat());
    }
    let count = (entries.len() as u16).to_le_bytes();
    let (size, start) = ((directory.len() as u32).to_le_bytes(), (bytes.len() as u32).to_le_bytes());
    bytes.extend(directory);
    bytes.extend([b"PK\x05\x06".as_slice(), &[0; 4], &count, &count, &size, &start, &[0; 2]].concat());
    bytes
}
