//! Images with more than three axes: one channel is read, and only that one.

#![allow(clippy::unwrap_used)]

use crate::folder::Folder;
use seqtran::image::geometry::Geometry;
use seqtran::image::volume::Volume;
use seqtran::io::nifti::{
    channels, read_geometry, read_labels, read_labels_channel, read_summary, read_volume, read_volume_channel,
    write_volume,
};

/// A NIfTI-1 file of i16 voxels 0, 1, 2 ... with these axes.
fn many(axes: &[i16]) -> Vec<u8> {
    let folder = Folder::new(&format!("channels-made-{axes:?}"));
    let path = folder.file("a.nii");
    write_volume(&path, &Volume::new(Geometry::new([2, 1, 1], [1.0, 2.0, 3.0]), vec![0.0, 1.0]).stored_as("i16"))
        .unwrap();
    let mut bytes = std::fs::read(path).unwrap()[..352].to_vec();
    bytes[40..42].copy_from_slice(&(axes.len() as i16).to_le_bytes());
    for (at, n) in axes.iter().enumerate() {
        bytes[42 + 2 * at..44 + 2 * at].copy_from_slice(&n.to_le_bytes());
    }
    let voxels: i16 = axes.iter().product();
    bytes.extend((0..voxels).flat_map(i16::to_le_bytes));
    bytes
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

#[test]
fn the_chosen_channel_is_read_from_plain_and_packed_files() {
    let folder = Folder::new("channels-chosen");
    for axes in [&[3, 2, 4, 5][..], &[3, 2, 4, 1, 5], &[3, 2, 4, 5, 1], &[3, 2, 1, 4, 5, 1, 1]] {
        let bytes = many(axes);
        let voxels = axes.iter().map(|&n| n as usize).product::<usize>();
        for (name, bytes) in [("a.nii", bytes.clone()), ("a.nii.gz", packed(&bytes))] {
            let path = folder.put(name, &bytes);
            let count = channels(&path).unwrap();
            assert_eq!(count, if axes[2] == 4 { 5 } else { 20 }, "{axes:?}");
            let each = voxels / count;
            for channel in 0..count {
                let volume = read_volume_channel(&path, Some(channel)).unwrap();
                let wanted: Vec<f64> = (channel * each..(channel + 1) * each).map(|n| n as f64).collect();
                assert_eq!(volume.voxels(), wanted, "{axes:?} channel {channel}");
                assert_eq!(volume.shape(), [3, 2, axes[2] as usize]);
                let labels = read_labels_channel(&path, Some(channel)).unwrap();
                assert_eq!(usize::from(labels.values()[0]), channel * each);
            }
            let summary = read_summary(&path).unwrap();
            assert_eq!((summary.axes.len(), summary.channels, summary.dtype), (axes.len(), count, "i16"));
            assert_eq!(summary.orientation, "RAS");
        }
    }
}

#[test]
fn an_image_with_channels_says_how_to_choose_one() {
    let folder = Folder::new("channels-unchosen");
    let path = folder.put("a.nii", &many(&[3, 2, 4, 5]));
    for error in [read_volume(&path).unwrap_err(), read_labels(&path).unwrap_err(), read_geometry(&path).unwrap_err()] {
        assert_eq!(error.message(), "wanted a 3-D image, got 4-D of 3x2x4x5 voxels");
        assert!(error.help_line().unwrap().contains("#{ channel: n }, n from 0 to 4"), "{error}");
        assert_eq!(error.path(), Some(path.as_path()));
    }
    let error = read_volume_channel(&path, Some(5)).unwrap_err();
    assert!(error.message().contains("wanted channel 5") && error.message().contains("has 5"), "{error}");
    let path = folder.put("b.nii", &many(&[3, 2, 4]));
    assert_eq!(read_volume_channel(&path, Some(0)).unwrap(), read_volume(&path).unwrap());
    assert!(read_volume_channel(&path, Some(1)).unwrap_err().help_line().unwrap().contains("leave"));
}

#[test]
fn a_missing_channel_behind_the_chosen_one_is_noticed() {
    let folder = Folder::new("channels-cut");
    let whole = many(&[3, 2, 4, 5]);
    for length in [352, 353, 352 + 48, 352 + 2 * 48 - 1, 352 + 2 * 48, whole.len() - 1] {
        for (name, bytes) in [("a.nii", whole[..length].to_vec()), ("a.nii.gz", packed(&whole[..length]))] {
            let error = read_volume_channel(&folder.put(name, &bytes), Some(1)).unwrap_err();
            let wanted = format!("240 bytes after byte 352, the file has {} bytes there", length - 352);
            assert!(error.message().contains(&wanted), "{error}");
        }
    }
}
