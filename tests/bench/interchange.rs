//! The Rust side of `interchange.py`. Arguments: a checkpoint, a safetensors file with `image`, a safetensors file for the
//! logits (`0` is the finest head's), and where the network is saved again.
#![allow(clippy::unwrap_used, missing_docs)]

use candle_core::{Device, safetensors};
use seqtran::train::model::Model;
use std::collections::HashMap;
use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [checkpoint, image, logits, again] = &arguments[..] else { panic!("wanted four paths") };
    let model = Model::load(Path::new(checkpoint), "cpu").unwrap();
    let image = safetensors::load(image, &Device::Cpu).unwrap().remove("image").unwrap();
    let heads = model.net().forward(&image).unwrap().into_iter().enumerate();
    let heads: HashMap<String, _> = heads.map(|(n, head)| (n.to_string(), head.contiguous().unwrap())).collect();
    safetensors::save(&heads, logits).unwrap();
    model.save(Path::new(again)).unwrap();
}
