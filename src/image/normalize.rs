//! Crop to non-zero, z-score inside a mask, min-max.
