//! Mathematics on plain slices: PCA, Wasserstein, SSIM, statistics.

pub mod assignment;
pub mod bayes;
pub mod bootstrap;
pub mod gaussian_process;
pub mod gram;
pub mod judge;
pub mod least_correlation;
pub mod linkage;
pub mod overlap;
pub mod pca;
pub mod product;
pub mod ranks;
pub mod sliced;
pub mod spectrum;
pub mod ssim;
pub mod statistics;
pub mod transport;
pub mod wasserstein;
