//! Ctrl-C: the first raises the flag of the running work, and none of them ends the shell.

use super::console::Console;
use super::style::Role;
use crate::base::error::{Error, Result};
use crate::base::progress::Cancel;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The exit code of a script that was stopped, as shells have it: 128 + SIGINT.
pub const STOPPED: u8 = 130;

/// How often Ctrl-C came since the running work began; `IDLE` when none runs.
#[derive(Clone)]
pub struct Interrupt {
    presses: Arc<AtomicU32>,
    cancel: Cancel,
}

const IDLE: u32 = u32::MAX;

impl Interrupt {
    /// Listens for Ctrl-C from now on. With `insist`, a second one ends the program: right for a script that runs by
    /// itself, wrong for a shell with hours of work in its variables.
    ///
    /// # Errors
    /// When the system refuses the handler.
    pub fn listen(cancel: Cancel, console: Console, insist: bool) -> Result<Self> {
        let interrupt = Interrupt { presses: Arc::new(AtomicU32::new(IDLE)), cancel };
        let shared = interrupt.clone();
        let handler = move || match shared.press() {
            0 => {}
            1 => shared.cancel.raise(),
            _ if insist => std::process::exit(i32::from(STOPPED)),
            _ => {
                shared.cancel.raise();
                let remark = "  still stopping: the work at hand ends at its next step";
                console.complain(&console.error_palette().paint(Role::Quiet, remark));
            }
        };
        ctrlc::set_handler(handler)
            .map_err(|error| Error::internal("Ctrl-C cannot be listened for").caused_by(error))?;
        Ok(interrupt)
    }

    /// Counts a press; its number since the work began, 0 when no work runs.
    fn press(&self) -> u32 {
        let count = |presses| (presses != IDLE).then_some(presses + 1);
        self.presses.fetch_update(Ordering::SeqCst, Ordering::SeqCst, count).map_or(0, |before| before + 1)
    }

    /// Runs `work`, which Ctrl-C may stop.
    pub fn during<R>(&self, work: impl FnOnce() -> R) -> R {
        self.cancel.lower();
        self.presses.store(0, Ordering::SeqCst);
        let result = work();
        self.presses.store(IDLE, Ordering::SeqCst);
        self.cancel.lower();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presses_count_only_while_work_runs() {
        let interrupt = Interrupt { presses: Arc::new(AtomicU32::new(IDLE)), cancel: Cancel::new() };
        assert_eq!(interrupt.press(), 0);
        let counts = interrupt.during(|| (interrupt.press(), interrupt.press()));
        assert_eq!(counts, (1, 2));
        assert_eq!(interrupt.press(), 0);
    }
}
