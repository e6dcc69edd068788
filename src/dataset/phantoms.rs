//! Procedural brains with known relations between their tasks.
