//! The interactive shell.

pub mod bars;
pub mod cache;
pub mod cell;
pub mod command;
pub mod console;
pub mod desk;
pub mod echo;
pub mod editor;
pub mod export;
pub mod graphics;
pub mod highlight;
pub mod insight;
pub mod interrupt;
pub mod iterm;
pub mod kitty;
pub mod knowledge;
pub mod line;
pub mod paths;
pub mod repl;
pub mod report;
pub mod style;
pub mod timing;
