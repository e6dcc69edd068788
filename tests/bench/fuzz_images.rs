//! Reads files made wrong on purpose for a while, and says whether one of them made the reader panic, take more memory than
//! it may, or give an image that makes no sense.
//!
//! `cargo run --release --example fuzz_images -- SECONDS [SEED] [FILES AND FOLDERS]`: what breaks is kept in the temp folder.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../mutation.rs"]
mod mutation;

use mutation::{Source, mutated, seeds};
use seqtran::io::nifti::{read_labels, read_summary, read_volume, read_volume_channel};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes that a file may cost beyond its own size (and its voxels, if it is read).
const ALLOWED: u64 = 64 << 20;

/// The greatest resident size since the last call, and the present one; zeros where the system does not tell.
fn resident() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) << 10
    };
    let peak = field("VmHWM");
    let _ = fs::write("/proc/self/clear_refs", "5");
    (peak, field("VmRSS"))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    match fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| collect(&entry.path(), files)),
        Err(_) => files.push(path.into()),
    }
}

/// What is wrong with the reading of a file, and whether it was read.
fn fault(path: &Path, channel: usize) -> Result<bool, String> {
    let before = resident().1;
    let size = fs::metadata(path).map_or(0, |about| about.len());
    let volume = read_volume(path);
    let peak = resident().0.saturating_sub(before);
    let voxels = volume.as_ref().map_or(0, |volume| volume.voxels().len() as u64);
    // The voxels themselves, and the bytes that they were made from.
    if peak > size + ALLOWED + 16 * voxels {
        return Err(format!("{peak} bytes of memory for a file of {size}, {voxels} voxels"));
    }
    let (labels, summary) = (read_labels(path), read_summary(path));
    let _ = read_volume_channel(path, Some(channel));
    let Ok(volume) = volume else { return Ok(false) };
    let grid = volume.geometry();
    let sense = grid.affine.iter().flatten().all(|v| v.is_finite())
        && grid.spacing.iter().all(|v| v.is_finite() && *v > 0.0)
        && grid.voxels() == volume.voxels().len()
        && summary.is_ok_and(|summary| summary.geometry == *grid)
        && labels.map_or(true, |labels| labels.geometry() == grid);
    if sense { Ok(true) } else { Err(format!("an image that makes no sense: {grid:?}")) }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);
    let seed: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut files = Vec::new();
    arguments.for_each(|path| collect(Path::new(&path), &mut files));
    files.sort();
    let mut seeds: Vec<(String, Vec<u8>, Vec<u8>)> =
        seeds().into_iter().map(|(name, first, second)| (name.to_string(), first, second)).collect();
    for path in &files {
        let Ok(bytes) = fs::read(path) else { continue };
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        if bytes.len() > 4 << 20 || name.ends_with(".img") || name.ends_with(".tsv") {
            continue;
        }
        let ending = ["nii.gz", "hdr"].into_iter().find(|ending| name.ends_with(ending)).unwrap_or("nii");
        let other = fs::read(path.with_extension("img")).unwrap_or_default();
        seeds.push((format!("a.{ending}"), bytes, if ending == "hdr" { other } else { Vec::new() }));
    }
    let folder = std::env::temp_dir().join(format!("seqtran-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    println!("{} files to begin with, seed {seed}", seeds.len());

    let (mut source, start) = (Source(seed), Instant::now());
    let (mut inputs, mut read, mut faults) = (0_u64, 0_u64, 0_u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        let (name, first, second) = &seeds[source.below(seeds.len())];
        let path = folder.join(name);
        fs::write(&path, mutated(&mut source, first)).unwrap();
        let second = if source.below(4) == 0 { mutated(&mut source, second) } else { second.clone() };
        fs::write(folder.join("a.img"), &second).unwrap();
        let channel = source.below(6);
        inputs += 1;
        let wrong = match catch_unwind(AssertUnwindSafe(|| fault(&path, channel))) {
            Ok(Ok(was_read)) => {
                read += u64::from(was_read);
                continue;
            }
            Ok(Err(wrong)) => wrong,
            Err(_) => "a panic".into(),
        };
        faults += 1;
        let kept = std::env::temp_dir().join(format!("seqtran-fuzz-{seed}-{inputs}-{name}"));
        let _ = fs::copy(&path, &kept);
        println!("input {inputs}: {wrong}; kept as {}", kept.display());
    }
    fs::remove_dir_all(folder).unwrap();
    println!("{inputs} inputs in {:.0} s: {read} read, {faults} faults", start.elapsed().as_secs_f64());
    std::process::exit(i32::from(faults > 0));
}
