//! The verbs and values of the language, one file a type.

pub mod all;
pub mod session;
