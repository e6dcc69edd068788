//! What an `Affinity` was measured from: its options and its tasks.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::words::shape_array;
use crate::affinity::affinity::Affinity;
use crate::base::choice::Choice;
use crate::base::error::Result;
use crate::dataset::task::Task;
use crate::dataset::tasks::Tasks;
use crate::script::fault::Answer;
use rhai::plugin::*;
use rhai::{Dynamic, Engine, Map};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

fn tasks(list: &[Task]) -> Result<Tasks> {
    Tasks::new(list.to_vec())
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The options an affinity was measured with; given to `affinity` again they measure the same.
    ///
    /// # Returns
    /// A map; `alpha`, `beta` and `label_grid` are those in force, and what was left open (`cases`, `points`,
    /// `directions`) is not there.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12, reading: "minmax" });
    /// [a.options.size, a.options.alpha, a.options.intensity]      // => [[12, 12, 12], 0.5, "raw"]
    /// affinity(a.sources, a.targets, a.options).cost.to_array() == a.cost.to_array()      // => true
    /// ```
    #[rhai_fn(get = "options", pure)]
    pub fn options(affinity: &mut Affinity) -> Map {
        let params = affinity.params();
        let (alpha, beta) = params.weights();
        let whole = |n: usize| Dynamic::from(i64::try_from(n).unwrap_or(i64::MAX));
        let mut map: Map = [
            ("size", shape_array(params.size).into()),
            ("variance", params.variance.into()),
            ("axis", whole(params.axis)),
            ("sign", params.sign.name().into()),
            ("intensity", params.intensity.name().into()),
            ("distance", params.distance.name().into()),
            ("pairs", params.pairs.name().into()),
            ("k1", params.k1.into()),
            ("k2", params.k2.into()),
            ("label_grid", shape_array(affinity.label_grid()).into()),
            ("reading", params.reading.name().into()),
            ("alpha", alpha.into()),
            ("beta", beta.into()),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect();
        let seed = params.seed.and_then(|seed| usize::try_from(seed).ok());
        let open =
            [("cases", params.cases), ("points", params.points), ("directions", params.directions), ("seed", seed)];
        for (name, value) in open {
            if let Some(n) = value {
                map.insert(name.into(), whole(n));
            }
        }
        map
    }

    /// The source tasks of an affinity.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// affinity(tasks.except_institution("16"), [tasks["16-T2-NCR"]], #{ size: 12 }).sources.len       // => 18
    /// ```
    #[rhai_fn(get = "sources", return_raw, pure)]
    pub fn sources(affinity: &mut Affinity) -> Answer<Tasks> {
        Ok(tasks(affinity.sources())?)
    }

    /// The target tasks of an affinity.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// affinity(tasks.except_institution("16"), [tasks["16-T2-NCR"]], #{ size: 12 }).targets.names     // => ["16-T2-NCR"]
    /// ```
    #[rhai_fn(get = "targets", return_raw, pure)]
    pub fn targets(affinity: &mut Affinity) -> Answer<Tasks> {
        Ok(tasks(affinity.targets())?)
    }
}
