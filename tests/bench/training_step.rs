//! The Rust side of `ratios.py`: one training step for each line of input, its milliseconds as a line of output.
//! Arguments: edge of the patch (32), base features (16), stages (4). A line `frozen` trains the decoder alone, `predict` only
//! predicts, `layers` measures every convolution by itself.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use candle_core::{Device, Tensor, Var};
use seqtran::base::heap::Reuse;
use seqtran::base::level::Level;
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::adam::Adam;
use seqtran::net::compute::Compute;
use seqtran::net::loss::{LossParams, supervised};
use seqtran::net::ops::conv::conv3d;
use seqtran::net::unet::{UNet, UNetParams};
use std::io::BufRead;
use std::time::Instant;

fn main() {
    if let Ok(name) = std::env::var("SEQTRAN_LEVEL") {
        Level::limit(Level::named(&name).unwrap());
    }
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>().unwrap());
    let mut next = |other| arguments.next().unwrap_or(other);
    let (edge, base, stages) = (next(32), next(16), next(4));
    let params = UNetParams { base, stages, ..UNetParams::default() }.check().unwrap();
    let net = UNet::new(&params, Seed::new(1), &Device::Cpu).unwrap();
    let mut adam = Adam::new(net.parameters(), 0.01);
    let loss_params = LossParams::default().check().unwrap();
    let count = 2 * edge * edge * edge;
    let image: Vec<f32> = (0..count).map(|i| (i as f32 * 0.37).sin()).collect();
    let target: Vec<u8> = image.iter().map(|v| u8::from(*v > 0.5)).collect();
    let image = Tensor::from_vec(image, (2, 1, edge, edge, edge), &Device::Cpu).unwrap();
    let target = Tensor::from_vec(target, (2, edge, edge, edge), &Device::Cpu).unwrap();
    // As trainings and predictions do.
    let _work = Reuse::begin();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let start = Instant::now();
        match line.as_str() {
            "layers" => {
                layers(&params, edge);
                continue;
            }
            "predict" => {
                let logits = net.predict(&image).unwrap();
                let value = logits.flatten_all().unwrap().get(0).unwrap().to_scalar::<f32>().unwrap();
                println!("{:.3} {value:.5}", milliseconds(start));
                continue;
            }
            _ => (),
        }
        let features = if line == "frozen" { net.encode_frozen(&image) } else { net.encode(&image) }.unwrap();
        let loss = supervised(&net.decode(&features).unwrap(), &target, &loss_params).unwrap();
        let forward = milliseconds(start);
        let gradients = loss.backward().unwrap();
        let backward = milliseconds(start);
        adam.step(&gradients, Some(12.0)).unwrap();
        let value = loss.to_scalar::<f32>().unwrap();
        drop((loss, features, gradients));
        let all = milliseconds(start);
        println!("{all:.3} {forward:.3} {:.3} {:.3} {value:.5}", backward - forward, all - backward);
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The middle of five times, the first of which is not counted.
fn median(mut work: impl FnMut()) -> f64 {
    work();
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            work();
            milliseconds(start)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[2]
}

/// A line for each convolution of 3x3x3, down and up again: see [`layer`].
fn layers(params: &UNetParams, edge: usize) {
    let (mut edges, mut inputs) = (vec![edge], 1);
    for stage in 0..params.stages {
        for conv in 0..params.convs {
            let stride = if conv == 0 { params.stride(stage)[0] } else { 1 };
            let outputs = params.features(stage);
            layer([inputs, outputs], edges[edges.len() - 1], stride);
            if stride > 1 {
                edges.push(edges[edges.len() - 1].div_ceil(stride));
            }
            inputs = outputs;
        }
    }
    for stage in (0..params.stages - 1).rev() {
        let outputs = params.features(stage);
        for conv in 0..params.convs {
            layer([if conv == 0 { 2 * outputs } else { outputs }, outputs], edges[stage], 1);
        }
    }
    println!("end");
}

/// Channels, edge of the result, stride; then billions of operations a second of the forward pass and of the gradients of its
/// input and of its weights.
fn layer([inputs, outputs]: [usize; 2], edge: usize, stride: usize) {
    let random = |shape: &[usize]| Tensor::randn(0.0_f32, 1.0, shape, &Device::Cpu).unwrap();
    let x = random(&[2, edge, edge, edge, inputs]);
    let (w, b) = (random(&[outputs, inputs, 3, 3, 3]), random(&[outputs]));
    let run = |x: &Tensor, w: &Tensor| conv3d(x, w, &b, [stride; 3], Compute::on(&Device::Cpu)).unwrap();
    let edge = edge.div_ceil(stride);
    let billions = 2.0 * (27 * inputs * outputs) as f64 * (2 * edge.pow(3)) as f64 / 1e9;
    let speed = |time: f64| billions / (time / 1e3);
    let forward = speed(median(|| drop(run(&x, &w))));
    let by_x = run(Var::from_tensor(&x).unwrap().as_tensor(), &w);
    let by_w = run(&x, Var::from_tensor(&w).unwrap().as_tensor());
    let [input, weight] = [by_x, by_w].map(|y| speed(median(|| drop(y.backward().unwrap()))));
    println!("layer {inputs} {outputs} {edge} {stride} {forward:.2} {input:.2} {weight:.2}");
}
