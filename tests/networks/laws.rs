//! Laws that hold whatever the numbers: adjoints, and gradients as slopes.
#![allow(clippy::unwrap_used)]

use super::operations::normal;
use candle_core::{Device, Tensor, Var};
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::compute::Compute;
use seqtran::net::kernels::level::Level;
use seqtran::net::loss::{LossParams, supervised};
use seqtran::net::ops::{conv::conv3d, up::up3d};
use seqtran::net::unet::{UNet, UNetParams};

fn dot(a: &Tensor, b: &Tensor) -> f64 {
    let [a, b] = [a, b].map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap());
    a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn assert_adjoint(what: &str, (x, w): (&Var, &Var), y: &Tensor) {
    let g = normal("g", y.dims());
    let gradients = (y * g.as_detached_tensor()).unwrap().sum_all().unwrap().backward().unwrap();
    let wanted = dot(y, &g);
    for variable in [x, w] {
        let got = dot(variable, gradients.get(variable).unwrap());
        // Sums of random signs: compare with the size of their terms.
        let scale = (dot(y, y) * dot(&g, &g)).sqrt();
        assert!((got - wanted).abs() < 1e-6 * scale, "{what}: <y, g> = {wanted}, <v, dv> = {got}");
    }
}

#[test]
fn convolutions_are_linear_in_image_and_weights() {
    for level in Level::ALL {
        let way = Compute::Kernels(level);
        for (size, inputs, outputs, kernel, stride) in [
            ([5, 7, 6], 3, 20, [3, 3, 3], [1, 1, 1]),
            ([5, 7, 6], 10, 33, [3, 3, 3], [2, 2, 2]),
            ([4, 4, 4], 16, 16, [3, 3, 3], [1, 2, 2]),
            ([2, 2, 2], 24, 40, [3, 3, 3], [2, 2, 2]),
            ([3, 2, 9], 5, 7, [1, 3, 3], [3, 2, 4]),
        ] {
            let x = normal("x", &[2, size[0], size[1], size[2], inputs]);
            let w = normal("w", &[outputs, inputs, kernel[0], kernel[1], kernel[2]]);
            let b = Tensor::zeros(outputs, candle_core::DType::F32, &Device::Cpu).unwrap();
            let what = format!("{size:?}, kernel {kernel:?}, stride {stride:?} at {level:?}");
            assert_adjoint(&what, (&x, &w), &conv3d(&x, &w, &b, stride, way).unwrap());
            let w = normal("w", &[inputs, outputs, stride[0], stride[1], stride[2]]);
            assert_adjoint(&format!("up {what}"), (&x, &w), &up3d(&x, &w, &b, way).unwrap());
        }
    }
}

#[test]
fn gradients_of_the_loss_are_its_slopes() {
    let params = UNetParams { base: 4, stages: 2, deep_supervision: false, ..UNetParams::default() }.check().unwrap();
    let net = UNet::new(&params, Seed::new(2), &Device::Cpu).unwrap();
    let image = normal("image", &[1, 1, 6, 6, 6]).as_detached_tensor();
    let target = Tensor::from_vec((0..216_u32).map(|i| i * i % 7 % 2).collect(), (1, 6, 6, 6), &Device::Cpu).unwrap();
    let loss_params = LossParams { foreground_weight: 3.0, ..LossParams::default() }.check().unwrap();
    let loss = || supervised(&net.forward(&image).unwrap(), &target, &loss_params).unwrap();
    let value = || f64::from(loss().to_scalar::<f32>().unwrap());
    let gradients = loss().backward().unwrap();
    for (name, variable) in net.parameters() {
        let gradient = gradients.get(variable.as_tensor()).unwrap();
        let norm = dot(gradient, gradient).sqrt();
        if norm < 1e-4 {
            // A bias before a norm has no effect.
            continue;
        }
        // Along its own gradient the loss rises by the gradient's norm.
        let start = variable.as_detached_tensor().copy().unwrap();
        let step = 4e-4;
        let moved = |by: f64| {
            variable.set(&(&start + (gradient * (by / norm)).unwrap()).unwrap()).unwrap();
            value()
        };
        let slope = (moved(step) - moved(-step)) / (2.0 * step);
        variable.set(&start).unwrap();
        assert!((slope - norm).abs() < 0.02 * norm + 2e-3, "{name}: slope {slope}, gradient {norm}");
    }
}
