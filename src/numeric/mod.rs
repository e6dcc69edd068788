//! Mathematics on plain slices: PCA, Wasserstein, SSIM, statistics.

pub mod pca;
pub mod ssim;
pub mod statistics;
pub mod wasserstein;
