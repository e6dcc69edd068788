//! How long phantoms take: `cargo run --release --example phantoms -- PRESET N` draws N subjects of each kind that the
//! preset has, with all their modalities, on one thread, and prints milliseconds a subject at three sizes.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::cohort;
use seqtran::dataset::phantoms::params::PhantomParams;
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let preset = arguments.next().unwrap_or_else(|| "paperlike".into());
    let cases = arguments.next().map_or(10, |text| text.parse().unwrap());
    for size in [[24, 24, 24], [32, 32, 32], [40, 48, 40]] {
        let params =
            PhantomParams { preset: preset.clone(), size: Some(size), cases: Some(cases), ..Default::default() };
        let mut seen = Vec::new();
        for members in cohort(&params.check().unwrap(), Seed::new(1)) {
            if seen.contains(&members.site.kind) {
                continue;
            }
            seen.push(members.site.kind);
            let mut each: Vec<f64> = (members.subjects.iter())
                .map(|subject| {
                    let start = Instant::now();
                    std::hint::black_box(subject.scan());
                    start.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            each.sort_by(f64::total_cmp);
            let (kind, institution) = (members.site.kind.name(), members.site.institution);
            let (least, median) = (each[0], each[each.len() / 2]);
            println!("{size:?} {kind:8} {institution:5} {median:7.1} ms a case (median), {least:.1} at least");
        }
    }
}
