//! The language: Rhai engine, session, bindings, errors, reflection.
