//! Mathematics on plain slices: PCA, Wasserstein, SSIM, statistics.

pub mod bootstrap;
pub mod judge;
pub mod pca;
pub mod ranks;
pub mod ssim;
pub mod statistics;
pub mod wasserstein;
