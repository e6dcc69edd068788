//! What a training begins with: cases and weights.

use super::prepared::Example;
use crate::base::error::Result;
use crate::base::params::Checked;
use crate::net::unet::{UNet, UNetParams};
use std::sync::Arc;

/// The training cases of one task.
pub struct Set {
    /// The task's name.
    pub name: String,
    /// Its cases.
    pub examples: Arc<[Example]>,
}

/// What a training begins with.
pub enum Start<'a> {
    /// Networks of a plan with random weights, one a task, other ones for each attempt.
    Random(&'a Checked<UNetParams>, &'a dyn Fn(u64) -> Result<Vec<UNet>>),
    /// A network.
    Network(&'a UNet),
}

impl Start<'_> {
    /// The networks of an attempt.
    ///
    /// # Errors
    /// The device has no memory left.
    pub fn nets(&self, attempt: u64) -> Result<Vec<UNet>> {
        match self {
            Start::Random(_, fresh) => fresh(attempt),
            Start::Network(net) => Ok(vec![net.detached_copy()?]),
        }
    }

    /// How many numbers its network has.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let params = match self {
            Start::Random(params, _) => params,
            Start::Network(net) => net.params(),
        };
        params.count()
    }

    /// Whether the weights are random.
    #[must_use]
    pub fn random(&self) -> bool {
        matches!(self, Start::Random(..))
    }
}
