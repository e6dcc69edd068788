#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]
use seqtran::image::normalize;
use seqtran::image::resample::resize;
use seqtran::io::nifti::read_volume;
use std::time::Instant;
fn t<T>(name: &str, f: impl Fn() -> T) -> T {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let s = Instant::now();
        std::hint::black_box(f());
        best = best.min(s.elapsed().as_secs_f64());
    }
    println!("{name:20} {:.1} ms", best * 1e3);
    f()
}
fn main() {
    let f = std::env::args().nth(1).unwrap();
    let params = seqtran::base::params::Params::check(seqtran::affinity::params::SampleParams::default()).unwrap();
    t("planes", || seqtran::io::nifti::read_planes(f.as_ref(), None).unwrap());
    t("planes to scores", || {
        seqtran::affinity::samples::sorted_scores(&seqtran::io::nifti::read_planes(f.as_ref(), None).unwrap(), &params)
            .unwrap()
    });
    let v = t("read", || read_volume(f.as_ref()).unwrap());
    t("minmax", || normalize::minmax(&v));
    let r = t("resize", || resize(&v, [128; 3]));
    let params = seqtran::base::params::Params::check(seqtran::affinity::params::SampleParams::default()).unwrap();
    t("sorted_scores", || seqtran::affinity::samples::sorted_scores(&r, &params).unwrap());
    t("pca_scores", || seqtran::affinity::samples::pca_scores(&r, &params).unwrap());
    let x = ndarray::ArrayView2::from_shape((128, 16384), r.voxels()).unwrap();
    let c = t("dot", || x.dot(&x.t()));
    t("eigen", || nalgebra::SymmetricEigen::new(nalgebra::DMatrix::from_fn(128, 128, |a, b| c[[a, b]])));
    t("fit", || seqtran::numeric::pca::fit(x.t(), 0.75).unwrap());
    t("tridiag", || {
        nalgebra::linalg::SymmetricTridiagonal::new(nalgebra::DMatrix::from_fn(128, 128, |a, b| c[[a, b]])).unpack()
    });
    t("eigenvalues", || nalgebra::DMatrix::from_fn(128, 128, |a, b| c[[a, b]]).symmetric_eigenvalues());
}
