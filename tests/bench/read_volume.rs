//! The Rust side of read_volume.py and odd_images.py: for each line of its input, a path, it reads the volume and prints the
//! seconds that took, the sum of the voxels, their sum weighted by position, the shape and the affine; or `error` and why.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use seqtran::io::nifti::read_volume;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let start = Instant::now();
        let read = read_volume(Path::new(&line));
        let seconds = start.elapsed().as_secs_f64();
        match read {
            Ok(volume) => {
                let weighted: f64 = volume.voxels().iter().enumerate().map(|(n, v)| v * (n % 997) as f64).sum();
                let [x, y, z] = volume.shape();
                print!("{seconds} {} {weighted} {x}x{y}x{z}", volume.sum());
                volume.geometry().affine[..3].iter().flatten().for_each(|v| print!(" {v}"));
                println!();
            }
            Err(error) => println!("error {error}"),
        }
        std::io::stdout().flush().unwrap();
    }
}
