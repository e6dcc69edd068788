//! The Rust side of affinity.py, which makes the files and says what the numbers mean.
//!
//!     cargo build --release --example affinity && python tests/bench/affinity.py target/release/examples/affinity

#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used)]

use seqtran::affinity::affinity::Affinity;
use seqtran::affinity::measure::measure;
use seqtran::affinity::params::{AffinityParams, Intensity};
use seqtran::affinity::work::Work;
use seqtran::base::error::Result;
use seqtran::base::params::{Checked, Params};
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::case::{Case, Source};
use seqtran::dataset::open::open_tasks;
use seqtran::dataset::open_params::OpenParams;
use seqtran::dataset::task::{Task, TaskName};
use seqtran::image::geometry::Geometry;
use seqtran::image::mask::Mask;
use seqtran::image::volume::Volume;
use seqtran::io::nifti::{read_labels, read_volume};
use seqtran::io::store::Store;
use seqtran::numeric::{overlap, ssim};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// An image and a mask that are in memory.
struct Kept(Volume, Mask);

impl Source for Kept {
    fn image(&self) -> Result<Volume> {
        Ok(self.0.clone())
    }

    fn mask(&self) -> Result<Mask> {
        Ok(self.1.clone())
    }

    fn image_key(&self) -> String {
        format!("{:p}", self.0.voxels())
    }

    fn mask_key(&self) -> String {
        format!("{:p}", self.1.words())
    }
}

fn seconds<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed().as_secs_f64(), done)
}

fn task(institution: usize, cases: Vec<Case>) -> Task {
    let name = |text: &str| text.to_owned();
    Task::new(TaskName { institution: format!("{institution:02}"), modality: name("T1"), objective: name("ED") }, cases)
}

fn checked(size: usize) -> Checked<AffinityParams> {
    AffinityParams { size: [size; 3], label_grid: Some([1; 3]), ..Default::default() }.check().unwrap()
}

fn print_matrix(affinity: &Affinity) {
    for row in 0..affinity.image().rows().len() {
        let row: Vec<String> = affinity.image().row(row).iter().map(|v| format!("{v:.17e}")).collect();
        println!("row {}", row.join(" "));
    }
}

/// Files `tI_vJ.nii`, read before the clock starts: H of the tasks I.
fn in_memory(folder: &Path) {
    let mut tasks: Vec<Vec<Case>> = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let number: usize = name[1..name.find('_').unwrap()].parse().unwrap();
        tasks.resize_with(tasks.len().max(number + 1), Vec::new);
        let volume = read_volume(&path).unwrap();
        let mask = Mask::from_fn(Geometry::new([1; 3], [1.0; 3]), |_| true);
        tasks[number].push(Case::new(name, Kept(volume, mask)));
    }
    let size = tasks[0][0].source.image().unwrap().shape()[0];
    let tasks: Vec<Task> = tasks.into_iter().enumerate().map(|(number, cases)| task(number, cases)).collect();
    let run = || measure(&tasks, &[], &checked(size), &Work::quiet(Seed::new(1))).unwrap();
    let (first, affinity) = seconds(run);
    let (second, _) = seconds(run);
    println!("seconds {}", first.min(second));
    print_matrix(&affinity);
}

