//! Parameters as safetensors, with metadata beside them.

use crate::base::error::{Error, Kind, Result};
use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, HashMap};

/// The one key of the header's metadata: its value is a JSON object, so that the bytes have one order.
const KEY: &str = "seqtran";

/// Tensors and texts as the bytes of a safetensors file; the same input always gives the same bytes.
///
/// # Errors
/// Only those of the tensor library.
pub fn save(tensors: &[(String, Tensor)], metadata: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let mut parts: BTreeMap<&str, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    for (name, tensor) in tensors {
        let values = tensor.detach().to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        parts.insert(name, (tensor.dims().to_vec(), bytes));
    }
    let mut views = Vec::with_capacity(parts.len());
    for (name, (shape, bytes)) in &parts {
        views.push((*name, TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(wrong)?));
    }
    let text = serde_json::to_string(metadata).map_err(|e| Error::internal(format!("metadata: {e}")))?;
    safetensors::serialize(views, Some(HashMap::from([(KEY.to_string(), text)]))).map_err(wrong)
}

/// Tensors by name and the metadata; a file of another program has empty metadata.
///
/// # Errors
/// The bytes are no safetensors file, or hold something else than real numbers, all of which become `f32`.
pub fn load(bytes: &[u8], device: &Device) -> Result<(BTreeMap<String, Tensor>, BTreeMap<String, String>)> {
    let file = SafeTensors::deserialize(bytes).map_err(wrong)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(wrong)?;
    let metadata = match header.metadata().as_ref().and_then(|metadata| metadata.get(KEY)) {
        Some(text) => serde_json::from_str(text)
            .map_err(|error| Error::new(Kind::Format, format!("the checkpoint's metadata is not JSON: {error}")))?,
        None => BTreeMap::new(),
    };
    let mut tensors = BTreeMap::new();
    for (name, view) in file.tensors() {
        let tensor = match view.dtype() {
            Dtype::F32 => {
                let (values, _) = view.data().as_chunks::<4>();
                let values: Vec<f32> = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
                Tensor::from_vec(values, view.shape(), device)?
            }
            other => {
                let kinds = [(Dtype::F16, DType::F16), (Dtype::BF16, DType::BF16), (Dtype::F64, DType::F64)];
                let Some((_, kind)) = kinds.into_iter().find(|(kind, _)| *kind == other) else {
                    let text = format!("tensor `{name}` must be f32, f64, f16 or bf16, got {other:?}");
                    return Err(Error::new(Kind::Format, text));
                };
                Tensor::from_raw_buffer(view.data(), kind, view.shape(), &Device::Cpu)?
                    .to_dtype(DType::F32)?
                    .to_device(device)?
            }
        };
        tensors.insert(name, tensor);
    }
    Ok((tensors, metadata))
}

/// Refuses weights that no training gives.
///
/// # Errors
/// Names the first tensor with a value that is not finite.
pub fn finite(tensors: &BTreeMap<String, Tensor>) -> Result<()> {
    for (name, tensor) in tensors {
        let values = tensor.flatten_all()?.to_vec1::<f32>()?;
        let wrong = values.iter().filter(|value| !value.is_finite()).count();
        if wrong > 0 {
            return Err(Error::new(
                Kind::Format,
                format!("{wrong} of {} values of `{name}` are not finite", values.len()),
            )
            .help("its training has diverged: take an earlier checkpoint"));
        }
    }
    Ok(())
}

fn wrong(error: safetensors::SafeTensorError) -> Error {
    Error::new(Kind::Format, format!("not a usable safetensors file: {error}"))
        .help("wanted what `model.save(path)`, nnU-Net or torch.save wrote")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded() {
        let tensor = Tensor::from_vec(vec![1.0_f32, -2.5, 3.0, 4.0], (2, 2), &Device::Cpu).unwrap();
        let metadata = BTreeMap::from([("a".to_string(), "1".to_string()), ("b".to_string(), "{}".to_string())]);
        let bytes = save(&[("w".into(), tensor)], &metadata).unwrap();
        let (tensors, read) = load(&bytes, &Device::Cpu).unwrap();
        assert_eq!(read, metadata);
        assert_eq!(tensors["w"].to_vec2::<f32>().unwrap(), [[1.0, -2.5], [3.0, 4.0]]);
        assert_eq!(load(&bytes[..20], &Device::Cpu).unwrap_err().kind(), Kind::Format);
    }
}
