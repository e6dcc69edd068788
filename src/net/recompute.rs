//! Gradients stage by stage: only what passes between stages is kept on the way forward, and each stage is computed once more on
//! the way back. The same bits as the plain backward pass for about a third more time, with the memory of one stage.
//!
//! Source: Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016.

use super::loss::{LossParams, head_loss, head_weights};
use super::unet::UNet;
use crate::base::error::{Error, Result};
use crate::base::params::Checked;
use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

/// Gradients of parameters as they are found.
#[derive(Default)]
pub struct Gradients(Option<GradStore>);

impl Gradients {
    /// All of them.
    ///
    /// # Errors
    /// There are none.
    pub fn into_store(self) -> Result<GradStore> {
        self.0.ok_or_else(|| Error::internal("no gradients"))
    }

    /// Takes the parameters' gradients out of a backward pass.
    fn take(&mut self, net: &UNet, mut store: GradStore) {
        let Some(all) = &mut self.0 else {
            self.0 = Some(store);
            return;
        };
        for (_, variable) in net.parameters() {
            if let Some(gradient) = store.remove(&variable) {
                all.insert(&variable, gradient);
            }
        }
    }
}

/// What a decoder makes of features.
pub struct Decoded {
    /// The loss, a scalar, not multiplied.
    pub loss: Tensor,
    /// Logits of full resolution.
    pub logits: Tensor,
    /// Gradients of the features, stage by stage.
    pub features: Vec<Tensor>,
}

/// Loss of the heads, and gradients of decoder and heads when that loss is multiplied by `part`, its share of a batch.
///
/// # Errors
/// As [`super::loss::supervised`].
pub fn decoder(
    net: &UNet,
    features: &[Tensor],
    target: &Tensor,
    params: &Checked<LossParams>,
    part: Option<f64>,
    gradients: &mut Gradients,
) -> Result<Decoded> {
    let stages = net.params().stages;
    let weights = if net.params().deep_supervision { head_weights(stages - 1) } else { vec![1.0] };
    let features: Vec<Tensor> = features.iter().map(Tensor::detach).collect();
    let mut inputs = vec![features[stages - 1].clone()];
    for stage in (1..stages - 1).rev() {
        let input = inputs[inputs.len() - 1].clone();
        inputs.push(net.decoder_stage(stage, &input, &features[stage], true)?);
    }
    let (mut total, mut finest) = (None, None);
    let (mut found, mut above): (Vec<Tensor>, Option<Tensor>) = (Vec::with_capacity(stages), None);
    for (stage, input) in inputs.into_iter().rev().enumerate() {
        let (input, skip) = (Var::from_tensor(&input)?, Var::from_tensor(&features[stage])?);
        let x = net.decoder_stage(stage, &input, &skip, false)?;
        let mut scalar = above.map(|gradient| (&x * gradient)?.sum_all()).transpose()?;
        let weight = weights.get(stage).copied().unwrap_or(0.0);
        if weight != 0.0 {
            let logits = net.head(stage, &x, false)?;
            let mut loss = (head_loss(&logits, target, params, net.compute())? * weight)?;
            total = Some(total.map_or(Ok(loss.detach()), |sum: Tensor| sum + loss.detach())?);
            if let Some(part) = part {
                loss = (loss * part)?;
            }
            finest.get_or_insert(logits.detach());
            scalar = Some(scalar.map_or(Ok(loss.clone()), |sum| sum + &loss)?);
        }
        let scalar = scalar.ok_or_else(|| Error::internal("a stage without a loss"))?;
        let mut store = scalar.backward()?;
        let mut of =
            |variable: &Var| store.remove(variable).ok_or_else(|| Error::internal("a stage without a gradient"));
        found.push(of(&skip)?);
        above = Some(of(&input)?);
        gradients.take(net, store);
    }
    found.extend(above);
    let (Some(loss), Some(logits)) = (total, finest) else { return Err(Error::internal("a decoder without a head")) };
    Ok(Decoded { loss, logits, features: found })
}

/// Gradients of the encoder from those of its features.
///
/// # Errors
/// As [`UNet::encode`].
pub fn encoder(
    net: &UNet,
    image: &Tensor,
    features: &[Tensor],
    mut above: Vec<Tensor>,
    gradients: &mut Gradients,
) -> Result<()> {
    while let Some(gradient) = above.pop() {
        let stage = above.len();
        let (input, variable) = match stage {
            0 => (net.input(image)?, None),
            _ => {
                let variable = Var::from_tensor(&features[stage - 1].detach())?;
                (variable.as_tensor().clone(), Some(variable))
            }
        };
        let x = net.encoder_stage(stage, &input, false)?;
        let mut store = (x * gradient)?.sum_all()?.backward()?;
        if let Some(variable) = variable {
            let own = store.remove(&variable).ok_or_else(|| Error::internal("a stage without a gradient"))?;
            above[stage - 1] = (&above[stage - 1] + own)?;
        }
        gradients.take(net, store);
    }
    Ok(())
}
