//! Networks: operations against their stock compositions, against PyTorch; training steps.

mod laws;
mod operations;
mod parity;
mod torch;
mod training;
