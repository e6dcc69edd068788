//! Real and synthetic image files: every odd but valid one is read, every broken one is refused with a reason.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use crate::folder::Folder;
use crate::skip::real_volumes;
use proptest::prelude::*;
use seqtran::image::geometry::Geometry;
use seqtran::image::labels::Labels;
use seqtran::image::resample::{resize, resize_labels_nearest};
use seqtran::image::volume::Volume;
use seqtran::io::nifti::{read_geometry, read_labels, read_volume, write_labels, write_mask, write_volume};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

fn manifest(folder: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(String::from).collect()).collect()
}

#[test]
fn every_odd_but_valid_file_is_read() {
    let Some(folder) = real_volumes("compat/valid") else { return };
    for row in manifest(&folder) {
        let (name, shape, sum, spacing) = (&row[0], &row[3], &row[5], &row[6]);
        let read = read_volume(&folder.join(name));
        match name.as_str() {
            "n1_c64.nii.gz" => assert!(read.unwrap_err().message().contains("complex64"), "{name}"),
            "n1_rgb24.nii.gz" => assert!(read.unwrap_err().message().contains("RGB24"), "{name}"),
            "spm99.mat" => assert!(read.unwrap_err().message().contains("not a NIfTI"), "{name}"),
            // What nibabel refuses by the file's name.
            "gz_named_nii.nii" | "plain_named_gz.nii.gz" => {
                assert_eq!(read.unwrap().sum(), 3_968_524.0, "{name}");
            }
            _ => {
                let volume = read.unwrap_or_else(|e| panic!("{name}: {e}"));
                let mut wanted: Vec<usize> =
                    shape.trim_matches(['(', ')']).split(',').map(|n| n.trim().parse().unwrap()).collect();
                while wanted.len() > 3 {
                    wanted.remove(wanted.iter().rposition(|&n| n == 1).unwrap());
                }
                wanted.resize(3, 1);
                assert_eq!(volume.shape()[..], wanted, "{name}");
                let sum: f64 = sum.parse().unwrap();
                assert!((volume.sum() - sum).abs() <= 1e-4 * sum.abs(), "{name}: {} and {sum}", volume.sum());
                // nibabel gives micron as they stand; here it is always mm.
                let unit = if name == "n1_um.nii.gz" { 1e-3 } else { 1.0 };
                for (axis, wanted) in spacing.split('x').enumerate() {
                    let (got, wanted) = (volume.geometry().spacing[axis], wanted.parse::<f64>().unwrap() * unit);
                    assert!((got - wanted).abs() < 1e-6, "{name}: spacing {got} and {wanted}");
                }
                let geometry = read_geometry(&folder.join(name)).unwrap();
                assert_eq!(geometry, *volume.geometry());
            }
        }
    }
}

#[test]
fn the_same_anatomy_in_another_order_is_the_same_image_when_turned() {
    let Some(folder) = real_volumes("compat/valid") else { return };
    let read = |name: &str| read_volume(&folder.join(name)).unwrap();
    let wanted = read("n1_f4.nii.gz");
    for name in ["n1_PSR.nii.gz", "n1_flipx_LAS.nii.gz", "n1_qform_only.nii.gz", "n1_um.nii.gz", "n2_le.nii.gz"] {
        let turned = seqtran::image::orientation::reorient(&read(name), "RAS").unwrap();
        assert_eq!(turned.voxels(), wanted.voxels(), "{name}");
        if name == "n1_flipx_LAS.nii.gz" {
            continue; // its translation was left as it was
        }
        turned.geometry().same_grid(wanted.geometry(), name, "n1_f4.nii.gz").unwrap();
    }
    // Without any orientation, as nibabel has it: x to the left, the origin at the centre.
    for name in ["n1_no_xform.nii.gz", "analyze75_le.hdr", "analyze75_be.img"] {
        let found = read(name).geometry().affine;
        let centred = [[-1.0, 0.0, 0.0, 17.0], [0.0, 1.0, 0.0, -25.0], [0.0, 0.0, 1.0, -17.0], [0.0, 0.0, 0.0, 1.0]];
        assert_eq!(found, centred, "{name}");
    }
}

