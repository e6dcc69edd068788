//! Laws that hold whatever the numbers: adjoints, and gradients as slopes.
#![allow(clippy::unwrap_used)]

use super::operations::normal;
use candle_core::{Device, Tensor, Var};
use seqtran::base::level::Level;
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::compute::Compute;
use seqtran::net::loss::{LossParams, dice_ce_by, supervised};
use seqtran::net::ops::{conv::conv3d, norm::norm_relu, up::up3d};
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

/// Slopes of `value` by some entries of a variable, over a step to either side, beside its gradient.
fn assert_slopes(what: &str, variable: &Var, gradient: &Tensor, step: f32, tolerance: f64, value: &dyn Fn() -> f64) {
    let start = variable.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let gradient = gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let most = gradient.iter().fold(0.0_f32, |most, g| most.max(g.abs()));
    assert!(most > 0.0, "{what}: no gradient");
    let set =
        |values: &[f32]| variable.set(&Tensor::from_slice(values, variable.shape(), &Device::Cpu).unwrap()).unwrap();
    for at in (0..start.len()).step_by((start.len() / 40).max(1)) {
        let moved = |by: f32| {
            let mut values = start.clone();
            values[at] += by;
            set(&values);
            value()
        };
        let slope = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
        let off = (slope - f64::from(gradient[at])).abs() / f64::from(most);
        assert!(off < tolerance, "{what}, entry {at}: slope {slope}, gradient {}, the largest {most}", gradient[at]);
    }
    set(&start);
}

/// A name, inputs and what is computed of them.
type Operation<'a> = (&'static str, [&'a Var; 3], &'a dyn Fn() -> Tensor);

#[test]
fn gradients_of_every_operation_are_slopes_entry_by_entry() {
    for way in Level::ALL.into_iter().map(Compute::Kernels).chain([Compute::Stock]) {
        for (size, inputs, outputs, kernel, stride) in [
            ([5, 4, 6], 3, 10, [3, 3, 3], [1, 1, 1]),
            ([5, 7, 6], 9, 17, [3, 3, 3], [2, 2, 2]),
            ([3, 6, 5], 2, 8, [1, 3, 3], [1, 2, 2]),
        ] {
            let x = normal("x", &[2, size[0], size[1], size[2], inputs]);
            let w = normal("w", &[outputs, inputs, kernel[0], kernel[1], kernel[2]]);
            let up = normal("up", &[inputs, outputs, stride[0], stride[1], stride[2]]);
            let b = normal("b", &[outputs]);
            let (gain, shift) = (normal("gain", &[inputs]), normal("shift", &[inputs]));
            let kinds: [Operation; 3] = [
                ("conv", [&x, &w, &b], &|| conv3d(&x, &w, &b, stride, way).unwrap()),
                ("up", [&x, &up, &b], &|| up3d(&x, &up, &b, way).unwrap()),
                ("norm", [&x, &gain, &shift], &|| norm_relu(&x, &gain, &shift, way).unwrap()),
            ];
            for (kind, variables, f) in kinds {
                let y = f();
                let direction = normal("direction", y.dims());
                let gradients = (y * direction.as_detached_tensor()).unwrap().sum_all().unwrap().backward().unwrap();
                for (at, variable) in variables.into_iter().enumerate() {
                    let what = format!("{kind} of {size:?}, stride {stride:?}, by {way:?}, input {at}");
                    // Linear operations have no error of the step; the norm's ReLU has a kink.
                    let (step, tolerance) = if kind == "norm" { (2e-4, 2e-2) } else { (0.25, 1e-4) };
                    let value = || dot(&f(), &direction);
                    assert_slopes(&what, variable, gradients.get(variable).unwrap(), step, tolerance, &value);
                }
            }
        }
        let logits = normal("logits", &[2, 3, 3, 5, 4]);
        let target = Tensor::from_vec((0..120_u32).map(|i| i * i % 3).collect(), (2, 3, 5, 4), &Device::Cpu).unwrap();
        for (foreground_weight, batch_dice) in [(1.0, false), (10.0, true)] {
            let params = LossParams { foreground_weight, batch_dice, ..LossParams::default() }.check().unwrap();
            let loss = || dice_ce_by(&logits, &target, &params, way).unwrap();
            let gradients = loss().backward().unwrap();
            let value = || f64::from(loss().to_scalar::<f32>().unwrap());
            let what = format!("loss with weight {foreground_weight} by {way:?}");
            assert_slopes(&what, &logits, gradients.get(&logits).unwrap(), 2e-2, 5e-3, &value);
        }
    }
}

