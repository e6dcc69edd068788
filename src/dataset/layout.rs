//! What a dataset layout must say.
