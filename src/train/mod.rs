//! Training and judging one network on one task.