#[test]
fn every_broken_file_is_refused_with_its_reason() {
    let Some(folder) = real_volumes("compat/corrupt") else { return };
    let reasons = [
        ("bad_bitpix.nii", "bitpix says 8"),
        ("bad_crc.nii.gz", "damaged"),
        ("bad_deflate.nii.gz", "damaged"),
        ("bad_magic.nii", "wanted the magic word"),
        ("big_alloc.nii", "the file has"),
        ("dim0_0.nii", "dim[0]"),
        ("empty.nii", "0 bytes"),
        ("empty.nii.gz", "0 bytes"),
        ("huge_dims.nii", "wanted a 3-D image"),
        ("missing_img.hdr", "missing_img.img"),
        ("neg_dim.nii", "dim[1]"),
        ("offset_neg.nii", "vox_offset"),
        ("offset_past_end.nii", "the file has"),
        ("pixdim_nan.nii", "pixdim[1]"),
        ("random.nii", "not a NIfTI"),
        ("sform_nan.nii", "sform"),
        ("short_header.nii", "cut off"),
        ("text.nii.gz", "git-lfs"),
        ("truncated.nii.gz", "cut off"),
        ("zero_dim.nii", "dim[2]"),
    ];
    // These are images, and broken only as labels or beside another image.
    let read = ["label_fractional.nii.gz", "label_wrong_affine.nii.gz", "label_wrong_shape.nii.gz", "pixdim_neg.nii"];
    let rows = manifest(&folder);
    assert_eq!(rows.len(), reasons.len() + read.len());
    for row in rows {
        let name = row[0].as_str();
        let result = read_volume(&folder.join(name));
        if read.contains(&name) {
            let volume = result.unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(volume.geometry().spacing, [1.0; 3], "{name}");
            continue;
        }
        let (_, reason) = reasons.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name} is new"));
        let error = result.err().unwrap_or_else(|| panic!("{name} was read"));
        assert!(error.message().contains(reason), "{name}: {error}");
        assert!(error.to_string().contains(name), "{name} is not named: {error}");
        assert!(error.help_line().is_some(), "{name}: {error} has no help");
    }
    let error = read_labels(&folder.join("label_fractional.nii.gz")).unwrap_err();
    assert!(error.message().contains("is 0.5: not whole") && error.message().contains("voxel ("), "{error}");
    let valid = folder.join("../valid");
    assert_eq!(read_labels(&valid.join("label_f32.nii.gz")).unwrap().counts().len(), 3);
    assert_eq!(read_labels(&valid.join("label_empty.nii.gz")).unwrap().counts().len(), 1);
}

fn sample() -> Volume {
    let mut grid = Geometry::new([5, 4, 3], [0.8, 0.8, 3.0]);
    grid.affine = [[0.0, 0.8, 0.0, -10.5], [-0.8, 0.0, 0.0, 20.25], [0.0, 0.0, 3.0, 7.0], [0.0, 0.0, 0.0, 1.0]];
    Volume::new(grid, (0..60).map(|n| f64::from(n) - 7.0).collect::<Vec<_>>()).stored_as("i16")
}

#[test]
fn what_is_written_is_read_back_under_every_kind_of_name() {
    let folder = Folder::new("images-written");
    for name in ["a.nii", "a.b.nii", "a.b.nii.gz", "a.c.hdr", "d.e.img.gz", "sub-01_T1w.nii.gz"] {
        let path = folder.file(name);
        write_volume(&path, &sample()).unwrap();
        let back = read_volume(&path).unwrap();
        assert!(path.is_file(), "{name}");
        assert_eq!(back.voxels(), sample().voxels(), "{name}");
        assert_eq!((back.dtype(), back.geometry().spacing), ("i16", [0.8, 0.8, 3.0]), "{name}");
        back.geometry().same_grid(sample().geometry(), name, "the volume that was written").unwrap();
    }
    // Six files and the other halves of two pairs, nothing else.
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 8);
    assert!(write_volume(&folder.file("a.png"), &sample()).unwrap_err().help_line().unwrap().contains(".nii.gz"));
    assert!(write_volume(&folder.file("no/a.nii"), &sample()).unwrap_err().message().contains("does not exist"));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 8);
}

