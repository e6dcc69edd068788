//! Progress bars on standard error, for work that takes more than a second.

use crate::base::progress::Display;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How long a stage stays unseen.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the watcher looks for stages that have become slow.
const LOOK: Duration = Duration::from_millis(200);

/// Bars that are on the screen at once; more would scroll a small window.
const MOST: usize = 6;

const TEMPLATE: &str =
    " {prefix:<10} {bar:32.cyan/dim}  {pos:>6}/{len}  {took}   eta {left}  {wide_msg} (Ctrl-C stops) ";

/// A [`Display`] that draws a bar for every stage that lasts over a second.
pub struct Bars {
    stages: Arc<Stages>,
}

struct Stages {
    screen: MultiProgress,
    open: Mutex<BTreeMap<u64, Open>>,
}

/// A stage that has begun and not ended.
struct Open {
    label: String,
    total: u64,
    done: u64,
    remark: String,
    since: Instant,
    bar: Option<ProgressBar>,
}

impl Bars {
    /// Bars on standard error; where that is no terminal nothing is ever drawn.
    #[must_use]
    pub fn on_stderr() -> Self {
        Self::on(ProgressDrawTarget::stderr_with_hz(8))
    }

    fn on(target: ProgressDrawTarget) -> Self {
        let stages =
            Arc::new(Stages { screen: MultiProgress::with_draw_target(target), open: Mutex::new(BTreeMap::new()) });
        if !stages.screen.is_hidden() {
            let watched = Arc::downgrade(&stages);
            // Without the watcher only stages that report their steps would be seen; the bars are a comfort, so a
            // system that has no thread left for them is no error.
            let _ = std::thread::Builder::new().name("bars".into()).spawn(move || watch(&watched));
        }
        Bars { stages }
    }

    /// Runs `print` with the bars out of its way, and draws them again below what it wrote.
    pub fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        self.stages.screen.suspend(print)
    }
}

fn watch(stages: &Weak<Stages>) {
    while let Some(stages) = stages.upgrade() {
        stages.show_slow_ones();
        drop(stages);
        std::thread::sleep(LOOK);
    }
}

impl Stages {
    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show_slow_ones(&self) {
        let mut open = self.open();
        let mut shown = open.values().filter(|stage| stage.bar.is_some()).count();
        for stage in open.values_mut() {
            if let Some(bar) = &stage.bar {
                bar.tick();
            } else if shown < MOST && stage.since.elapsed() >= PATIENCE {
                stage.bar = Some(self.screen.add(stage.draw()));
                shown += 1;
            }
        }
    }
}

impl Open {
    fn draw(&self) -> ProgressBar {
        let style = ProgressStyle::with_template(TEMPLATE)
            .expect("the template is a constant that a test parses")
            .with_key("took", |state: &ProgressState, out: &mut dyn Write| {
                let _ = out.write_str(&clock(state.elapsed()));
            })
            .with_key("left", |state: &ProgressState, out: &mut dyn Write| {
                let left = remaining(state.elapsed(), state.pos(), state.len().unwrap_or(0));
                let _ = out.write_str(&left.map_or_else(|| "--:--".into(), clock));
            })
            .progress_chars("->-");
        ProgressBar::new(self.total)
            .with_style(style)
            .with_prefix(self.label.clone())
            .with_message(self.remark.clone())
            .with_position(self.done)
            .with_elapsed(self.since.elapsed())
    }
}

/// The time still to go when every step takes as long as those before it.
fn remaining(elapsed: Duration, done: u64, total: u64) -> Option<Duration> {
    if done == 0 || total == 0 {
        return None;
    }
    Some(elapsed.mul_f64(total.saturating_sub(done) as f64 / done as f64))
}

/// `00:41`, and `1:02:03` from an hour on.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

impl Display for Bars {
    fn begin(&self, id: u64, label: &str, total: u64) {
        let stage =
            Open { label: label.into(), total, done: 0, remark: String::new(), since: Instant::now(), bar: None };
        self.stages.open().insert(id, stage);
    }

    fn update(&self, id: u64, done: u64, remark: &str) {
        if let Some(stage) = self.stages.open().get_mut(&id) {
            // Steps may end out of order on many threads; the bar never runs backwards.
            stage.done = stage.done.max(done);
            if !remark.is_empty() && stage.remark != remark {
                stage.remark = remark.into();
                if let Some(bar) = &stage.bar {
                    bar.set_message(stage.remark.clone());
                }
            }
            if let Some(bar) = &stage.bar {
                bar.set_position(stage.done);
            }
        }
    }

    fn end(&self, id: u64) {
        let ended = self.stages.open().remove(&id);
        if let Some(bar) = ended.and_then(|stage| stage.bar) {
            bar.finish_and_clear();
            self.stages.screen.remove(&bar);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::base::progress::{Cancel, Monitor};
    use indicatif::TermLike;
    use std::io::Result;

    /// Everything that was ever written.
    #[derive(Debug, Clone, Default)]
    struct Tape(Arc<Mutex<String>>);

    impl Tape {
        fn seen(&self) -> String {
            self.0.lock().unwrap().clone()
        }
    }

    impl TermLike for Tape {
        fn width(&self) -> u16 {
            120
        }
        fn move_cursor_up(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn write_line(&self, line: &str) -> Result<()> {
            self.write_str(line)
        }
        fn write_str(&self, text: &str) -> Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> Result<()> {
            self.write_str("<cleared>")
        }
        fn flush(&self) -> Result<()> {
            Ok(())
        }
    }

    fn screen() -> (Arc<Bars>, Tape, Monitor) {
        let tape = Tape::default();
        let bars = Arc::new(Bars::on(ProgressDrawTarget::term_like(Box::new(tape.clone()))));
        let monitor = Monitor::new(bars.clone(), Cancel::new());
        (bars, tape, monitor)
    }

    #[test]
    fn a_short_stage_is_never_seen() {
        let (_bars, tape, monitor) = screen();
        let stage = monitor.stage("quick", 3);
        stage.advance(3).unwrap();
        drop(stage);
        assert_eq!(tape.seen(), "");
    }

    #[test]
    fn a_slow_stage_shows_how_far_it_is_and_goes_away() {
        let (_bars, tape, monitor) = screen();
        let stage = monitor.stage("train", 40);
        stage.remark(10, "loss 0.41").unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while !tape.seen().contains("train") && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        let seen = tape.seen();
        for part in ["train", "10/40", "loss 0.41", "00:0", "eta 00:0", "->", "(Ctrl-C stops)"] {
            assert!(seen.contains(part), "no `{part}` in `{seen}`");
        }
        drop(stage);
        assert!(tape.seen().ends_with("<cleared>"), "{}", tape.seen());
    }

    #[test]
    fn times_are_read_like_a_clock() {
        assert_eq!(clock(Duration::from_secs(41)), "00:41");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
        assert_eq!(remaining(Duration::from_secs(30), 3, 4), Some(Duration::from_secs(10)));
        assert_eq!(remaining(Duration::from_secs(30), 0, 4), None);
    }
}
