//! stage profile (draft)
#![allow(clippy::print_stdout, clippy::unwrap_used)]
use seqtran::affinity::params::SampleParams;
use seqtran::affinity::samples::pca_scores;
use seqtran::base::params::Params;
use seqtran::io::nifti::read_volume;
use seqtran::numeric::wasserstein::w1_sorted;
use std::time::Instant;
fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let volumes: Vec<_> = files.iter().map(|f| read_volume(f.as_ref()).unwrap()).collect();
    let params = SampleParams::default().check().unwrap();
    let start = Instant::now();
    let scores: Vec<_> = volumes.iter().map(|v| pca_scores(v, &params).unwrap()).collect();
    println!("pca {:.1} ms a volume", 1e3 * start.elapsed().as_secs_f64() / volumes.len() as f64);
    println!("components {:?}", scores.iter().map(|s| s.components).collect::<Vec<_>>());
    let start = Instant::now();
    let sorted: Vec<Vec<f64>> = scores
        .iter()
        .map(|s| {
            let mut v = s.values.clone();
            v.sort_unstable_by(f64::total_cmp);
            v
        })
        .collect();
    println!("sort {:.1} ms a volume", 1e3 * start.elapsed().as_secs_f64() / volumes.len() as f64);
    let start = Instant::now();
    let mut sum = 0.0;
    let mut n = 0;
    for (k, a) in sorted.iter().enumerate() {
        for b in &sorted[k..] {
            sum += w1_sorted(a, b);
            n += 1;
        }
    }
    println!("w1 {:.3} ms a pair, {sum}", 1e3 * start.elapsed().as_secs_f64() / n as f64);
}