#[test]
fn no_value_is_changed_by_writing() {
    let folder = Folder::new("images-values");
    let grid = Geometry::new([4, 1, 1], [1.0; 3]);
    for (values, dtype) in [
        ([0.5, -1.25, 3.0, f64::NAN], "f32"),
        ([0.1, 1e300, -0.0, 2.0], "f64"),
        ([f64::INFINITY, 1.0, 2.0, 3.0], "f32"),
        ([0.0, 1.0, 255.0, 7.0], "u8"),
    ] {
        let path = folder.file("v.nii.gz");
        let volume = Volume::new(grid.clone(), values.to_vec());
        let volume = if dtype == "u8" { volume.stored_as("u8") } else { volume.stored_as("i16") };
        write_volume(&path, &volume).unwrap();
        let back = read_volume(&path).unwrap();
        assert_eq!(back.dtype(), dtype);
        let bits = |v: &Volume| v.voxels().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(&volume), "{values:?}");
    }
    let labels = Labels::new(grid, vec![0, 3, 300, 65535]);
    let path = folder.file("l.nii.gz");
    write_labels(&path, &labels).unwrap();
    assert_eq!(read_labels(&path).unwrap(), labels);
    write_mask(&path, &labels.mask(&[300])).unwrap();
    assert_eq!(read_labels(&path).unwrap().values(), [0, 0, 1, 0]);
}

#[test]
fn labels_that_are_none_are_named_with_their_voxel() {
    let folder = Folder::new("images-labels");
    let path = folder.file("l.nii");
    for (value, why) in
        [(-1.0, "negative"), (0.5, "not whole"), (70000.0, "more than 65535"), (f64::NAN, "not a number")]
    {
        let mut voxels = vec![0.0; 24];
        voxels[2 * 6 + 3 + 1] = value;
        write_volume(&path, &Volume::new(Geometry::new([2, 3, 4], [1.0; 3]), voxels)).unwrap();
        let error = read_labels(&path).unwrap_err();
        assert!(error.message().contains(why) && error.message().contains("voxel (0, 2, 2)"), "{error}");
    }
}

/// A file of one volume in bytes, to be broken.
fn bytes_of(name: &str) -> Vec<u8> {
    static KEPT: LazyLock<Mutex<BTreeMap<String, Vec<u8>>>> = LazyLock::new(Mutex::default);
    KEPT.lock().unwrap().entry(name.into()).or_insert_with(|| made(name)).clone()
}

fn made(name: &str) -> Vec<u8> {
    let folder = Folder::new(&format!("bytes-{name}"));
    write_volume(&folder.file(name), &sample()).unwrap();
    fs::read(folder.file(name)).unwrap()
}

