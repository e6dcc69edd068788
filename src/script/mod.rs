//! The language: Rhai engine, session, bindings, errors, reflection.

pub mod bindings;
pub mod call;
pub mod completion;
pub mod diagnosis;
pub mod display;
pub mod engine;
pub mod environment;
pub mod examples;
pub mod excerpt;
pub mod fault;
pub mod help;
pub mod kinds;
pub mod number;
pub mod options;
pub mod panics;
pub mod readings;
pub mod reflect;
pub mod session;
pub mod show;
pub mod snapshots;
pub mod sources;
pub mod stdlib;
pub mod tokens;
pub mod wholeness;
