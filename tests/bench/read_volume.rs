//! The Rust side of read_volume.py: for each line of its input, a path, it reads the volume and prints the seconds that
//! took and the sum of the voxels.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use seqtran::io::nifti::read_volume;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let start = Instant::now();
        let volume = read_volume(Path::new(&line));
        let seconds = start.elapsed().as_secs_f64();
        println!("{seconds} {}", volume.unwrap().sum());
        std::io::stdout().flush().unwrap();
    }
}