#[test]
fn every_cut_of_a_file_is_refused() {
    let folder = Folder::new("images-cuts");
    for name in ["a.nii", "a.nii.gz"] {
        let whole = bytes_of(name);
        for length in 0..whole.len() {
            let path = folder.put(name, &whole[..length]);
            let error = read_volume(&path).err().unwrap_or_else(|| panic!("{name} was read from {length} bytes"));
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

#[test]
fn padding_and_more_members_are_part_of_gzip() {
    let folder = Folder::new("images-members");
    let whole = bytes_of("a.nii.gz");
    let padded = folder.put("padded.nii.gz", &[&whole[..], &[0; 512]].concat());
    assert_eq!(read_volume(&padded).unwrap().voxels(), sample().voxels());
    let doubled = folder.put("doubled.nii.gz", &[&whole[..], &whole[..]].concat());
    assert_eq!(read_volume(&doubled).unwrap().voxels(), sample().voxels());
    let rubbish = folder.put("rubbish.nii.gz", &[&whole[..], b"rubbish"].concat());
    assert!(read_volume(&rubbish).is_err());
}

#[test]
fn wrong_kinds_of_files_say_what_to_do() {
    let folder = Folder::new("images-kinds");
    let error = read_volume(&folder.0).unwrap_err();
    assert!(error.message().contains("got a folder"), "{error}");
    let error = read_volume(&folder.file("none.nii.gz")).unwrap_err();
    assert!(error.message().contains("no such file") && error.to_string().contains("none.nii.gz"), "{error}");
    let error = read_volume(&folder.put("pair.nii", &bytes_of("pair.hdr"))).unwrap_err();
    assert!(error.message().contains(".img"), "{error}");
    let error = read_volume(&folder.put("alone.img", b"voxels")).unwrap_err();
    assert!(error.message().contains("alone.hdr"), "{error}");
}

/// Sets one field of a header.
fn patched(at: usize, field: &[u8]) -> Vec<u8> {
    let mut bytes = bytes_of("a.nii");
    bytes[at..at + field.len()].copy_from_slice(field);
    bytes
}

#[test]
fn fields_out_of_range_are_named() {
    let folder = Folder::new("images-fields");
    let nan = f32::NAN.to_le_bytes();
    for (at, field, reason) in [
        (40, 8_i16.to_le_bytes().to_vec(), "dim[0]"),
        (42, (-5_i16).to_le_bytes().to_vec(), "dim[1]"),
        (42, 32767_i16.to_le_bytes().to_vec(), "the file has"),
        (70, 128_i16.to_le_bytes().to_vec(), "RGB24"),
        (70, 77_i16.to_le_bytes().to_vec(), "unknown datatype 77"),
        (72, 32_i16.to_le_bytes().to_vec(), "bitpix says 32"),
        (80, nan.to_vec(), "pixdim[1]"),
        (108, nan.to_vec(), "vox_offset"),
        (108, 100_f32.to_le_bytes().to_vec(), "vox_offset"),
        (108, 1e30_f32.to_le_bytes().to_vec(), "vox_offset"),
        (280, nan.to_vec(), "sform"),
        (320, 0_f32.to_le_bytes().to_vec(), "flattens"),
    ] {
        let path = folder.put("a.nii", &patched(at, &field));
        let error = read_volume(&path).err().unwrap_or_else(|| panic!("{reason}: was read"));
        assert!(error.message().contains(reason), "{reason}: {error}");
    }
    for slope in [0.0, f32::NAN, f32::INFINITY] {
        let path = folder.put("a.nii", &patched(112, &slope.to_le_bytes()));
        assert_eq!(read_volume(&path).unwrap().voxels(), sample().voxels());
    }
    let path = folder.put("a.nii", &patched(112, &[2_f32.to_le_bytes(), (-1_f32).to_le_bytes()].concat()));
    assert_eq!(read_volume(&path).unwrap().voxels()[..2], [-15.0, -13.0]);
}

#[test]
fn real_volumes_are_what_nibabel_reads() {
    let Some(folder) = real_volumes("hippocampus").and_then(|folder| folder.parent().map(Path::to_path_buf)) else {
        return;
    };
    let mut files = 0;
    for line in include_str!("golden/volumes.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let volume = read_volume(&folder.join(cells[0])).unwrap();
        let [i, j, k] = volume.shape();
        assert_eq!((volume.dtype(), format!("{i}x{j}x{k}").as_str()), (cells[1], cells[2]), "{}", cells[0]);
        let weighted: f64 = volume.voxels().iter().enumerate().map(|(n, v)| v * (n % 997) as f64).sum();
        for (found, wanted) in [volume.sum(), volume.min(), volume.max(), weighted].iter().zip(&cells[3..7]) {
            let wanted: f64 = wanted.parse().unwrap();
            assert!((found - wanted).abs() <= 1e-9 * wanted.abs(), "{}: {found} and {wanted}", cells[0]);
        }
        let affine = volume.geometry().affine;
        for (found, wanted) in affine.iter().flatten().zip(cells[7].split(' ')) {
            assert!((found - wanted.parse::<f64>().unwrap()).abs() <= 1e-5, "{}: {affine:?}", cells[0]);
        }
        files += 1;
    }
    assert_eq!(files, 41);
}

#[test]
fn every_subject_of_the_hippocampus_has_a_label_on_its_grid() {
    let Some(folder) = real_volumes("hippocampus") else { return };
    let mut subjects = 0;
    for entry in fs::read_dir(folder.join("images")).unwrap() {
        let name = entry.unwrap().file_name();
        let name = name.to_string_lossy();
        if !name.ends_with(".nii.gz") {
            continue;
        }
        let image = read_volume(&folder.join("images").join(&*name)).unwrap();
        let labels = read_labels(&folder.join("labels").join(&*name)).unwrap();
        image.geometry().same_grid(labels.geometry(), "the image", &name).unwrap();
        assert_eq!(labels.counts().into_keys().collect::<Vec<_>>(), [0, 1, 2], "{name}");
        assert!(image.max() > 0.0 && image.max().is_finite(), "{name}");
        subjects += 1;
    }
    assert!(subjects > 100, "{subjects} subjects");
}

#[test]
fn another_reader_finds_in_our_files_what_was_written() {
    use nifti::{NiftiObject, ReaderOptions};
    let folder = Folder::new("images-oracle");
    for name in ["a.nii", "a.nii.gz", "b.hdr"] {
        let path = folder.file(name);
        write_volume(&path, &sample()).unwrap();
        let object = ReaderOptions::new().read_file(&path).unwrap();
        let header = object.header().clone();
        let values: Vec<i16> = object.into_volume().into_nifti_typed_data().unwrap();
        assert_eq!(values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>(), sample().voxels(), "{name}");
        assert_eq!(header.dim, [3, 5, 4, 3, 1, 1, 1, 1]);
        assert_eq!(header.srow_x, [0.0, 0.8, 0.0, -10.5]);
        assert_eq!((header.sform_code, header.pixdim[3]), (1, 3.0));
    }
}

#[test]
fn a_large_claim_is_counted_before_memory_is_set_aside() {
    use std::io::Write;
    let folder = Folder::new("images-claim");
    let grid = Geometry::new([400, 400, 400], [1.0; 3]);
    let mut bytes = bytes_of("a.nii")[..352].to_vec();
    for axis in 0..3 {
        bytes[42 + 2 * axis..44 + 2 * axis].copy_from_slice(&(grid.shape[axis] as i16).to_le_bytes());
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&bytes).unwrap();
    packed.write_all(&vec![0; 127_000_000]).unwrap();
    let path = folder.put("claim.nii.gz", &packed.finish().unwrap());
    let error = read_volume(&path).unwrap_err();
    assert!(error.message().contains("128000000 bytes after byte 352, the file has 127000000 bytes"), "{error}");
}

/// The image of tests/golden/resize.py.
fn golden_image(shape: [usize; 3]) -> Volume {
    let grid = Geometry::new(shape, [1.0; 3]);
    let voxels: Vec<f64> = (0..grid.voxels()).map(|n| (n * 7919 % 1009) as f64 - 300.0).collect();
    Volume::new(grid, voxels)
}

#[test]
fn resize_equals_scikit_image() {
    for line in include_str!("golden/resize.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let shape = |text: &str| -> [usize; 3] {
            text.split('x').map(|n| n.parse().unwrap()).collect::<Vec<_>>().try_into().unwrap()
        };
        let (from, to) = (shape(cells[0]), shape(cells[1]));
        let wanted: Vec<f64> = cells[3].split(' ').map(|v| v.parse().unwrap()).collect();
        let image = golden_image(from);
        if cells[2] == "linear" {
            let found = resize(&image, to);
            for (n, (a, b)) in found.voxels().iter().zip(&wanted).enumerate() {
                assert!((a - b).abs() <= 1e-10, "{from:?} to {to:?}, voxel {n}: {a} and {b}");
            }
        } else {
            let values: Vec<u16> = image.voxels().iter().map(|v| (v + 300.0) as u16).collect();
            let found = resize_labels_nearest(&Labels::new(image.geometry().clone(), values), to);
            let wanted: Vec<u16> = wanted.iter().map(|v| (v + 300.0) as u16).collect();
            assert_eq!(found.values(), wanted, "{from:?} to {to:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever bytes a header has, reading ends with a volume or an error, and no memory is set aside for lies.
    #[test]
    fn no_header_makes_it_panic(
        changes in proptest::collection::vec((0_usize..400, any::<u8>()), 1..12),
        field in 0_usize..170,
        word in any::<[u8; 4]>(),
        packed in any::<bool>(),
    ) {
        let mut bytes = bytes_of("a.nii");
        for (at, value) in changes {
            bytes[at] = value;
        }
        bytes[2 * field + 8..2 * field + 12].copy_from_slice(&word);
        bytes[..4].copy_from_slice(&348_i32.to_le_bytes());
        let folder = Folder::new("images-header");
        let name = if packed { "h.hdr" } else { "h.nii" };
        let path = folder.put(name, &bytes);
        folder.put("h.img", &bytes);
        if let Ok(volume) = read_volume(&path) {
            prop_assert!(volume.voxels().len() <= bytes.len());
            prop_assert!(volume.geometry().affine.iter().flatten().all(|v| v.is_finite()));
            prop_assert!(volume.geometry().spacing.iter().all(|v| *v > 0.0));
        }
    }

    /// The same for damage anywhere in a packed file: what is read is what was written, or nothing.
    #[test]
    fn no_damage_to_gzip_goes_unseen(at in 10_usize..10_000, bit in 0_u8..8) {
        let mut bytes = bytes_of("a.nii.gz");
        let at = 10 + at % (bytes.len() - 10);
        bytes[at] ^= 1 << bit;
        let folder = Folder::new("images-gzip");
        let path = folder.put("g.nii.gz", &bytes);
        if let Ok(volume) = read_volume(&path) {
            let wanted = sample();
            prop_assert_eq!(volume.voxels(), wanted.voxels());
        }
    }
}
