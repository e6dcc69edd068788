//! What must hold for any input.
#![allow(clippy::unwrap_used)]

mod communities;
mod distances;
mod transfer;
mod transferability;
mod tuning;
