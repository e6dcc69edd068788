//! Which vector instructions are used.
//!
//! No result depends on it: the order of every sum is fixed by the algorithm, and what an instruction does that a machine
//! lacks is done without it, slower and to the same bits. So the level is the one thing that may be set for the whole
//! process: it is lowered to test that promise.

use super::error::{Error, Result};
use std::sync::atomic::{AtomicU8, Ordering};

/// A set of vector instructions, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every machine has: SSE2 on x86-64, where fused multiply-adds are computed by double floats.
    Portable,
    /// AVX2 with fused multiply-add: 8 lanes of single floats, 16 registers.
    Avx2,
    /// AVX-512: 16 lanes of single floats, 32 registers.
    Avx512,
}

/// The highest level that may be used.
static LIMIT: AtomicU8 = AtomicU8::new(Level::Avx512 as u8);

impl Level {
    /// Every level, least first.
    pub const ALL: [Self; 3] = [Level::Portable, Level::Avx2, Level::Avx512];

    /// The best this machine has.
    #[must_use]
    pub fn machine() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let wide = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
            if wide && std::arch::is_x86_feature_detected!("avx512f") {
                return Level::Avx512;
            }
            if wide {
                return Level::Avx2;
            }
        }
        Level::Portable
    }

    /// The level in use: the machine's, or a lower one that [`Level::limit`] has set.
    #[must_use]
    pub fn current() -> Self {
        let limit = match LIMIT.load(Ordering::Relaxed) {
            0 => Level::Portable,
            1 => Level::Avx2,
            _ => Level::Avx512,
        };
        limit.min(Level::machine())
    }

    /// Uses no instructions above a level from now on.
    pub fn limit(level: Self) {
        LIMIT.store(level as u8, Ordering::Relaxed);
    }

    /// The level of a name: `portable`, `avx2` or `avx512`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn named(name: &str) -> Result<Self> {
        Level::ALL.into_iter().find(|level| level.name() == name).ok_or_else(|| {
            let names = Level::ALL.map(|level| format!("`{}`", level.name())).join(", ");
            Error::argument(format!("a level of instructions is one of {names}, got `{name}`"))
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Portable => "portable",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }

    /// What compiles plain loops over numbers for the level in use.
    ///
    /// Loops over double floats are written for AVX2 at most, and without fused multiply-adds.
    #[must_use]
    pub fn loops() -> pulp::Arch {
        match Level::current() {
            Level::Portable => pulp::Arch::Scalar,
            Level::Avx2 | Level::Avx512 => pulp::Arch::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The tests of the library run at the level of instructions that `SEQTRAN_LEVEL` names.
    #[ctor::ctor(unsafe)]
    fn lower_the_level() {
        if let Ok(name) = std::env::var("SEQTRAN_LEVEL") {
            Level::limit(Level::named(&name).expect("a name of a level"));
        }
    }

    #[test]
    fn names_are_read_and_wrong_ones_are_told_the_right_ones() {
        for level in Level::ALL {
            assert_eq!(Level::named(level.name()).unwrap(), level);
        }
        let problem = Level::named("avx3").unwrap_err();
        assert_eq!(problem.message(), "a level of instructions is one of `portable`, `avx2`, `avx512`, got `avx3`");
        assert!(Level::current() <= Level::machine());
    }
}
