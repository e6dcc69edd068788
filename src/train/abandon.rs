//! Work that can be left alone: a training step cannot be interrupted, but nobody has to wait for its end.

use crate::base::error::{Error, Result};
use crate::base::progress::{Cancel, Monitor, Work};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often the flag is looked at while the work goes on.
const GLANCE: Duration = Duration::from_millis(20);

/// The result of `work`, or an error of kind `cancelled` soon after the flag is raised; the work then ends unheard on a
/// thread of its own, so it must not change anything that others see. Work that was left alone before is waited for first: its
/// memory and its share of the processors are free again when the next begins.
///
/// Inside a rayon pool the work is done in place, so that it stays in that pool, and is waited for.
///
/// # Errors
/// The work's own, or of kind `cancelled`, or an internal one when the work panics.
pub fn abandonable<T: Send + 'static>(cancel: &Cancel, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    cancel.check()?;
    if rayon::current_thread_index().is_some() {
        return work();
    }
    wait(cancel)?;
    let (sender, receiver) = channel();
    let (name, there) = ("training step".to_owned(), cancel.work());
    let leaving = there.clone();
    std::thread::Builder::new()
        .name(name)
        .spawn(move || {
            // Told last of all, after a panic too: by then what nobody heard is dropped.
            let _end = End(there);
            drop(sender.send(work()));
        })
        .map_err(|reason| Error::internal("no thread for a training step").caused_by(reason))?;
    loop {
        match receiver.recv_timeout(GLANCE) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => cancel.check().inspect_err(|_| leaving.leave())?,
            Err(RecvTimeoutError::Disconnected) => return Err(Error::internal("a training step panicked")),
        }
    }
}

/// Waits until work that was left alone has ended, and says so.
///
/// # Errors
/// Of kind `cancelled`.
pub fn settle(monitor: &Monitor) -> Result<()> {
    if monitor.cancel().left_alone() == 0 {
        return Ok(());
    }
    let _stage = monitor.stage("end of the step that was stopped", 1);
    wait(monitor.cancel())
}

fn wait(cancel: &Cancel) -> Result<()> {
    while cancel.left_alone() > 0 {
        std::thread::sleep(GLANCE / 4);
        cancel.check()?;
    }
    Ok(())
}

/// Tells that work has ended when it is dropped.
struct End(Work);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::base::error::Kind;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn slow_work_is_left_alone_when_the_flag_goes_up() {
        let cancel = Cancel::new();
        assert_eq!(abandonable(&cancel, || Ok(3)).unwrap(), 3);
        let raised = cancel.clone();
        let (hold, held) = channel::<()>();
        let error = abandonable(&cancel, move || {
            raised.raise();
            held.recv().ok();
            Ok(())
        });
        assert_eq!(error.unwrap_err().kind(), Kind::Cancelled);
        drop(hold);
    }

    #[test]
    fn the_next_work_begins_when_what_was_left_alone_has_ended() {
        let cancel = Cancel::new();
        let over = Arc::new(AtomicBool::new(false));
        for _ in 0..3 {
            let (raised, (hold, held)) = (cancel.clone(), channel::<()>());
            let (before, after) = (over.clone(), over.clone());
            let error = abandonable(&cancel, move || {
                before.store(false, Ordering::SeqCst);
                raised.raise();
                held.recv().ok();
                after.store(true, Ordering::SeqCst);
                Ok(())
            });
            assert_eq!((error.unwrap_err().kind(), cancel.left_alone()), (Kind::Cancelled, 1));
            // The user goes on at once; a stop while the next work waits is heard.
            cancel.lower();
            let (raised, stopped) = (cancel.clone(), Arc::new(AtomicBool::new(false)));
            let begun = stopped.clone();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(GLANCE);
                    raised.raise();
                });
                let error = abandonable(&cancel, move || {
                    begun.store(true, Ordering::SeqCst);
                    Ok(())
                });
                assert_eq!(error.unwrap_err().kind(), Kind::Cancelled);
            });
            assert!(!stopped.load(Ordering::SeqCst), "it waited");
            cancel.lower();
            drop(hold);
            let seen = over.clone();
            assert!(abandonable(&cancel, move || Ok(seen.load(Ordering::SeqCst))).unwrap());
        }
        assert_eq!(cancel.left_alone(), 0);
    }

    #[test]
    fn a_panic_is_an_error() {
        let error = abandonable::<()>(&Cancel::new(), || std::panic::resume_unwind(Box::new("x"))).unwrap_err();
        assert_eq!(error.kind(), Kind::Internal);
    }
}
