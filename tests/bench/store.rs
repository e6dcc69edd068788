//! What keeping and finding results costs: best of 5.
//!
//! `cargo run --release --example store`

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use seqtran::io::store::{Key, Store};
use std::hint::black_box;
use std::time::Instant;

fn best(name: &str, bytes: usize, verb: impl Fn()) {
    let run = |_| {
        let start = Instant::now();
        verb();
        start.elapsed().as_secs_f64()
    };
    let seconds = (0..5).map(run).fold(f64::INFINITY, f64::min);
    println!("{name:44} {:9.3} ms  {:6.2} GB/s", 1e3 * seconds, bytes as f64 / seconds / 1e9);
}

fn main() {
    let folder = std::env::temp_dir().join(format!("seqtran-bench-store-{}", std::process::id()));
    let store = Store::open(&folder, 4 << 30).unwrap();
    let numbers: Vec<f64> = (0..16 << 20).map(|n| n as f64 * 0.1).collect();
    let bytes = 8 * numbers.len();
    let key = |n: u64| Key::of("bench").number(n).done();
    let file = folder.join("file");
    std::fs::write(&file, vec![7; bytes]).unwrap();
    best("hash of a file of 128 MiB", bytes, || drop(black_box(Key::of_file(&file))));
    best("put 16 Mi numbers", bytes, || store.put_f64s(&key(0), &numbers));
    best("get 16 Mi numbers", bytes, || drop(black_box(store.get_f64s(&key(0)).unwrap())));
    best("get a part of 128 Ki of them", 1 << 20, || {
        drop(black_box(store.get_f64s_part(&key(0), 5..131_077).unwrap()))
    });
    best("put 1000 results of 1000 bytes", 1_000_000, || (1..1001).for_each(|n| store.put(&key(n), &[7; 1000])));
    best("get 1000 results of 1000 bytes", 1_000_000, || {
        (1..1001).for_each(|n| drop(black_box(store.get(&key(n)).unwrap())));
    });
    best("ask for 1000 results that are not there", 0, || assert!((2001..3001).all(|n| store.get(&key(n)).is_none())));
    best("size of 1001 entries", 0, || assert_eq!(store.content().entries, 1001));
    std::fs::remove_dir_all(&folder).unwrap();
}
