//! A real terminal for tests: the program inside tmux, typed at by keys, read by looking at the screen.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a screen may take to show what is waited for; the machine may be busy with other tests.
const DEADLINE: Duration = Duration::from_secs(120);

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A tmux server of its own with one window in an empty folder.
pub(crate) struct Terminal {
    socket: String,
    folder: PathBuf,
}

impl Terminal {
    /// Opens a window that runs the program with `arguments`; `None`, and a line that says so, where there is no tmux.
    pub(crate) fn open(arguments: &str) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            crate::skip::skipped("tmux is not installed");
            return None;
        }
        let name = format!("seqtran-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).unwrap();
        let terminal = Terminal { socket: name, folder };
        let program = crate::program::PATH;
        // Ctrl-C reaches the shell around the program too, which must live to say how the program ended.
        let command = format!(
            "trap : INT; SEQTRAN_HISTORY=history SEQTRAN_CACHE=cache '{program}' {arguments}; echo \"left with $?\"; sleep 600"
        );
        terminal.tmux(&["-u", "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40", &command]);
        Some(terminal)
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket]).args(arguments).current_dir(&self.folder);
        for variable in ["TMUX", "NO_COLOR"] {
            command.env_remove(variable);
        }
        let output = command.env("SHELL", "/bin/sh").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {arguments:?}: {said}");
        output
    }

    /// The folder the program was started in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What stands on the screen, without blanks at line ends.
    pub(crate) fn screen(&self) -> String {
        let output = self.tmux(&["capture-pane", "-p"]);
        String::from_utf8_lossy(&output.stdout).trim_end().to_string()
    }

    /// The same with the codes for colours.
    pub(crate) fn coloured(&self) -> String {
        let output = self.tmux(&["capture-pane", "-p", "-e"]);
        String::from_utf8_lossy(&output.stdout).trim_end().to_string()
    }

    /// Types letters.
    pub(crate) fn keys(&self, text: &str) {
        // A last semicolon would separate two commands of tmux.
        let text = text.strip_suffix(';').map_or(text.into(), |rest| format!("{rest}\\;"));
        self.tmux(&["send-keys", "-l", "--", &text]);
    }

    /// Presses a key by its tmux name, such as `Tab`, `Enter`, `C-c`.
    pub(crate) fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Types a line and Enter.
    pub(crate) fn line(&self, text: &str) {
        self.keys(text);
        self.press("Enter");
    }

    /// Pastes text as a terminal does it, in brackets when the program asks for them.
    pub(crate) fn paste(&self, text: &str) {
        self.tmux(&["set-buffer", "--", text]);
        self.tmux(&["paste-buffer", "-p"]);
    }

    /// Waits until the screen is as wanted.
    ///
    /// # Panics
    /// With the screen, when it does not come to that.
    pub(crate) fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if wanted(&screen) {
                return screen;
            }
            assert!(start.elapsed() < DEADLINE, "waited in vain for {what}; the screen:\n{screen}");
            std::thread::sleep(Duration::from_millis(40));
        }
    }

    /// Waits until the screen holds a text.
    pub(crate) fn see(&self, text: &str) -> String {
        self.wait(&format!("`{text}`"), |screen| screen.contains(text))
    }

    /// Waits until the last line of the screen is the empty prompt of cell `number`.
    pub(crate) fn prompt(&self, number: usize) -> String {
        let prompt = format!("st[{number}]>");
        self.wait(&prompt, |screen| screen.lines().last().is_some_and(|line| line.trim_end() == prompt))
    }

    /// Types a line at the prompt of cell `number` and waits for the next prompt.
    pub(crate) fn cell(&self, number: usize, text: &str) -> String {
        self.prompt(number);
        self.line(text);
        self.prompt(number + 1)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.socket, "kill-server"]).output();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
