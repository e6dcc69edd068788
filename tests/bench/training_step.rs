//! The Rust side of `training_step.py`: one training step per line of input, its milliseconds as a line of output.
//! Arguments: edge of the patch (32) and base features (16).
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use candle_core::{Device, Tensor};
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::adam::Adam;
use seqtran::net::loss::{LossParams, supervised};
use seqtran::net::unet::{UNet, UNetParams};
use std::io::BufRead;
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>().unwrap());
    let (edge, base) = (arguments.next().unwrap_or(32), arguments.next().unwrap_or(16));
    let params = UNetParams { base, ..UNetParams::default() }.check().unwrap();
    let net = UNet::new(&params, Seed::new(1), &Device::Cpu).unwrap();
    let mut adam = Adam::new(net.parameters(), 0.01);
    let loss_params = LossParams::default().check().unwrap();
    let count = 2 * edge * edge * edge;
    let image: Vec<f32> = (0..count).map(|i| (i as f32 * 0.37).sin()).collect();
    let target: Vec<u8> = image.iter().map(|v| u8::from(*v > 0.5)).collect();
    let image = Tensor::from_vec(image, (2, 1, edge, edge, edge), &Device::Cpu).unwrap();
    let target = Tensor::from_vec(target, (2, edge, edge, edge), &Device::Cpu).unwrap();
    for line in std::io::stdin().lock().lines() {
        let frozen = line.unwrap() == "frozen";
        let start = Instant::now();
        let features = if frozen { net.encode_frozen(&image) } else { net.encode(&image) }.unwrap();
        let loss = supervised(&net.decode(&features).unwrap(), &target, &loss_params).unwrap();
        let forward = start.elapsed();
        let gradients = loss.backward().unwrap();
        let backward = start.elapsed();
        adam.step(&gradients, Some(12.0)).unwrap();
        let value = loss.to_scalar::<f32>().unwrap();
        drop((loss, features, gradients));
        let [f, b, s] = [forward, backward, start.elapsed()].map(|time| time.as_secs_f64() * 1e3);
        println!("{s:.3} {f:.3} {:.3} {:.3} {value:.5}", b - f, s - b);
    }
}
