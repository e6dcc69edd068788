//! The list of bindings.

use super::session;
use crate::script::options::OptionDoc;
use rhai::Engine;

/// Puts a part of the language into an engine.
pub type Install = fn(&mut Engine);

/// Every part.
pub const BINDINGS: &[Install] = &[session::install];

/// The options of every function that has some.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    Vec::new()
}
