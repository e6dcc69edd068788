//! What training relies on: the same bits on any number of threads, frozen encoders, copies that are independent.
#![allow(clippy::unwrap_used)]

use candle_core::{Device, Tensor};
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::adam::Adam;
use seqtran::net::checkpoint;
use seqtran::net::loss::{LossParams, supervised};
use seqtran::net::unet::{UNet, UNetParams};
use std::collections::BTreeMap;

fn batch(edge: usize) -> (Tensor, Tensor) {
    let image: Vec<f32> = (0..2 * edge.pow(3)).map(|i| (i as f32 * 0.37).sin()).collect();
    let target: Vec<u8> = image.iter().map(|v| u8::from(*v > 0.5)).collect();
    let image = Tensor::from_vec(image, (2, 1, edge, edge, edge), &Device::Cpu).unwrap();
    (image, Tensor::from_vec(target, (2, edge, edge, edge), &Device::Cpu).unwrap())
}

fn small() -> UNet {
    let params = UNetParams { base: 6, stages: 3, ..UNetParams::default() }.check().unwrap();
    UNet::new(&params, Seed::new(1), &Device::Cpu).unwrap()
}

fn bytes(net: &UNet) -> Vec<u8> {
    checkpoint::save(&net.tensors(), &BTreeMap::new()).unwrap()
}

fn train(steps: usize) -> (Vec<u8>, f32) {
    let (net, (image, target)) = (small(), batch(12));
    let mut adam = Adam::new(net.parameters(), 0.01);
    let params = LossParams::default().check().unwrap();
    let mut last = 0.0;
    for _ in 0..steps {
        let loss = supervised(&net.forward(&image).unwrap(), &target, &params).unwrap();
        last = loss.to_scalar().unwrap();
        adam.step(&loss.backward().unwrap(), Some(12.0)).unwrap();
    }
    (bytes(&net), last)
}

#[test]
fn weights_have_the_same_bits_on_any_number_of_threads() {
    let run = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| train(6));
    let (one, last) = run(1);
    assert!(last < train(1).1, "six steps did not lower the loss: {last}");
    for threads in [2, 3] {
        assert!(one == run(threads).0, "{threads} threads give other bits than one");
    }
}

#[test]
fn a_frozen_encoder_gets_no_gradient_and_changes_nothing_else() {
    let (net, (image, target)) = (small(), batch(12));
    let params = LossParams::default().check().unwrap();
    let gradients = |features: Vec<Tensor>| {
        supervised(&net.decode(&features).unwrap(), &target, &params).unwrap().backward().unwrap()
    };
    let free = gradients(net.encode(&image).unwrap());
    let frozen = gradients(net.encode_frozen(&image).unwrap());
    for (name, variable) in net.encoder_parameters() {
        assert!(frozen.get(variable.as_tensor()).is_none(), "{name} has a gradient");
        assert!(free.get(variable.as_tensor()).is_some(), "{name} has no gradient");
    }
    for (name, variable) in net.decoder_parameters() {
        let of = |store: &candle_core::backprop::GradStore| -> Option<Vec<f32>> {
            Some(store.get(variable.as_tensor())?.flatten_all().unwrap().to_vec1().unwrap())
        };
        assert_eq!(of(&free), of(&frozen), "{name}");
    }
    let whole: Vec<f32> = net.forward(&image).unwrap()[0].flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(whole, net.predict(&image).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap());
}

#[test]
fn a_copy_and_a_loaded_checkpoint_are_the_same_network_but_not_the_same_variables() {
    let (net, (image, target)) = (small(), batch(12));
    let before = bytes(&net);
    let copy = net.detached_copy().unwrap();
    let params = LossParams::default().check().unwrap();
    let loss = supervised(&copy.forward(&image).unwrap(), &target, &params).unwrap();
    Adam::new(copy.parameters(), 0.01).step(&loss.backward().unwrap(), None).unwrap();
    assert!(bytes(&net) == before && bytes(&copy) != before);
    let (tensors, _) = checkpoint::load(&before, &Device::Cpu).unwrap();
    copy.set_parameters(&tensors).unwrap();
    assert!(bytes(&copy) == before);
}

#[test]
fn an_image_that_cannot_be_halved_is_refused_with_the_sizes() {
    let image = Tensor::zeros((1, 1, 12, 10, 12), candle_core::DType::F32, &Device::Cpu).unwrap();
    let error = small().forward(&image).unwrap_err();
    assert!(error.message().contains("divisible by [4, 4, 4]") && error.message().contains("[12, 10, 12]"), "{error}");
}
