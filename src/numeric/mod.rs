//! Mathematics on plain slices: PCA, Wasserstein, SSIM, statistics.