/// `count` masks of balls in 240x240x155: packing, all pairs, and one pair.
fn masks(count: usize) {
    let grid = Geometry::new([240, 240, 155], [1.0; 3]);
    let ball = |at: usize| {
        let centre = [60 + at * 37 % 120, 60 + at * 53 % 120, 40 + at * 29 % 70];
        let radius = 6 + at * 7 % 26;
        let square = |n: usize, c: usize| n.abs_diff(c).pow(2);
        Mask::from_fn(grid.clone(), |n| {
            square(n % 240, centre[0]) + square(n / 240 % 240, centre[1]) + square(n / 57600, centre[2])
                < radius * radius
        })
    };
    let made: Vec<Mask> = (0..count).map(ball).collect();
    let (packing, sets) = seconds(|| made.iter().map(|mask| overlap::packed(mask.words())).collect::<Vec<_>>());
    let stage = Monitor::silent().stage("", 1);
    let (all, bits) = seconds(|| overlap::triangle(count, count, |at| Ok(sets[at].as_slice().into()), &stage).unwrap());
    let voxels = grid.voxels();
    let pairs = (0..count).flat_map(|k| (0..=k).map(move |l| (k, l)));
    let own = |k: usize| bits[k * (k + 1) / 2 + k] as usize;
    let (values, total) = seconds(|| {
        let one =
            |((k, l), &both): ((usize, usize), &f64)| ssim::binary(own(k), own(l), both as usize, voxels, 0.3, 0.3);
        pairs.zip(&bits).map(one).sum::<f64>()
    });
    let (a, b) = (&made[0], &made[1]);
    let one = || ssim::binary(a.count(), b.count(), a.overlap(b), voxels, 0.3, 0.3);
    let single = (0..200).map(|_| seconds(|| std::hint::black_box(one())).0).fold(f64::INFINITY, f64::min);
    println!(
        "packing {packing} all {} single {single} value {:.17e} mean {}",
        all + values,
        one(),
        total / bits.len() as f64
    );
    // The slowest sets there are: nothing is empty.
    let full: Vec<u64> = (0..voxels.div_ceil(64) as u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    let full = overlap::packed(&full);
    println!(
        "dense {}",
        seconds(|| overlap::triangle(count, count, |_| Ok(full.as_slice().into()), &stage).unwrap()).0
    );
}

/// A folder of packed images and labels: reading them alone, then the affinity without, with a new and with a filled cache.
fn disk(manifest: &Path, cache: &Path) {
    let text = std::fs::read_to_string(manifest).unwrap();
    let files: Vec<(PathBuf, bool)> = {
        let base = manifest.parent().unwrap();
        let lines = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        let mut files: Vec<(PathBuf, bool)> =
            lines.flat_map(|cells| [(base.join(cells[3]), true), (base.join(cells[4]), false)]).collect();
        files.sort();
        files.dedup();
        files
    };
    let objectives = [("NCR", vec![1]), ("ED", vec![2]), ("ET", vec![4])];
    let objectives = objectives.map(|(name, values)| (name.to_owned(), values)).into_iter().collect();
    let options = OpenParams { layout: Some("manifest".into()), objectives, ..Default::default() };
    let opened = open_tasks(manifest, options).unwrap();
    let reading = || {
        use rayon::prelude::*;
        files.par_iter().with_max_len(1).for_each(|(path, image)| match image {
            true => drop(std::hint::black_box(read_volume(path).unwrap())),
            false => drop(std::hint::black_box(read_labels(path).unwrap())),
        });
    };
    for (name, intensity) in [("raw", Intensity::Raw), ("minmax", Intensity::Minmax), ("zscore", Intensity::Zscore)] {
        let params = AffinityParams { intensity, ..Default::default() }.check().unwrap();
        let run = |work: &Work| seconds(|| measure(opened.as_slice(), &[], &params, work).unwrap());
        let (mut alone, mut plain) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..3 {
            alone = alone.min(seconds(reading).0);
            plain = plain.min(run(&Work::quiet(Seed::new(1))).0);
        }
        let _ = std::fs::remove_dir_all(cache);
        let kept = Work { store: Store::open(cache, 1 << 33).unwrap(), ..Work::quiet(Seed::new(1)) };
        let (filling, first) = run(&kept);
        let (again, second) = run(&kept);
        assert_eq!(first.cost(), second.cost());
        println!("{name} reading {alone} affinity {plain} filling {filling} again {again} files {}", files.len());
    }
}

/// The peak memory of this process in MiB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// `groups` groups of `cases` made volumes of `size`^3: seconds and MiB.
fn growth(groups: usize, cases: usize, size: usize) {
    struct Made(usize, usize);
    impl Source for Made {
        fn image(&self) -> Result<Volume> {
            let grid = Geometry::new([self.1; 3], [1.0; 3]);
            let (n, s) = (self.0 as f64, 6.0 / self.1 as f64);
            let wave = |f: f64| (0..2 * self.1).map(|v| (v as f64 * s * f + n).sin()).collect::<Vec<f64>>();
            let (a, b, c, d, e, f) = (wave(1.0), wave(2.0), wave(3.0), wave(1.3), wave(2.2), wave(0.7));
            let voxels: Vec<f64> = (0..grid.voxels())
                .map(|at| {
                    let (i, j, k) = (at % self.1, at / self.1 % self.1, at / self.1 / self.1);
                    a[i] * b[k] + c[j] * d[k] + 0.6 * e[i + j] * f[k]
                })
                .collect();
            Ok(Volume::new(grid, voxels))
        }
        fn mask(&self) -> Result<Mask> {
            Ok(Mask::from_fn(Geometry::new([1; 3], [1.0; 3]), |_| true))
        }
        fn grid(&self) -> Result<Geometry> {
            Ok(Geometry::new([1; 3], [1.0; 3]))
        }
        fn image_key(&self) -> String {
            self.0.to_string()
        }
        fn mask_key(&self) -> String {
            self.0.to_string()
        }
    }
    let one = |group: usize| {
        task(group, (0..cases).map(|n| Case::new(n.to_string(), Made(group * 1000 + n, size))).collect())
    };
    let tasks: Vec<Task> = (0..groups).map(one).collect();
    let (making, ()) = seconds(|| {
        use rayon::prelude::*;
        tasks.par_iter().flat_map(Task::cases).for_each(|case| drop(std::hint::black_box(case.source.image())));
    });
    let (time, _) = seconds(|| measure(&tasks, &[], &checked(size), &Work::quiet(Seed::new(1))).unwrap());
    println!("{groups} {cases} {size} {} {}", time - making, peak());
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments[at].parse::<usize>().unwrap();
    match arguments.first().map(String::as_str) {
        Some("memory") => in_memory(Path::new(&arguments[1])),
        Some("masks") => masks(number(1)),
        Some("disk") => disk(Path::new(&arguments[1]), Path::new(&arguments[2])),
        Some("growth") => growth(number(1), number(2), number(3)),
        _ => println!("run it by affinity.py"),
    }
}
