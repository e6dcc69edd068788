//! Files made wrong on purpose: whatever is in them, reading ends with an image that makes sense, or with an error.

#![allow(clippy::unwrap_used)]

use crate::folder::Folder;
use crate::mutation::{Source, mutated, seeds};
use seqtran::io::nifti::{read_labels, read_summary, read_volume, read_volume_channel};

#[test]
fn reading_what_was_made_wrong_gives_an_image_or_an_error() {
    let folder = Folder::new("mutated");
    let mut source = Source(17);
    let seeds = seeds();
    let (mut read, mut refused) = (0, 0);
    for _ in 0..1500 {
        let (name, first, second) = &seeds[source.below(seeds.len())];
        let path = folder.put(name, &mutated(&mut source, first));
        let second = if source.below(4) == 0 { mutated(&mut source, second) } else { second.clone() };
        folder.put("a.img", &second);
        match read_volume(&path) {
            Ok(volume) => {
                read += 1;
                let grid = volume.geometry();
                assert!(grid.affine.iter().flatten().all(|v| v.is_finite()), "{grid:?}");
                assert!(grid.spacing.iter().all(|v| v.is_finite() && *v > 0.0), "{grid:?}");
                assert!(grid.shape.iter().all(|n| *n > 0), "{grid:?}");
                assert_eq!(*grid, read_summary(&path).unwrap().geometry);
                if let Ok(labels) = read_labels(&path) {
                    assert!(
                        labels.values().iter().zip(volume.voxels()).all(|(&a, b)| (f64::from(a) - b).abs() <= 1e-6)
                    );
                }
                assert_eq!(read_volume_channel(&path, Some(0)).unwrap().voxels().len(), volume.voxels().len());
            }
            Err(error) => {
                refused += 1;
                assert!(error.path().is_some(), "{error}");
                let _ = (read_labels(&path), read_summary(&path), read_volume_channel(&path, Some(source.below(5))));
            }
        }
    }
    // Both happen often, or the changes are not telling.
    assert!(read > 150 && refused > 150, "{read} were read, {refused} refused");
}
