//! Ctrl-C leaves no mark: a terminal that writes `^C` behind a progress bar wraps its line, which then cannot be wiped away.

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// While it lives, the terminal does not write control letters; dropped, the terminal is as it was.
#[cfg(unix)]
pub struct Echo(Option<Termios>);

#[cfg(unix)]
impl Echo {
    /// Silences control letters on the terminal of standard input; where that is none, nothing happens.
    #[must_use]
    pub fn without_control_letters() -> Self {
        let before = tcgetattr(std::io::stdin()).ok();
        if let Some(mut settings) = before.clone() {
            settings.local_modes.remove(LocalModes::ECHOCTL);
            // A terminal that refuses only shows its `^C`.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &settings);
        }
        Echo(before)
    }
}

#[cfg(unix)]
impl Drop for Echo {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// Elsewhere terminals write no control letters.
#[cfg(not(unix))]
pub struct Echo;

#[cfg(not(unix))]
impl Echo {
    /// Does nothing.
    #[must_use]
    pub fn without_control_letters() -> Self {
        Echo
    }
}
