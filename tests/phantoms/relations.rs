//! Tasks that share a modality have near images, tasks that share an objective have like labels.

use seqtran::affinity::matrix::Matrix;
use seqtran::affinity::measure::measure;
use seqtran::affinity::params::{AffinityParams, Intensity};
use seqtran::affinity::work::Work;
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;

/// Means over pairs of two institutions: of those whose second words agree, and of the others.
fn means(matrix: &Matrix) -> (f64, f64) {
    let (mut same, mut other) = ((0.0, 0.0), (0.0, 0.0));
    for (r, row) in matrix.rows().iter().enumerate() {
        for (c, col) in matrix.cols().iter().enumerate() {
            let ((at, word), (home, name)) = (row.rsplit_once('-').unwrap(), col.rsplit_once('-').unwrap());
            if at != home {
                let (sum, count) = if word == name { &mut same } else { &mut other };
                *sum += matrix.get(r, c);
                *count += 1.0;
            }
        }
    }
    (same.0 / same.1, other.0 / other.1)
}

#[test]
fn a_shared_modality_is_nearer_and_a_shared_objective_likelier() {
    for (preset, seed) in [("small", 3), ("small", 4), ("paperlike", 3)] {
        let institutions = ["01", "04", "18", "16"].map(String::from).to_vec();
        let params = PhantomParams { preset: preset.into(), institutions, cases: Some(5), ..PhantomParams::default() };
        let tasks = phantom_tasks(&params.check().unwrap(), Seed::new(seed)).unwrap();
        let options =
            AffinityParams { size: [24; 3], intensity: Intensity::Minmax, k1: 0.01, k2: 0.03, ..Default::default() };
        let affinity = measure(tasks.as_slice(), &[], &options.check().unwrap(), &Work::quiet(Seed::new(1))).unwrap();
        let (same, other) = means(affinity.image());
        assert!(same < 0.65 * other, "{preset} {seed}: H {same} of one modality, {other} across");
        let (same, other) = means(affinity.label());
        assert!(same > 1.4 * other, "{preset} {seed}: R {same} of one objective, {other} across");
    }
}
