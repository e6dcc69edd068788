//! Progress bars on standard error, for work that takes more than a second.

use crate::base::progress::Display;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How long a stage stays unseen.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the watcher looks for stages that have become slow.
const LOOK: Duration = Duration::from_millis(200);

/// Bars that are on the screen at once; more would scroll a small window.
const MOST: usize = 6;

/// Columns of the picture in a bar.
const LONGEST: usize = 32;

/// A [`Display`] that draws a bar for every stage that lasts over a second.
pub struct Bars {
    stages: Arc<Stages>,
}

struct Stages {
    screen: MultiProgress,
    width: Arc<AtomicUsize>,
    open: Mutex<BTreeMap<u64, Open>>,
}

/// A stage that has begun and not ended.
struct Open {
    label: String,
    total: u64,
    done: u64,
    remark: Arc<Mutex<String>>,
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
        let stages = Arc::new(Stages {
            screen: MultiProgress::with_draw_target(target),
            open: Mutex::new(BTreeMap::new()),
            width: Arc::new(AtomicUsize::new(80)),
        });
        if !stages.screen.is_hidden() {
            let watched = Arc::downgrade(&stages);
            // Without the watcher only stages that report their steps would be seen; the bars are a comfort, so a
            // system that has no thread left for them is no error.
            let _ = std::thread::Builder::new().name("bars".into()).spawn(move || watch(&watched));
        }
        Bars { stages }
    }

    /// Fits the bars to a window of so many columns.
    pub fn fit(&self, width: usize) {
        self.stages.width.store(width, Ordering::Relaxed);
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
                stage.bar = Some(self.screen.add(stage.draw(self.width.clone())));
                shown += 1;
            }
        }
    }
}

impl Open {
    fn draw(&self, width: Arc<AtomicUsize>) -> ProgressBar {
        let (label, remark) = (self.label.clone(), self.remark.clone());
        let line = move |state: &ProgressState, out: &mut dyn Write| {
            let width = width.load(Ordering::Relaxed);
            let total = state.len().unwrap_or(0);
            let remark = remark.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = out.write_str(&line(&label, &remark, state.pos(), total, state.elapsed(), width));
        };
        let style = ProgressStyle::with_template("{line}").expect("the template is a constant that a test draws");
        ProgressBar::new(self.total)
            .with_style(style.with_key("line", line))
            .with_position(self.done)
            .with_elapsed(self.since.elapsed())
    }
}

/// ` train  -------->       3/40  00:41   eta 08:20   loss 0.41   (Ctrl-C stops)`, of what fits. Three columns stay
/// free: the terminal writes `^C` behind the line, and a line that wraps could not be wiped away.
fn line(label: &str, remark: &str, done: u64, total: u64, elapsed: Duration, width: usize) -> String {
    let room = width.saturating_sub(3);
    let left = remaining(elapsed, done, total).map_or_else(|| "--:--".into(), clock);
    let mut text = format!(" {label:<10}");
    let state = format!("  {done:>6}/{total}  {}   eta {left}", clock(elapsed));
    let free = room.saturating_sub(text.chars().count() + state.len());
    let remark = if remark.is_empty() { String::new() } else { format!("   {remark}") };
    let stop = "   (Ctrl-C stops)";
    // What is said goes before the picture, and the picture is never longer than it needs to be.
    let tail = if free >= remark.chars().count() + stop.len() + 10 { remark + stop } else { remark };
    let picture = free.saturating_sub(tail.chars().count() + 2).min(LONGEST);
    if picture >= 8 {
        let reached = if total == 0 { 0.0 } else { (done as f64 / total as f64).min(1.0) };
        let dashes = (reached * (picture - 1) as f64).round() as usize;
        text += &format!("  {:<picture$}", "-".repeat(dashes) + ">");
    }
    format!("{text}{state}{tail}").chars().take(room).collect()
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
            Open { label: label.into(), total, done: 0, remark: Arc::default(), since: Instant::now(), bar: None };
        self.stages.open().insert(id, stage);
    }

    fn update(&self, id: u64, done: u64, remark: &str) {
        if let Some(stage) = self.stages.open().get_mut(&id) {
            // Steps may end out of order on many threads; the bar never runs backwards.
            stage.done = stage.done.max(done);
            if !remark.is_empty() {
                remark.clone_into(&mut stage.remark.lock().unwrap_or_else(PoisonError::into_inner));
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
        assert!(seen.contains(" train"), "{seen}");
        drop(stage);
        assert!(tape.seen().ends_with("<cleared>"), "{}", tape.seen());
    }

    #[test]
    fn a_bar_says_what_fits_and_leaves_three_columns() {
        let of = |width| line("train", "loss 0.41", 10, 40, Duration::from_secs(41), width);
        let wide =
            " train       -------->                             10/40  00:41   eta 02:03   loss 0.41   (Ctrl-C stops)";
        assert_eq!(of(120), wide);
        assert!(of(80).contains("-->") && of(80).ends_with("loss 0.41"), "{}", of(80));
        assert_eq!(of(50), " train           10/40  00:41   eta 02:03   los");
        for width in 0..130 {
            assert!(of(width).chars().count() <= usize::saturating_sub(width, 3));
        }
    }

    #[test]
    fn times_are_read_like_a_clock() {
        assert_eq!(clock(Duration::from_secs(41)), "00:41");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
        assert_eq!(remaining(Duration::from_secs(30), 3, 4), Some(Duration::from_secs(10)));
        assert_eq!(remaining(Duration::from_secs(30), 0, 4), None);
    }
}
