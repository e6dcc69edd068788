//! Tensors and texts as bytes that show whether they are still what was saved.

use crate::base::error::{Error, Kind, Result};
use crate::base::pages::cast_slice;
use crate::io::key::{Key, KeyBuilder};
use crate::net::checkpoint;
use crate::net::device::Device;
use candle_core::Tensor;
use std::collections::BTreeMap;

/// The text that holds the hash of all others and of the tensors.
const SEAL: &str = "blake3";

/// The text that says how to read the others: 1 had no hash.
const VERSION: &str = "version";

/// What a file holds: tensors by name, and texts.
pub type Content = (BTreeMap<String, Tensor>, BTreeMap<String, String>);

/// A safetensors file of tensors and texts with a version and a hash of all of it among the texts.
///
/// # Errors
/// Only those of the tensor library.
pub fn save(tensors: &[(String, Tensor)], mut texts: BTreeMap<String, String>) -> Result<Vec<u8>> {
    let sorted: BTreeMap<&str, &Tensor> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    texts.insert(VERSION.to_owned(), "2".to_owned());
    texts.insert(SEAL.to_owned(), seal(&texts, sorted.into_iter())?);
    checkpoint::save(tensors, &texts)
}

/// The tensors by name and the texts; the file of another program has none.
///
/// # Errors
/// The bytes are no safetensors file, of another version, or not what was saved.
pub fn load(bytes: &[u8], device: &Device) -> Result<Content> {
    let (tensors, texts) = checkpoint::load(bytes, device)?;
    match texts.get(VERSION).map(String::as_str) {
        Some("1") if !texts.contains_key(SEAL) => {}
        Some("1" | "2") => {
            let got = seal(&texts, tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)))?;
            if texts.get(SEAL) != Some(&got) {
                return Err(Error::new(Kind::Format, "the file was damaged: its content is not what was saved")
                    .help("take another copy of it, or delete it and train anew"));
            }
        }
        Some(version) => {
            return Err(Error::new(Kind::Format, format!("the checkpoint has version {version}, wanted 1 or 2"))
                .help("it was written by another version of seqtran"));
        }
        None if texts.is_empty() => {}
        None => return Err(Error::new(Kind::Format, "the checkpoint does not say its version")),
    }
    Ok((tensors, texts))
}

/// The hash of texts and of tensors in the order of their names.
fn seal<'a>(texts: &BTreeMap<String, String>, tensors: impl Iterator<Item = (&'a str, &'a Tensor)>) -> Result<String> {
    let others = texts.iter().filter(|(name, _)| *name != SEAL);
    let key = others.fold(Key::of("checkpoint"), |key, (name, text)| key.text(name).text(text));
    Ok(digest(key, tensors)?.done().hex())
}

/// A name that goes on with tensors: their names, shapes and values.
///
/// # Errors
/// Only those of the tensor library.
pub fn digest<'a>(mut key: KeyBuilder, tensors: impl Iterator<Item = (&'a str, &'a Tensor)>) -> Result<KeyBuilder> {
    for (name, tensor) in tensors {
        key = tensor.dims().iter().fold(key.text(name), |key, &n| key.number(n as u64));
        let values = tensor.detach().flatten_all()?.to_vec1::<f32>()?;
        key = key.bytes(cast_slice(&values));
    }
    Ok(key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_bit_is_found_wherever_it_is() {
        let tensor = Tensor::from_vec(vec![1.0_f32, 2.0, 3.0], 3, &Device::Cpu).unwrap();
        let texts = BTreeMap::from([("lineage".to_owned(), "[1, 2]".to_owned())]);
        let bytes = save(&[("w".into(), tensor)], texts.clone()).unwrap();
        let (tensors, read) = load(&bytes, &Device::Cpu).unwrap();
        assert_eq!(tensors["w"].to_vec1::<f32>().unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(read["lineage"], texts["lineage"]);
        for place in (8..bytes.len()).step_by(3) {
            let mut other = bytes.clone();
            other[place] ^= 1;
            // Whose texts are not found any more is another program's file.
            let found = load(&other, &Device::Cpu).is_ok_and(|(_, texts)| !texts.is_empty());
            assert!(!found, "byte {place} of {}", bytes.len());
        }
    }
}
