//! Strategies, runs and their comparison.
