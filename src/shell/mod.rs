//! The interactive shell.

pub mod bars;
pub mod cell;
pub mod editor;
pub mod graphics;
pub mod highlight;
pub mod insight;
pub mod iterm;
pub mod kitty;
pub mod style;
