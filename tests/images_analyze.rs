//! Analyze 7.5 pairs that we write.

#![allow(clippy::unwrap_used)]

use crate::folder::Folder;
use seqtran::image::geometry::Geometry;
use seqtran::image::labels::Labels;
use seqtran::image::orientation::{code, reorient, reorient_labels};
use seqtran::image::volume::Volume;
use seqtran::io::nifti::{read_labels, read_volume, write_analyze, write_analyze_labels, write_volume};
use std::fs;

fn grid() -> Geometry {
    Geometry::new([3, 4, 5], [0.8, 1.0, 2.5])
}

#[test]
fn what_is_written_is_the_same_anatomy_when_read() {
    let folder = Folder::new("analyze-written");
    for (dtype, values, stored) in [
        ("u8", vec![0.0, 7.0, 255.0], "u8"),
        ("i16", vec![-5.0, 0.0, 30000.0], "i16"),
        ("u16", vec![0.0, 3.0, 200.0], "i16"),
        ("i8", vec![0.0, 3.0, -100.0], "i16"),
        ("i32", vec![0.0, 3.0, 1e6], "i32"),
        ("f64", vec![0.5, 3.0, 200.0], "f64"),
        ("u32", vec![0.5, 3.0, 200.0], "f32"),
        ("u16", vec![0.1, 3.0, 200.0], "f64"),
    ] {
        let voxels: Vec<f64> = (0..60).map(|n| values[n * 7 % 11 % 3]).collect();
        let volume = Volume::new(grid(), voxels).stored_as(dtype);
        for name in ["a.b.hdr", "c.img", "d.hdr.gz", "E.IMG"] {
            let path = folder.file(name);
            write_analyze(&path, &volume).unwrap();
            let back = read_volume(&path).unwrap();
            assert_eq!((code(back.geometry()).as_str(), back.dtype()), ("LAS", stored), "{name}");
            assert_eq!(back.geometry().spacing, [0.8, 1.0, 2.5], "{name}");
            assert_eq!(reorient(&back, "RAS").unwrap().voxels(), volume.voxels(), "{name}");
        }
    }
    let error = write_analyze(&folder.file("a.nii"), &Volume::new(grid(), vec![0.0; 60])).unwrap_err();
    assert!(error.message().contains("pair of files") && error.help_line().is_some(), "{error}");
}

#[test]
fn the_header_is_one_of_analyze_and_not_of_nifti() {
    let folder = Folder::new("analyze-header");
    let labels = Labels::new(grid(), (0..60).map(|n| [0, 10, 150, 250][n % 4]).collect::<Vec<u16>>());
    write_analyze_labels(&folder.file("l.img"), &labels).unwrap();
    let back = read_labels(&folder.file("l.hdr")).unwrap();
    assert_eq!(reorient_labels(&back, "RAS").unwrap().values(), labels.values());
    let header = fs::read(folder.file("l.hdr")).unwrap();
    let i16s = |at: usize| i16::from_le_bytes([header[at], header[at + 1]]);
    assert_eq!((header.len(), &header[344..348]), (348, &[0; 4][..]));
    assert_eq!([40, 42, 44, 46, 48].map(i16s), [4, 3, 4, 5, 1]);
    assert_eq!((i16s(70), i16s(72)), (4, 16));
    assert_eq!(fs::metadata(folder.file("l.img")).unwrap().len(), 120);
    let large = Labels::new(grid(), vec![40000; 60]);
    write_analyze_labels(&folder.file("l.img"), &large).unwrap();
    assert_eq!(read_labels(&folder.file("l.hdr")).unwrap().values(), large.values());
}

#[test]
fn halves_that_were_written_together_are_read_together() {
    let folder = Folder::new("analyze-stale");
    let volume = |value: f64| Volume::new(grid(), vec![value; 60]).stored_as("u8");
    for name in ["a.hdr", "a.hdr.gz", "a.img", "a.img.gz"] {
        write_volume(&folder.file(name), &volume(if name.ends_with("gz") { 2.0 } else { 1.0 })).unwrap();
    }
    for name in ["a.hdr", "a.hdr.gz", "a.img", "a.img.gz"] {
        let wanted = if name.ends_with("gz") { 2.0 } else { 1.0 };
        assert_eq!(read_volume(&folder.file(name)).unwrap().max(), wanted, "{name}");
    }
}
