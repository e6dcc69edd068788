//! Against PyTorch in float64: see tests/golden/network.py.
#![allow(clippy::unwrap_used)]

use candle_core::{DType, Device, Tensor, Var};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use seqtran::base::level::Level;
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::adam::Adam;
use seqtran::net::compute::Compute;
use seqtran::net::loss::{LossParams, dice_ce_by};
use seqtran::net::ops::{conv::conv3d, norm::norm_relu, up::up3d};
use seqtran::net::unet::{UNet, UNetParams};
use std::collections::BTreeMap;

fn golden() -> BTreeMap<String, Tensor> {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/network.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = |view: safetensors::tensor::TensorView| match view.dtype() {
        Dtype::U8 => Tensor::from_vec(view.data().to_vec(), view.shape(), &Device::Cpu).unwrap(),
        _ => Tensor::from_raw_buffer(view.data(), DType::F32, view.shape(), &Device::Cpu).unwrap(),
    };
    file.tensors().into_iter().map(|(name, view)| (name, tensor(view))).collect()
}

/// Every way to compute on this machine.
pub(super) fn ways() -> Vec<Compute> {
    let mut ways: Vec<Compute> = Level::ALL.into_iter().map(Compute::Kernels).collect();
    ways.push(Compute::Stock);
    ways
}

fn assert_close(what: &str, got: &Tensor, wanted: &Tensor, tolerance: f32) {
    assert_eq!(got.dims(), wanted.dims(), "{what}");
    let [got, wanted] = [got, wanted].map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap());
    let scale = wanted.iter().fold(1e-2_f32, |most, v| most.max(v.abs()));
    let off = got.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0_f32, f32::max) / scale;
    assert!(off < tolerance, "{what}: differs by {off} of {scale}");
}

fn last(t: &Tensor) -> Tensor {
    if t.rank() == 5 { t.permute((0, 2, 3, 4, 1)).unwrap().contiguous().unwrap() } else { t.clone() }
}

#[test]
fn every_operation_has_torchs_values_and_gradients() {
    let golden = golden();
    for name in ["conv.111", "conv.222", "conv.122", "head.111", "up.222", "up.221", "norm"] {
        for way in ways() {
            let what = format!("{name} by {way:?}");
            let get = |part: &str| golden[&format!("{name}.{part}")].clone();
            let [x, w, b] = ["x", "w", "b"].map(|part| Var::from_tensor(&get(part)).unwrap());
            // The operations are channels-last, the golden values are not.
            let xl = x.permute((0, 2, 3, 4, 1)).unwrap().contiguous().unwrap();
            let stride = match name {
                "conv.222" => [2, 2, 2],
                "conv.122" => [1, 2, 2],
                _ => [1, 1, 1],
            };
            let y = match name {
                "norm" => norm_relu(&xl, &w, &b, way),
                up if up.starts_with("up") => up3d(&xl, &w, &b, way),
                _ => conv3d(&xl, &w, &b, stride, way),
            }
            .unwrap();
            assert_close(&what, &y, &last(&get("y")), 1e-5);
            let gradients = (y * last(&get("direction"))).unwrap().sum_all().unwrap().backward().unwrap();
            for (part, variable) in [("dx", &x), ("dw", &w), ("db", &b)] {
                assert_close(&format!("{what}: {part}"), gradients.get(variable).unwrap(), &get(part), 2e-5);
            }
        }
    }
}

fn net(golden: &BTreeMap<String, Tensor>, way: Compute) -> UNet {
    let strides = Some(vec![[1, 1, 1], [2, 2, 2], [2, 2, 1]]);
    let params = UNetParams { in_channels: 2, classes: 3, base: 4, stages: 3, strides, ..UNetParams::default() };
    let net = UNet::new(&params.check().unwrap(), Seed::new(0), &Device::Cpu).unwrap().with_compute(way);
    let part = |(name, value): (&String, &Tensor)| Some((name.strip_prefix("net.")?.to_string(), value.clone()));
    net.set_parameters(&golden.iter().filter_map(part).collect()).unwrap();
    net
}

#[test]
fn the_network_and_its_loss_have_torchs_values_and_gradients() {
    let golden = golden();
    let params = LossParams { foreground_weight: 10.0, ..LossParams::default() }.check().unwrap();
    for way in ways() {
        let net = net(&golden, way);
        let logits = net.forward(&golden["image"]).unwrap();
        assert_close("fine", &logits[0], &golden["fine"], 2e-5);
        assert_close("coarse", &logits[1], &golden["coarse"], 2e-5);
        let target = &golden["target"];
        let coarse = seqtran::net::loss::nearest(target, [4, 4, 2]).unwrap();
        let loss = dice_ce_by(&logits[0], target, &params, way).unwrap();
        let loss = (loss + dice_ce_by(&logits[1], &coarse, &params, way).unwrap()).unwrap();
        assert_close("loss", &loss, &golden["loss"], 1e-5);
        let gradients = loss.backward().unwrap();
        for (name, variable) in net.parameters() {
            let got = gradients.get(variable.as_tensor()).unwrap();
            assert_close(&format!("{name} by {way:?}"), got, &golden[&format!("grad.{name}")], 1e-4);
        }
    }
}

#[test]
fn clipped_adam_follows_torch() {
    let golden = golden();
    let params = LossParams::default().check().unwrap();
    let wanted = golden["losses"].to_vec1::<f32>().unwrap();
    for way in ways() {
        let net = net(&golden, way);
        let mut adam = Adam::new(net.parameters(), 0.01);
        for (step, wanted) in wanted.iter().enumerate() {
            let logits = net.forward(&golden["image"]).unwrap();
            let loss = dice_ce_by(&logits[0], &golden["target"], &params, way).unwrap();
            let got = loss.to_scalar::<f32>().unwrap();
            assert!((got - wanted).abs() < 1e-3, "step {step} by {way:?}: wanted {wanted}, got {got}");
            adam.step(&loss.backward().unwrap(), Some(0.5)).unwrap();
        }
    }
}

/// Cross-entropy 0.6840051041 and Dice term -0.5364772582 (nnU-Net's, without our 1), in float64; with weight 3 the cross-entropy
/// is 0.8331764884.
#[test]
fn the_loss_of_four_voxels_is_known() {
    let logits = vec![0.2_f32, -0.5, 1.0, 2.0, 0.1, 0.7, -1.0, 0.5];
    let logits = Tensor::from_vec(logits, (1, 2, 1, 2, 2), &Device::Cpu).unwrap();
    let target = Tensor::from_vec(vec![0_u8, 1, 0, 1], (1, 1, 2, 2), &Device::Cpu).unwrap();
    for way in ways() {
        for (foreground_weight, entropy) in [(1.0, 0.684_005_104_1), (3.0, 0.833_176_488_4)] {
            let params = LossParams { foreground_weight, ..LossParams::default() }.check().unwrap();
            let got = dice_ce_by(&logits, &target, &params, way).unwrap().to_scalar::<f32>().unwrap();
            let wanted = entropy + 1.0 - 0.536_477_258_2;
            // One rounding to f32 and a few of exponentials.
            assert!((f64::from(got) - wanted).abs() < 3e-7, "{way:?}: wanted {wanted}, got {got}");
        }
    }
}
