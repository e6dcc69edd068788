//! Networks: operations against their stock compositions, against PyTorch; training steps.

mod laws;
mod operations;
mod parity;
mod stock;
mod torch;
mod training;
