//! Valid image files that few programs write, made byte by byte.

#![allow(clippy::unwrap_used)]

use crate::folder::Folder;
use crate::mutation::{long, packed, short};
use seqtran::io::nifti::{read_labels, read_volume};

/// The bytes of the values 0 .. 23 (3, 2, 4 voxels) of a type, least significant first.
fn stored(name: &str) -> Vec<u8> {
    let each = |n: u8| -> Vec<u8> {
        match name {
            "u8" | "i8" => vec![n],
            "u16" | "i16" => u16::from(n).to_le_bytes().to_vec(),
            "u32" | "i32" => u32::from(n).to_le_bytes().to_vec(),
            "u64" | "i64" => u64::from(n).to_le_bytes().to_vec(),
            "f32" => f32::from(n).to_le_bytes().to_vec(),
            _ => f64::from(n).to_le_bytes().to_vec(),
        }
    };
    (0..24).flat_map(each).collect()
}

#[test]
fn every_type_in_both_orders_in_every_format_packed_or_not() {
    let folder = Folder::new("odd-types");
    let types = [
        ("u8", 2_i16),
        ("i8", 256),
        ("u16", 512),
        ("i16", 4),
        ("u32", 768),
        ("i32", 8),
        ("u64", 1280),
        ("i64", 1024),
        ("f32", 16),
        ("f64", 64),
    ];
    let wanted: Vec<f64> = (0..24).map(f64::from).collect();
    let mut files = 0;
    for (name, code) in types {
        let width = stored(name).len() / 24;
        for big_endian in [false, true] {
            let order = |mut bytes: Vec<u8>, width: usize| {
                if big_endian {
                    bytes.chunks_mut(width).for_each(<[u8]>::reverse);
                }
                bytes
            };
            let voxels = order(stored(name), width);
            let fields = order([code.to_le_bytes(), (8 * width as i16).to_le_bytes()].concat(), 2);
            for (mut header, at, pair) in [
                (short(big_endian, b"n+1\0").0, 70, false),
                (short(big_endian, b"ni1\0").0, 70, true),
                (short(big_endian, b"").0, 70, true),
                (long(big_endian, b"n+2\0").0, 12, false),
                (long(big_endian, b"ni2\0").0, 12, true),
            ] {
                header[at..at + 4].copy_from_slice(&fields);
                for gz in [false, true] {
                    let pack = |bytes: &[u8]| if gz { packed(bytes) } else { bytes.to_vec() };
                    let ending = if gz { ".gz" } else { "" };
                    let path = if pair {
                        folder.put(&format!("a.img{ending}"), &pack(&voxels));
                        folder.put(&format!("a.hdr{ending}"), &pack(&header))
                    } else {
                        folder.put(&format!("a.nii{ending}"), &pack(&[&header[..], &voxels].concat()))
                    };
                    let volume = read_volume(&path).unwrap();
                    assert_eq!((volume.dtype(), volume.shape()), (name, [4, 3, 2]), "{}", path.display());
                    assert_eq!(volume.voxels(), wanted, "{}", path.display());
                    assert_eq!(volume.geometry().spacing, [1.5; 3]);
                    let labels = read_labels(&path).unwrap();
                    assert!(labels.values().iter().zip(&wanted).all(|(&a, &b)| f64::from(a) == b));
                    files += 1;
                }
            }
        }
    }
    assert_eq!(files, 200);
}

#[test]
fn what_gzip_may_hold_besides_the_data_is_passed_over() {
    let folder = Folder::new("odd-gzip");
    let (header, voxels) = short(false, b"n+1\0");
    let whole = [header, voxels].concat();
    let plain = read_volume(&folder.put("a.nii", &whole)).unwrap();
    let gz = packed(&whole);
    let flagged = |flag: u8, field: &[u8]| [&gz[..3], &[flag], &gz[4..10], field, &gz[10..]].concat();
    let start = [&gz[..3], &[2], &gz[4..10]].concat();
    let mut sum = flate2::Crc::new();
    sum.update(&start);
    let each: Vec<u8> = whole.iter().flat_map(|byte| packed(&[*byte])).collect();
    for (what, bytes) in [
        ("a name", flagged(8, b"brain.nii\0")),
        ("a comment", flagged(16, b"a comment\0")),
        ("more", flagged(4, b"\x06\0AB\x02\0xy")),
        ("more and a name", flagged(12, b"\x06\0AB\x02\0xybrain.nii\0")),
        ("a sum of the header", flagged(2, &(sum.sum() as u16).to_le_bytes())),
        ("empty members", [packed(b""), packed(&whole[..100]), packed(b""), packed(&whole[100..])].concat()),
        ("a member a byte", each),
    ] {
        let volume = read_volume(&folder.put("a.nii.gz", &bytes)).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(volume, plain, "{what}");
    }
}

#[test]
fn what_follows_the_voxels_of_a_plain_file_is_not_looked_at() {
    let folder = Folder::new("odd-trailing");
    let (header, voxels) = long(true, b"n+2\0");
    let whole = [header, voxels].concat();
    let plain = read_volume(&folder.put("a.nii", &whole)).unwrap();
    let longer = folder.put("b.nii", &[&whole[..], b"rubbish"].concat());
    assert_eq!(read_volume(&longer).unwrap(), plain);
}

#[cfg(unix)]
#[test]
fn a_device_is_no_image() {
    let error = read_volume(std::path::Path::new("/dev/zero")).unwrap_err();
    assert!(error.message().contains("a device or a pipe") && error.help_line().is_some(), "{error}");
}
