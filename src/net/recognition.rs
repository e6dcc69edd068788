//! Which U-Net some weights are of, by the names and shapes of its parameters.

use super::names::Layer;
use super::plan::UNetParams;
use super::unet::check_shapes;
use crate::base::error::{Error, Kind, Result};
use crate::base::params::{Checked, Params};
use std::collections::BTreeMap;

/// Shapes by name.
pub type Shapes = BTreeMap<String, Vec<usize>>;

/// Where the first stage's first convolution is.
const FIRST: &str = "encoder.stages.0.0.convs.0.conv.weight";

/// The plan that parameters of nnU-Net's names are of. A stage's stride is the kernel of the transposed convolution from it.
///
/// # Errors
/// They are of another network: names the first parameters that differ, wanted and got.
pub fn recognise(shapes: &Shapes) -> Result<Checked<UNetParams>> {
    if let Some(name) = shapes.keys().find(|name| name.contains(".blocks.") || name.contains(".stem.")) {
        return Err(foreign(format!("`{name}` is of a residual encoder, wanted nnU-Net's plain U-Net")));
    }
    let first = weight(shapes, FIRST)?;
    let stages = count(shapes, |stage| format!("encoder.stages.{stage}.0."));
    if stages < 2 {
        return Err(foreign(format!("the encoder has {stages} stage, wanted 2 to 8")));
    }
    let conv = |stage| format!("{}.conv.weight", Layer::Encoder { stage, conv: 0 }.name(stages));
    let (mut kernels, mut strides, mut widest) = (Vec::new(), vec![[1; 3]], first[0]);
    for stage in 0..stages {
        let shape = weight(shapes, &conv(stage))?;
        kernels.push([shape[2], shape[3], shape[4]]);
        widest = shape[0];
        if stage > 0 {
            let up = weight(shapes, &format!("{}.weight", Layer::Up { stage: stage - 1 }.name(stages)))?;
            strides.push([up[2], up[3], up[4]]);
        }
    }
    let head = |stage| format!("{}.weight", Layer::Head { stage }.name(stages));
    let unbound = UNetParams::default().max_features;
    let doubled = first[0].checked_shl(stages as u32 - 1).filter(|doubled| *doubled == widest);
    let params = UNetParams {
        in_channels: first[1],
        classes: weight(shapes, &head(0))?[0],
        base: first[0],
        stages,
        // Where every stage doubles, any larger bound is as good.
        max_features: if doubled.is_some() { unbound.max(widest) } else { widest },
        convs: count(shapes, |conv| format!("encoder.stages.0.0.convs.{conv}.")),
        strides: Some(strides),
        kernels: Some(kernels),
        deep_supervision: (1..stages - 1).any(|stage| shapes.contains_key(&head(stage))),
    };
    let params = params.check().map_err(|error| foreign(error.message()))?;
    let wanted = params.parameters().into_iter().collect();
    check_shapes(&wanted, shapes).map_err(|error| foreign(error.message()))?;
    Ok(params)
}

fn foreign(what: impl Into<String>) -> Error {
    Error::new(Kind::Format, what).help(
        "what can be read: 3-D U-Nets as nnU-Net plans them, with min(base x 2^stage, most) features, as many \
         convolutions in every stage, biases, affine instance norms and two classes or more",
    )
}

/// A convolution's shape: five numbers.
fn weight<'a>(shapes: &'a Shapes, name: &str) -> Result<&'a [usize]> {
    match shapes.get(name).map(Vec::as_slice) {
        Some(shape) if shape.len() == 5 => Ok(shape),
        Some(shape @ [_, _, _, _]) => {
            Err(foreign(format!("`{name}` is of a 2-D network: wanted 5 axes, got {shape:?}")))
        }
        Some(shape) => Err(foreign(format!("`{name}` must have 5 axes, got {shape:?}"))),
        None => {
            let some: Vec<&str> = shapes.keys().take(3).map(String::as_str).collect();
            let got = if some.is_empty() { "none at all".to_owned() } else { format!("{} ..", some.join(", ")) };
            Err(foreign(format!("no parameter `{name}`, got {got}")))
        }
    }
}

/// How many numbers from 0 on begin a name.
fn count(shapes: &Shapes, prefix: impl Fn(usize) -> String) -> usize {
    let begins = |n: &usize| {
        let prefix = prefix(*n);
        shapes.range(prefix.clone()..).next().is_some_and(|(name, _)| name.starts_with(&prefix))
    };
    (0..64).take_while(begins).count()
}

