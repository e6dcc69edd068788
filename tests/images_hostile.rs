//! A file whose header lies does not make us set memory aside: measured by the system, in a process of its own.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use crate::folder::Folder;
use crate::skip::{real_volumes, skipped};
use seqtran::io::nifti::{read_labels, read_volume, read_volume_channel};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// What this variable names is read by the process that a test starts.
const FILES: &str = "SEQTRAN_TEST_HOSTILE";

/// A NIfTI-1 header of voxels of `code` and `bits`.
fn header(axes: &[i16], code: i16, bits: i16, offset: f32) -> Vec<u8> {
    let mut bytes = vec![0; 352];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &348_i32.to_le_bytes());
    put(40, &(axes.len() as i16).to_le_bytes());
    for (at, n) in axes.iter().enumerate() {
        put(42 + 2 * at, &n.to_le_bytes());
        put(80 + 4 * at, &1_f32.to_le_bytes());
    }
    put(70, &code.to_le_bytes());
    put(72, &bits.to_le_bytes());
    put(108, &offset.to_le_bytes());
    put(344, b"n+1\0");
    bytes
}

/// The header and `zeros` bytes, packed: a thousandth of it.
fn packed(header: &[u8], zeros: usize) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(header).unwrap();
    let block = vec![0; 1 << 20];
    for first in (0..zeros).step_by(block.len()) {
        gz.write_all(&block[..block.len().min(zeros - first)]).unwrap();
    }
    gz.finish().unwrap()
}

/// The greatest resident size of this process since it was last asked, and its present one, in bytes.
fn resident() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    };
    let peak = field("VmHWM");
    fs::write("/proc/self/clear_refs", "5").unwrap();
    (peak, field("VmRSS"))
}

/// In the process of its own: reads every file and says how much memory that took at most.
fn measure(list: &str) {
    for line in list.lines() {
        let path = Path::new(line);
        let before = resident().1;
        let volume = read_volume(path).map(|_| ());
        let labels = read_labels(path).map(|_| ());
        let channel = read_volume_channel(path, Some(1)).map(|_| ());
        let peak = resident().0;
        let refused = [volume.is_err(), labels.is_err(), channel.is_err()].iter().all(|refused| *refused);
        println!("\nMEASURED\t{line}\t{}\t{refused}", peak.saturating_sub(before));
    }
}

#[test]
fn a_lie_costs_no_memory() {
    if let Ok(list) = std::env::var(FILES) {
        return measure(&list);
    }
    if !cfg!(target_os = "linux") || fs::write("/proc/self/clear_refs", "5").is_err() {
        return skipped("the system does not say how much memory a process took");
    }
    let folder = Folder::new("hostile");
    let mut files: Vec<_> = [
        // Large in the file, larger in memory, and one byte short.
        ("u8.nii.gz", packed(&header(&[300, 300, 300], 2, 8, 352.0), 26_999_999)),
        ("i16.nii.gz", packed(&header(&[400, 400, 200], 4, 16, 352.0), 63_999_999)),
        ("f32.nii.gz", packed(&header(&[240, 240, 155], 16, 32, 352.0), 35_711_999)),
        ("f64.nii.gz", packed(&header(&[300, 300, 150], 64, 64, 352.0), 107_999_999)),
        ("channels.nii.gz", packed(&header(&[100, 100, 100, 100], 4, 16, 352.0), 99_999_999)),
        ("offset.nii.gz", packed(&header(&[10, 10, 10], 4, 16, 1e8), 80_000_000)),
        // As large as memory, or larger.
        ("plain.nii", header(&[32767, 32767, 32767], 64, 64, 352.0)),
        ("all.nii.gz", packed(&header(&[32767; 7], 64, 64, 352.0), 1000)),
    ]
    .into_iter()
    .map(|(name, bytes)| folder.put(name, &bytes))
    .collect();
    // All voxels are there, but the check sum is wrong.
    let mut wrong = packed(&header(&[300, 300, 200], 4, 16, 352.0), 36_000_000);
    let at = wrong.len() - 8;
    wrong[at] ^= 1;
    files.push(folder.put("sum.nii.gz", &wrong));
    let made = files.len();
    if let Some(corrupt) = real_volumes("compat/corrupt") {
        files.extend(fs::read_dir(corrupt).unwrap().map(|entry| entry.unwrap().path()));
    }
    let list: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "images_hostile::a_lie_costs_no_memory", "--nocapture", "--test-threads=1"])
        .env(FILES, list.join("\n"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{text}{}", String::from_utf8_lossy(&child.stderr));

    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    for (n, path) in files.iter().enumerate() {
        let name = path.display().to_string();
        let row = rows.iter().find(|row| row[0] == "MEASURED" && row[1] == name).unwrap_or_else(|| panic!("{name}"));
        let (took, allowed) = (row[2].parse::<u64>().unwrap(), fs::metadata(path).unwrap().len() + (64 << 20));
        assert!(took <= allowed, "{name} took {took} bytes, allowed are {allowed}");
        assert!(n >= made || row[3] == "true", "{name} was read");
    }
}
