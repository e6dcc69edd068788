//! The Rhai engine as this language wants it.

use super::bindings::all::BINDINGS;
use super::bindings::session::arguments;
use super::display;
use super::environment::Environment;
use super::fault::{Answer, Fault};
use super::readings::Readings;
use super::snapshots;
use rhai::{Dynamic, Engine, EvalContext, Map, NativeCallContext, Target};
use std::sync::Arc;

/// How deep script functions may call each other; the worker's stack holds that with room to spare.
const CALLS: usize = 400;
/// How deep expressions may nest; set because debug builds have another default.
const NESTING: usize = 200;

/// The stack of the thread that evaluates.
pub const STACK: usize = 64 << 20;

/// An engine for an environment.
#[must_use]
pub fn engine(environment: &Arc<Environment>, readings: &Readings) -> Engine {
    let mut engine = Engine::new();
    engine.set_max_call_levels(CALLS);
    engine.set_max_expr_depths(NESTING, NESTING);
    engine.set_fail_on_invalid_map_property(true);
    engine.set_default_tag(Dynamic::from(environment.clone()));
    for install in BINDINGS {
        install(&mut engine);
    }
    arguments(&mut engine, &environment.host.args);
    readings.install(&mut engine);
    snapshots::install(&mut engine);
    printing(&mut engine, environment);

    let cancel = environment.cancel().clone();
    engine.on_progress(move |_| cancel.raised().then_some(Dynamic::UNIT));
    // Marked so by its authors because it may change, not because it goes away.
    #[allow(deprecated)]
    engine.on_map_missing_property(missing_key);
    engine
}

/// `print`, `debug` and texts made of values say what people want to read.
fn printing(engine: &mut Engine, environment: &Arc<Environment>) {
    let print = environment.host.print.clone();
    engine.on_print(move |text| print(text));
    let print = environment.host.print.clone();
    engine.on_debug(move |text, _, _| print(text));
    let block = |context: NativeCallContext, value: Dynamic| -> String {
        display::block(&value, Environment::of(&context).room())
    };
    engine.register_fn("to_string", block);
    engine.register_fn("print", block);
    engine.register_fn("to_debug", |value: Dynamic| display::line(&value));
    engine.register_fn("debug", |value: Dynamic| display::line(&value));
}

/// A key that a map does not have: an error with the nearest key. Errors of the engine itself that a script caught
/// are maps; they have `.kind` and `.help` as all errors do.
fn missing_key<'a>(map: &'a mut Map, key: &str, _: EvalContext) -> Answer<Target<'a>> {
    if map.contains_key("error") && map.contains_key("message") && (key == "kind" || key == "help") {
        let text = if key == "kind" { "script" } else { "" };
        return Ok(Target::from(Dynamic::from(text)));
    }
    let fault = Fault::new("name", format!("the map has no key `{key}`")).about(key);
    let fault = fault.did_you_mean(key, map.keys().map(|known| known.as_str()));
    let keys = map.keys().map(|known| known.as_str()).collect::<Vec<_>>().join(", ");
    let there = if keys.is_empty() { "it is empty".to_owned() } else { format!("it has {keys}") };
    Err(fault.help(format!("{there}; `map += #{{ {key}: value }}` adds a key")).raise())
}
