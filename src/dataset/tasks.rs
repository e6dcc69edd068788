//! A named collection of tasks.
