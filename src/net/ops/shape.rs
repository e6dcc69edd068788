//! What the operations' wrappers share: tensors as slices, and back.

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

/// The values of a contiguous CPU tensor of `f32`.
pub(crate) fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let CpuStorage::F32(values) = storage else { bail!("wanted a tensor of f32") };
    let Some((start, end)) = layout.contiguous_offsets() else { bail!("wanted a contiguous tensor") };
    Ok(&values[start..end])
}

/// Calls `f` with the values of a CPU tensor of `f32`, made contiguous first where needed.
pub(crate) fn with_values<T>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> Result<T>) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cpu(storage) = &*storage else { bail!("wanted a tensor on the CPU") };
    f(values(storage, layout)?)
}

/// The five sizes of a layout.
pub(crate) fn sizes(layout: &Layout) -> Result<[usize; 5]> {
    match *layout.dims() {
        [n, d, h, w, c] => Ok([n, d, h, w, c]),
        ref other => bail!("wanted [N, D, H, W, C], got {other:?}"),
    }
}
