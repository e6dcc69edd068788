//! NIfTI-1 behind our own header check.
