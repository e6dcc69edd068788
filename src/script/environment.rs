//! What every binding may ask for: where to print, how to show progress, the seed, the device, the arguments.

use super::show::Room;
use crate::base::progress::{Cancel, Display, Monitor};
use crate::base::seed::Seed;
use crate::io::shelf::Scratch;
use crate::io::store::Store;
use rhai::{Dynamic, NativeCallContext};
use std::sync::{Arc, Mutex, PoisonError};

/// A sink of text.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// What the program gives a session; the language itself neither prints nor reads a clock.
#[derive(Clone)]
pub struct Host {
    /// Where progress is shown.
    pub display: Arc<dyn Display>,
    /// Where `print` writes a line (without its newline).
    pub print: Sink,
    /// Seconds since some moment.
    pub clock: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// What a script sees as `args`.
    pub args: Vec<String>,
    /// The seed until a script says `seed(n)`.
    pub seed: u64,
    /// Columns a printed value may take.
    pub width: usize,
    /// Whether tables are printed whole, whatever the width: nobody scrolls in a file.
    pub whole: bool,
    /// Where results are kept between runs.
    pub store: Store,
    /// Where arrays go that outgrow memory.
    pub scratch: Scratch,
}

impl Host {
    /// A host that shows and prints nothing, keeps nothing, and whose clock stands still: for checks and tests.
    #[must_use]
    pub fn quiet() -> Self {
        Host {
            display: Arc::new(Nowhere),
            print: Arc::new(|_| {}),
            clock: Arc::new(|| 0.0),
            args: Vec::new(),
            seed: 0,
            width: 100,
            whole: false,
            store: Store::none(),
            scratch: Scratch::unlimited(),
        }
    }
}

struct Nowhere;

impl Display for Nowhere {
    fn begin(&self, _: u64, _: &str, _: u64) {}
    fn update(&self, _: u64, _: u64, _: &str) {}
    fn end(&self, _: u64) {}
}

/// What a script may change for the calls after it.
#[derive(Clone)]
struct Settings {
    seed: u64,
    device: String,
    width: usize,
}

/// The surroundings of a session, handed to bindings as the engine's tag.
pub struct Environment {
    /// What the program gave.
    pub host: Host,
    monitor: Monitor,
    settings: Mutex<Settings>,
    outputs: Mutex<Vec<(usize, Dynamic)>>,
    kept: Mutex<Option<Dynamic>>,
}

/// How many values `out(n)` remembers: old ones are let go, for a value may be a large network.
const REMEMBERED: usize = 64;

impl Environment {
    /// The surroundings made of a host.
    #[must_use]
    pub fn new(host: Host) -> Self {
        let monitor = Monitor::new(host.display.clone(), Cancel::new());
        let settings = Settings { seed: host.seed, device: "cpu".into(), width: host.width };
        Environment {
            monitor,
            settings: Mutex::new(settings),
            outputs: Mutex::new(Vec::new()),
            kept: Mutex::new(None),
            host,
        }
    }

    /// The surroundings of a call.
    ///
    /// # Panics
    /// If the engine was made without them.
    #[must_use]
    pub fn of(context: &NativeCallContext) -> Arc<Environment> {
        let tag = context.tag().expect("every engine of a session has a tag");
        tag.clone().try_cast::<Arc<Environment>>().expect("the tag of a session's engine is its environment")
    }

    /// Progress and cancellation for native work.
    #[must_use]
    pub fn monitor(&self) -> &Monitor {
        &self.monitor
    }

    /// The flag that stops the running cell.
    #[must_use]
    pub fn cancel(&self) -> &Cancel {
        self.monitor.cancel()
    }

    /// Where results are kept between runs.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.host.store
    }

    /// Where arrays go that outgrow memory.
    #[must_use]
    pub fn scratch(&self) -> &Scratch {
        &self.host.scratch
    }

    /// The seed in force.
    #[must_use]
    pub fn seed(&self) -> Seed {
        Seed::new(self.settings().seed)
    }

    /// Sets the seed of the calls after this one.
    pub fn set_seed(&self, seed: u64) {
        self.change(|settings| settings.seed = seed);
    }

    /// The device in force, as a person wrote it.
    #[must_use]
    pub fn device(&self) -> String {
        self.settings().device
    }

    /// Sets the device of the calls after this one.
    pub fn set_device(&self, device: &str) {
        self.change(|settings| settings.device = device.into());
    }

    /// Columns a printed value may take.
    #[must_use]
    pub fn width(&self) -> usize {
        self.settings().width
    }

    /// The room a printed value has.
    #[must_use]
    pub fn room(&self) -> Room {
        Room { width: self.width(), whole: self.host.whole }
    }

    /// Sets the columns a printed value may take.
    pub fn set_width(&self, width: usize) {
        self.change(|settings| settings.width = width);
    }

    /// Remembers the value of the `n`-th cell.
    pub fn remember(&self, n: usize, value: Dynamic) {
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        outputs.push((n, value));
        if outputs.len() > REMEMBERED {
            drop(outputs.remove(0));
        }
    }

    /// The value of the `n`-th cell, if it had one and is remembered.
    #[must_use]
    pub fn output(&self, n: usize) -> Option<Dynamic> {
        let outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        outputs.iter().rev().find(|(cell, _)| *cell == n).map(|(_, value)| value.clone())
    }

    /// Forgets all remembered values.
    pub fn forget(&self) {
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Keeps what stopped work has made so far.
    pub fn keep(&self, value: Dynamic) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    /// What stopped work had made, once.
    pub fn take_kept(&self) -> Option<Dynamic> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
