//! Networks: kernels, layers, loss, optimiser.
