//! Work in parallel whose outcome does not depend on who is faster, errors included.

use super::error::{Error, Result};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The results of `work` for 0, 1, 2 .. `count`, in order, made in parallel.
///
/// Of several errors the one with the lowest number is given back, on any number of threads; what comes behind an error is
/// not begun any more.
///
/// # Errors
/// Those of `work`.
pub fn try_map<T: Send>(count: usize, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let failed = AtomicUsize::new(usize::MAX);
    let one = |at: usize| {
        if at > failed.load(Ordering::Relaxed) {
            return None;
        }
        let done = work(at);
        if done.is_err() {
            failed.fetch_min(at, Ordering::Relaxed);
        }
        Some(done)
    };
    let done: Vec<Option<Result<T>>> = (0..count).into_par_iter().with_max_len(1).map(one).collect();
    // What was left out stands behind an error.
    done.into_iter().map(|done| done.unwrap_or_else(|| Err(Error::internal("work without an end")))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_error_in_order_is_told_on_any_number_of_threads() {
        let asked = |at: usize| {
            // The earlier one takes longer.
            std::thread::sleep(std::time::Duration::from_micros(if at == 3 { 3000 } else { 10 }));
            if at == 3 || at > 4 { Err(Error::data(format!("number {at}"))) } else { Ok(at) }
        };
        for threads in [1, 2, 3, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for _ in 0..20 {
                let error = pool.install(|| try_map(40, asked)).unwrap_err();
                assert_eq!(error.message(), "number 3");
            }
            assert_eq!(pool.install(|| try_map(3, asked)).unwrap(), [0, 1, 2]);
        }
    }
}
