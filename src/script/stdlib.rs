//! The library that is written in the language.

/// Every file of `stdlib/`: its name and its text.
pub const STDLIB: &[(&str, &str)] = &[("stdlib/prelude.rhai", include_str!("../../stdlib/prelude.rhai"))];