/// The parameter that a name of nnU-Net's stands for: its files have the layers of a block once more as a list, and the encoder
/// once more as its decoder's.
#[must_use]
pub fn original(name: &str) -> String {
    let name = name.strip_prefix("decoder.").filter(|rest| rest.starts_with("encoder.")).unwrap_or(name);
    name.replace(".all_modules.0.", ".conv.").replace(".all_modules.1.", ".norm.")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shapes(params: &UNetParams) -> Shapes {
        params.parameters().into_iter().collect()
    }

    #[test]
    fn a_plan_is_recognised_by_its_parameters() {
        let mut authors = vec![[1; 3], [2; 3], [2; 3], [2; 3], [2; 3]];
        authors.push([2, 2, 1]);
        for plan in [
            UNetParams { base: 32, stages: 6, strides: Some(authors), ..UNetParams::default() },
            UNetParams { base: 4, stages: 2, convs: 1, classes: 5, in_channels: 3, ..UNetParams::default() },
            UNetParams { base: 4, stages: 4, max_features: 8, deep_supervision: false, ..UNetParams::default() },
            UNetParams {
                base: 2,
                stages: 3,
                strides: Some(vec![[1; 3], [1, 2, 2], [2; 3]]),
                kernels: Some(vec![[1, 3, 3], [3; 3], [3, 3, 5]]),
                ..UNetParams::default()
            },
        ] {
            let got = recognise(&shapes(&plan)).unwrap();
            assert_eq!(shapes(&got), shapes(&plan));
            for stage in 0..plan.stages {
                assert_eq!((got.stride(stage), got.kernel(stage)), (plan.stride(stage), plan.kernel(stage)));
            }
            assert_eq!((got.base, got.max_features, got.convs), (plan.base, plan.max_features, plan.convs));
        }
    }

    #[test]
    fn another_network_is_refused_by_what_differs() {
        let plain = shapes(&UNetParams { base: 4, stages: 3, ..UNetParams::default() });
        let refused = |change: &dyn Fn(&mut Shapes)| {
            let mut shapes = plain.clone();
            change(&mut shapes);
            recognise(&shapes).unwrap_err().message().to_owned()
        };
        let put = |name: &'static str, shape: &'static [usize]| {
            move |shapes: &mut Shapes| drop(shapes.insert(name.to_owned(), shape.to_vec()))
        };
        for (wanted, got) in [
            (
                "is of a residual encoder",
                refused(&put("encoder.stages.1.blocks.0.conv1.conv.weight", &[8, 4, 3, 3, 3])),
            ),
            ("is of a 2-D network", refused(&put(FIRST, &[4, 1, 3, 3]))),
            (
                "encoder.stages.1.0.convs.0.norm.running_mean: wanted none, got [8]",
                refused(&put("encoder.stages.1.0.convs.0.norm.running_mean", &[8])),
            ),
            (
                "encoder.stages.1.0.convs.1.conv.bias: wanted [8], got none",
                refused(&|shapes| drop(shapes.remove("encoder.stages.1.0.convs.1.conv.bias"))),
            ),
            (
                "encoder.stages.1.0.convs.0.conv.weight: wanted [8, 4, 3, 3, 3], got [12, 4, 3, 3, 3]",
                refused(&put("encoder.stages.1.0.convs.0.conv.weight", &[12, 4, 3, 3, 3])),
            ),
            ("no parameter `encoder.stages.0.0.convs.0.conv.weight`, got none at all", refused(&Shapes::clear)),
            ("option `kernels` must be 1, 3, 5 or 7, got 2", refused(&put(FIRST, &[4, 1, 2, 3, 3]))),
        ] {
            assert!(got.contains(wanted), "wanted {wanted}, got {got}");
        }
    }

    #[test]
    fn doubles_are_named_as_what_they_double() {
        let once = "encoder.stages.1.0.convs.0.conv.weight";
        for name in [
            once,
            "encoder.stages.1.0.convs.0.all_modules.0.weight",
            "decoder.encoder.stages.1.0.convs.0.conv.weight",
            "decoder.encoder.stages.1.0.convs.0.all_modules.0.weight",
        ] {
            assert_eq!(original(name), once);
        }
        assert_eq!(original("decoder.stages.0.convs.1.all_modules.1.bias"), "decoder.stages.0.convs.1.norm.bias");
    }
}
