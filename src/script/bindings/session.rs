//! Seed, device, arguments, earlier values, and errors as values.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::snapshots::{ARGUMENTS, marked};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Module, NativeCallContext};
use std::time::Duration;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Fault>("Fault");
    engine.register_global_module(exported_module!(verbs).into());
}

/// `args`, as a constant that functions see too.
pub fn arguments(engine: &mut Engine, args: &[String]) {
    let mut module = Module::new();
    let args = args.iter().map(|arg| Dynamic::from(arg.clone())).collect::<Array>();
    module.set_var(marked(ARGUMENTS), args.clone());
    module.set_var(ARGUMENTS, args);
    engine.register_global_module(module.into());
}

fn wait(context: &NativeCallContext, seconds: f64) -> Answer<()> {
    if !(0.0..1e9).contains(&seconds) {
        return Err(Fault::argument(format!("argument `seconds` of sleep must be 0 or more, got {seconds}")).raise());
    }
    let environment = Environment::of(context);
    let mut left = Duration::from_secs_f64(seconds);
    while !left.is_zero() {
        environment.cancel().check()?;
        let step = left.min(Duration::from_millis(20));
        std::thread::sleep(step);
        left -= step;
    }
    Ok(())
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// Sets the seed of every random draw after this line.
    ///
    /// # Arguments
    /// - `n`: a whole number, 0 or more
    ///
    /// # Example
    /// ```
    /// seed(7);
    /// seed()          // => 7
    /// seed(-1)        // error: the seed must be 0 or more, got -1
    /// ```
    #[rhai_fn(name = "seed", return_raw, volatile)]
    pub fn set_seed(context: NativeCallContext, n: i64) -> Answer<()> {
        let seed = u64::try_from(n).map_err(|_| Fault::argument(format!("the seed must be 0 or more, got {n}")))?;
        Environment::of(&context).set_seed(seed);
        Ok(())
    }

    /// The seed in force.
    ///
    /// # Example
    /// ```
    /// seed(11);
    /// seed()          // => 11
    /// ```
    #[rhai_fn(name = "seed", volatile)]
    pub fn seed(context: NativeCallContext) -> i64 {
        Environment::of(&context).seed().value().cast_signed()
    }

    /// The value of cell `n`; `_` is the last one, `__` the one before.
    ///
    /// # Example
    /// ```
    /// out(999)        // error: cell 999 has no value that is remembered
    /// ```
    #[rhai_fn(name = "out", return_raw, volatile)]
    pub fn out(context: NativeCallContext, n: i64) -> Answer<Dynamic> {
        let value = usize::try_from(n).ok().and_then(|n| Environment::of(&context).output(n));
        let missing = || Fault::argument(format!("cell {n} has no value that is remembered"));
        Ok(value.ok_or_else(|| missing().help("`_` is the last value, `__` the one before"))?)
    }

    /// Waits, and can be stopped while it does.
    ///
    /// # Arguments
    /// - `seconds`: a number
    ///
    /// # Example
    /// ```
    /// sleep(0.01)
    /// ```
    #[rhai_fn(name = "sleep", return_raw, volatile)]
    pub fn sleep(context: NativeCallContext, seconds: f64) -> Answer<()> {
        wait(&context, seconds)
    }

    /// The same with whole seconds.
    ///
    /// # Example
    /// ```
    /// sleep(0)
    /// sleep(-1)       // error: argument `seconds` of sleep must be 0 or more, got -1
    /// ```
    #[rhai_fn(name = "sleep", return_raw, volatile)]
    pub fn sleep_whole(context: NativeCallContext, seconds: i64) -> Answer<()> {
        wait(&context, seconds as f64)
    }

    /// What sort of error it is: `argument`, `file`, `format`, `data`, `infeasible`, `internal`, ...
    ///
    /// # Example
    /// ```
    /// let got = (); try { seed(-1) } catch (e) { got = e.kind; } got     // => argument
    /// ```
    #[rhai_fn(get = "kind", pure)]
    pub fn kind(fault: &mut Fault) -> String {
        fault.kind.to_string()
    }

    /// What was wanted and what was got.
    ///
    /// # Example
    /// ```
    /// let got = (); try { seed(-1) } catch (e) { got = e.message; } got     // => the seed must be 0 or more, got -1
    /// ```
    #[rhai_fn(get = "message", pure)]
    pub fn message(fault: &mut Fault) -> String {
        fault.to_string()
    }

    /// What to do; empty when there is nothing to say.
    ///
    /// # Example
    /// ```
    /// let got = (); try { seed(-1) } catch (e) { got = e.help; } got     // =>
    /// ```
    #[rhai_fn(get = "help", pure)]
    pub fn help(fault: &mut Fault) -> String {
        fault.help.as_deref().unwrap_or_default().to_string()
    }
}