#[test]
fn gradients_of_a_network_are_slopes_in_any_direction() {
    let strides = Some(vec![[1, 1, 1], [1, 2, 2], [2, 2, 2]]);
    let params = UNetParams { base: 4, stages: 3, strides, ..UNetParams::default() }.check().unwrap();
    let net = UNet::new(&params, Seed::new(2), &Device::Cpu).unwrap();
    let image = normal("image", &[1, 1, 6, 8, 8]).as_detached_tensor();
    let target = Tensor::from_vec((0..384_u32).map(|i| i * i % 7 % 2).collect(), (1, 6, 8, 8), &Device::Cpu).unwrap();
    let loss_params = LossParams { foreground_weight: 3.0, ..LossParams::default() }.check().unwrap();
    let loss = || supervised(&net.forward(&image).unwrap(), &target, &loss_params).unwrap();
    let value = || f64::from(loss().to_scalar::<f32>().unwrap());
    let gradients = loss().backward().unwrap();
    for (name, variable) in net.parameters() {
        let Some(gradient) = gradients.get(variable.as_tensor()) else {
            assert!(
                name.starts_with("decoder.seg_layers.0."),
                "{name}: only the coarsest head has no part in the loss"
            );
            continue;
        };
        let norm = dot(gradient, gradient).sqrt();
        let start = variable.as_detached_tensor().copy().unwrap();
        let random = |number: usize| normal(&format!("{name} {number}"), start.dims()).as_detached_tensor();
        // Along its own gradient, and along others that an error at right angles to it would show in.
        let mut ways = vec![random(0), random(1), random(2)];
        if norm > 1e-3 {
            ways.push(gradient.clone());
        }
        for way in ways {
            let length = dot(&way, &way).sqrt();
            // As short as the loss has digits for: a longer one steps over kinks.
            let step = 2e-4;
            let moved = |by: f64| {
                variable.set(&(&start + (&way * (by / length)).unwrap()).unwrap()).unwrap();
                value()
            };
            let slope = (moved(step) - moved(-step)) / (2.0 * step);
            variable.set(&start).unwrap();
            let wanted = dot(&way, gradient) / length;
            assert!((slope - wanted).abs() < 0.01 * norm + 8e-4, "{name}: slope {slope}, wanted {wanted}, norm {norm}");
        }
    }
}

/// What a block kept on the way forward is freed by the first backward pass, and made anew by the next one.
#[test]
fn a_second_backward_pass_over_one_tape_gives_the_same_bits() {
    let params = UNetParams { base: 5, stages: 3, ..UNetParams::default() }.check().unwrap();
    let net = UNet::new(&params, Seed::new(3), &Device::Cpu).unwrap();
    let image = normal("image", &[2, 1, 8, 8, 12]);
    let loss = net.forward(image.as_tensor()).unwrap()[0].sqr().unwrap().sum_all().unwrap();
    let bits = || -> Vec<Vec<u32>> {
        let gradients = loss.backward().unwrap();
        let parameters = net.parameters().into_iter();
        parameters.filter_map(|(_, parameter)| gradients.get(&parameter).map(bits_of)).collect()
    };
    let first = bits();
    assert!(first.len() > 20 && first.iter().flatten().any(|bits| *bits != 0), "{} gradients", first.len());
    assert!(first == bits(), "the second pass differs");
}

fn bits_of(tensor: &Tensor) -> Vec<u32> {
    tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
}

/// A network that is only asked normalises in place; one that is trained keeps what the backward pass needs.
#[test]
fn a_prediction_has_the_bits_of_the_forward_pass() {
    for size in [[8, 8, 8], [4, 12, 20]] {
        let params = UNetParams { base: 7, stages: 3, ..UNetParams::default() }.check().unwrap();
        let net = UNet::new(&params, Seed::new(4), &Device::Cpu).unwrap();
        let image = normal("image", &[3, 1, size[0], size[1], size[2]]);
        let trained = net.forward(image.as_tensor()).unwrap().swap_remove(0);
        assert!(trained.track_op());
        assert!(bits_of(&trained) == bits_of(&net.predict(image.as_tensor()).unwrap()), "{size:?}");
    }
}
