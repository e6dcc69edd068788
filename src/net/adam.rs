//! Adam, with the clipping of the gradient's norm.

use super::compute::Compute;
use super::ops::shape::with_values;
use crate::base::error::Result;
use crate::base::math::powi;
use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp1, Layout, Tensor, Var, bail};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Mutex;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPS: f64 = 1e-8;
/// Values updated by one task.
const CHUNK: usize = 1 << 14;

/// The optimiser and its moments.
#[derive(Debug)]
pub struct Adam {
    variables: Vec<(String, Var)>,
    moments: Vec<Moments>,
    rate: f64,
    steps: i32,
    compute: Compute,
}

#[derive(Debug)]
enum Moments {
    /// None yet.
    New,
    /// Of our kernels.
    Values(Vec<f32>, Vec<f32>),
    /// Of stock operations.
    Tensors(Tensor, Tensor),
}

impl Adam {
    /// Of variables by name, with a learning rate; moments start at zero.
    #[must_use]
    pub fn new(variables: Vec<(String, Var)>, rate: f64) -> Self {
        let moments = variables.iter().map(|_| Moments::New).collect();
        let compute = variables.first().map_or(Compute::Stock, |(_, variable)| Compute::on(variable.device()));
        Adam { variables, moments, rate, steps: 0, compute }
    }

    /// The same optimiser computed in another way.
    #[must_use]
    pub fn with_compute(mut self, compute: Compute) -> Self {
        self.compute = compute;
        self
    }

    /// The learning rate.
    #[must_use]
    pub fn lr(&self) -> f64 {
        self.rate
    }

    /// Steps so far.
    #[must_use]
    pub fn steps(&self) -> i32 {
        self.steps
    }

    /// The moments by name: `first NAME` and `second NAME` of every variable that has moved.
    ///
    /// # Errors
    /// Only those of the tensor library.
    pub fn state(&self) -> Result<Vec<(String, Tensor)>> {
        let mut state = Vec::new();
        for ((name, variable), moments) in self.variables.iter().zip(&self.moments) {
            let (first, second) = match moments {
                Moments::New => continue,
                Moments::Tensors(first, second) => (first.clone(), second.clone()),
                Moments::Values(first, second) => {
                    let tensor = |values: &[f32]| Tensor::from_slice(values, variable.shape(), variable.device());
                    (tensor(first)?, tensor(second)?)
                }
            };
            state.extend([(format!("first {name}"), first), (format!("second {name}"), second)]);
        }
        Ok(state)
    }

    /// Goes on from a state that [`Adam::state`] gave after so many steps.
    ///
    /// # Errors
    /// Only those of the tensor library.
    pub fn restore(&mut self, steps: i32, state: &BTreeMap<String, Tensor>) -> Result<()> {
        self.steps = steps;
        for ((name, variable), moments) in self.variables.iter().zip(&mut self.moments) {
            let (first, second) = (state.get(&format!("first {name}")), state.get(&format!("second {name}")));
            *moments = match (first, second) {
                (Some(first), Some(second)) => match self.compute {
                    Compute::Kernels(_) => {
                        Moments::Values(first.flatten_all()?.to_vec1()?, second.flatten_all()?.to_vec1()?)
                    }
                    Compute::Stock => {
                        Moments::Tensors(first.to_device(variable.device())?, second.to_device(variable.device())?)
                    }
                },
                _ => Moments::New,
            };
        }
        Ok(())
    }

    /// Changes the learning rate.
    pub fn set_lr(&mut self, rate: f64) {
        self.rate = rate;
    }

