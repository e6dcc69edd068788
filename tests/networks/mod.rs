//! Networks: operations against their stock compositions, against PyTorch; training steps.

mod laws;
mod operations;
mod torch;
mod training;
