//! Work that can be left alone: a training step cannot be interrupted, but nobody has to wait for its end.

use crate::base::error::{Error, Result};
use crate::base::progress::Cancel;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often the flag is looked at while the work goes on.
const GLANCE: Duration = Duration::from_millis(20);

/// The result of `work`, or an error of kind `cancelled` soon after the flag is raised; the work then ends unheard on a
/// thread of its own, so it must not change anything that others see.
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
    let (sender, receiver) = channel();
    let name = "training step".to_owned();
    std::thread::Builder::new()
        .name(name)
        .spawn(move || sender.send(work()))
        .map_err(|reason| Error::internal("no thread for a training step").caused_by(reason))?;
    loop {
        match receiver.recv_timeout(GLANCE) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => cancel.check()?,
            Err(RecvTimeoutError::Disconnected) => return Err(Error::internal("a training step panicked")),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::base::error::Kind;

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
    fn a_panic_is_an_error() {
        let error = abandonable::<()>(&Cancel::new(), || std::panic::resume_unwind(Box::new("x"))).unwrap_err();
        assert_eq!(error.kind(), Kind::Internal);
    }
}
