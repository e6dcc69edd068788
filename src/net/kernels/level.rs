//! Which vector instructions the machine has.

/// A set of vector instructions, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every machine has.
    Portable,
    /// AVX2 with fused multiply-add: 8 lanes, 16 registers.
    Avx2,
    /// AVX-512: 16 lanes, 32 registers.
    Avx512,
}

impl Level {
    /// The best this machine has.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") {
                return Level::Avx512;
            }
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                return Level::Avx2;
            }
        }
        Level::Portable
    }

    /// Every level: one that the machine lacks is computed on plain arrays of its width, so that tests reach its tiles.
    pub const ALL: [Self; 3] = [Level::Portable, Level::Avx2, Level::Avx512];

    /// Lanes of one vector.
    #[must_use]
    pub fn lanes(self) -> usize {
        match self {
            Level::Portable | Level::Avx2 => 8,
            Level::Avx512 => 16,
        }
    }
}