    /// One step along the gradients, scaled down first where their norm is above `clip`. Returns the norm before clipping;
    /// one that is not finite moves nothing.
    /// A variable without a gradient stays as it is.
    ///
    /// # Errors
    /// Only those of the tensor library.
    pub fn step(&mut self, gradients: &GradStore, clip: Option<f64>) -> Result<f64> {
        let mut squares = 0.0;
        for (_, variable) in &self.variables {
            if let Some(gradient) = gradients.get(variable.as_tensor()) {
                squares += sum_of_squares(gradient, self.compute)?;
            }
        }
        let norm = squares.sqrt();
        if !norm.is_finite() {
            return Ok(norm);
        }
        let scale = clip.map_or(1.0, |most| (most / (norm + 1e-6)).min(1.0));
        self.steps = self.steps.saturating_add(1);
        let update = Update {
            scale: scale as f32,
            rate: (self.rate / (1.0 - powi(BETA_1, self.steps))) as f32,
            root: (1.0 - powi(BETA_2, self.steps)).sqrt() as f32,
        };
        for ((_, variable), moments) in self.variables.iter().zip(&mut self.moments) {
            let Some(gradient) = gradients.get(variable.as_tensor()) else { continue };
            if matches!(self.compute, Compute::Kernels(_)) {
                let (first, second) = match std::mem::replace(moments, Moments::New) {
                    Moments::Values(first, second) => (first, second),
                    _ => (vec![0.0; variable.elem_count()], vec![0.0; variable.elem_count()]),
                };
                let step = InPlace { gradient, update, moments: Mutex::new((first, second)) };
                variable.inplace_op1(&step)?;
                let (first, second) = step.moments.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
                *moments = Moments::Values(first, second);
            } else {
                let (first, second) = match moments {
                    Moments::Tensors(first, second) => (first.clone(), second.clone()),
                    _ => (variable.zeros_like()?, variable.zeros_like()?),
                };
                let gradient = (gradient * scale)?;
                let first = ((first * BETA_1)? + (&gradient * (1.0 - BETA_1))?)?;
                let second = ((second * BETA_2)? + (gradient.sqr()? * (1.0 - BETA_2))?)?;
                let bottom = ((second.sqrt()? / f64::from(update.root))? + EPS)?;
                variable.set(&(variable.as_tensor() - ((&first / bottom)? * f64::from(update.rate))?)?.detach())?;
                *moments = Moments::Tensors(first.detach(), second.detach());
            }
        }
        Ok(norm)
    }
}

/// The sum of a gradient's squares; in a fixed order where our kernels compute.
///
/// # Errors
/// Only those of the tensor library.
pub fn sum_of_squares(gradient: &Tensor, compute: Compute) -> Result<f64> {
    if matches!(compute, Compute::Stock) {
        return Ok(f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?));
    }
    Ok(with_values(gradient, |values| {
        let parts: Vec<f64> =
            values.par_chunks(CHUNK).map(|part| part.iter().map(|v| f64::from(*v) * f64::from(*v)).sum()).collect();
        Ok(parts.iter().sum())
    })?)
}

/// Factors of one step.
#[derive(Debug, Clone, Copy)]
struct Update {
    scale: f32,
    rate: f32,
    root: f32,
}

struct InPlace<'a> {
    gradient: &'a Tensor,
    update: Update,
    moments: Mutex<(Vec<f32>, Vec<f32>)>,
}

impl InplaceOp1 for InPlace<'_> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        let CpuStorage::F32(values) = storage else { bail!("adam: wanted a variable of f32") };
        let Some((start, end)) = layout.contiguous_offsets() else { bail!("adam: wanted a contiguous variable") };
        let mut moments = self.moments.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (first, second) = &mut *moments;
        let Update { scale, rate, root } = self.update;
        let inverse = 1.0 / root;
        with_values(self.gradient, |gradient| {
            values[start..end]
                .par_chunks_mut(CHUNK)
                .zip(gradient.par_chunks(CHUNK))
                .zip(first.par_chunks_mut(CHUNK).zip(second.par_chunks_mut(CHUNK)))
                .for_each(|((values, gradient), (first, second))| {
                    for (((value, g), m), v) in values.iter_mut().zip(gradient).zip(first).zip(second) {
                        let g = g * scale;
                        *m = BETA_1 as f32 * *m + (1.0 - BETA_1) as f32 * g;
                        *v = BETA_2 as f32 * *v + (1.0 - BETA_2) as f32 * g * g;
                        *value -= rate * *m / (v.sqrt() * inverse + EPS as f32);
                    }
                });
            Ok(())
        })
    }
}
