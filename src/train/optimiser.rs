//! What moves the weights: Adam, or stochastic gradient descent with Nesterov momentum.

use super::recipe::Optimiser;
use crate::base::error::Result;
use crate::net::adam::{Adam, sum_of_squares};
use crate::net::compute::Compute;
use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};
use std::collections::BTreeMap;

/// The largest norm of all gradients together, and what PyTorch adds to the norm it divides by.
const CLIP: f64 = 12.0;
const CLIP_EPS: f64 = 1e-6;

/// Momentum and weight decay of the descent, as nnU-Net has them.
const MOMENTUM: f64 = 0.99;
const DECAY: f64 = 3e-5;

/// A rule with its state.
pub enum Mover {
    /// See [`Optimiser::Adam`].
    Adam(Adam),
    /// See [`Optimiser::Sgd`].
    Sgd(Descent),
}

/// Gradient descent with Nesterov momentum.
pub struct Descent {
    variables: Vec<(String, Var)>,
    speed: Vec<Option<Tensor>>,
    compute: Compute,
}

impl Mover {
    /// The rule for some parameters, computed as their network is.
    #[must_use]
    pub fn new(rule: Optimiser, parameters: Vec<(String, Var)>, compute: Compute) -> Self {
        match rule {
            Optimiser::Adam => Mover::Adam(Adam::new(parameters, 0.0).with_compute(compute)),
            Optimiser::Sgd => {
                Mover::Sgd(Descent { speed: vec![None; parameters.len()], variables: parameters, compute })
            }
        }
    }

    /// Steps so far, where they count, and the tensors of its state by name.
    ///
    /// # Errors
    /// Those of the device.
    pub fn state(&self) -> Result<(i32, Vec<(String, Tensor)>)> {
        match self {
            Mover::Adam(adam) => Ok((adam.steps(), adam.state()?)),
            Mover::Sgd(descent) => {
                let moved = descent.variables.iter().zip(&descent.speed);
                Ok((0, moved.filter_map(|((name, _), speed)| Some((name.clone(), speed.clone()?))).collect()))
            }
        }
    }

    /// Goes on from what [`Mover::state`] gave.
    ///
    /// # Errors
    /// Those of the device.
    pub fn restore(&mut self, steps: i32, state: &BTreeMap<String, Tensor>) -> Result<()> {
        match self {
            Mover::Adam(adam) => adam.restore(steps, state),
            Mover::Sgd(descent) => {
                for ((name, variable), speed) in descent.variables.iter().zip(&mut descent.speed) {
                    *speed = state.get(name).map(|speed| speed.to_device(variable.device())).transpose()?;
                }
                Ok(())
            }
        }
    }

    /// One step; `false` when a gradient is not finite, and then nothing has moved.
    ///
    /// # Errors
    /// Those of the device.
    pub fn step(&mut self, grads: &GradStore, lr: f64) -> Result<bool> {
        match self {
            Mover::Adam(adam) => {
                adam.set_lr(lr);
                Ok(adam.step(grads, Some(CLIP))?.is_finite())
            }
            Mover::Sgd(descent) => descent.step(grads, lr),
        }
    }
}

impl Descent {
    fn step(&mut self, grads: &GradStore, lr: f64) -> Result<bool> {
        let mut squares = 0.0;
        for (_, variable) in &self.variables {
            if let Some(grad) = grads.get(variable) {
                squares += sum_of_squares(grad, self.compute)?;
            }
        }
        let norm = squares.sqrt();
        if !norm.is_finite() {
            return Ok(false);
        }
        let scale = (CLIP / (norm + CLIP_EPS)).min(1.0);
        for ((_, variable), speed) in self.variables.iter().zip(&mut self.speed) {
            let Some(grad) = grads.get(variable) else { continue };
            let here = variable.as_detached_tensor();
            // The decay is the rule's, behind the clipping.
            let grad = ((grad * scale)? + (&here * DECAY)?)?;
            let next = match speed {
                Some(speed) => ((&*speed * MOMENTUM)? + &grad)?,
                None => grad.clone(),
            };
            let push = (grad + (&next * MOMENTUM)?)?;
            variable.set(&(here - (push * lr)?)?)?;
            *speed = Some(next);
        }
        Ok(true)
    }
}
