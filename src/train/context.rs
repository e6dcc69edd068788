//! What a training is given besides its data.

use super::model::Model;
use crate::base::progress::Monitor;
use crate::base::seed::Seed;
use crate::io::store::Store;

/// Progress, clock, seed, and where a network goes whose training the user stops.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Shows progress and may ask to stop.
    pub monitor: &'a Monitor,
    /// Seconds since some moment.
    pub clock: &'a (dyn Fn() -> f64 + Sync),
    /// The seed where the options have none.
    pub seed: Seed,
    /// Is given the network so far when the user stops a training, which then ends in an error of kind `cancelled`.
    pub keep: &'a (dyn Fn(Model) + Sync),
    /// Where trainings are kept that are done or have come some way, if anywhere.
    pub store: Option<&'a Store>,
}

impl<'a> Context<'a> {
    /// A context that shows nothing, has no time and keeps nothing: for tests and short work.
    #[must_use]
    pub fn silent(monitor: &'a Monitor, seed: Seed) -> Self {
        Context { monitor, clock: &|| 0.0, seed, keep: &|_| (), store: None }
    }
}
