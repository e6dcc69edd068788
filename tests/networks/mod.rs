//! Networks: operations against their stock compositions, against finite differences, against PyTorch; training steps.

mod operations;
