//! The learning rate as training goes on.

use super::checkpoint::whole;
use super::recipe::Anneal;
use crate::net::schedule::{Cosine, Plateau, Poly};
use serde_json::{Value, json};

/// Where the cosine ends, as a part of the first rate.
const LAST: f64 = 0.05;

/// Resolution at which a training's progress is counted, so that it may be measured in steps or in time.
const FINE: usize = 100_000;

/// A learning rate and its rule.
#[derive(Debug, Clone)]
pub enum Rate {
    /// See [`Anneal::Cosine`].
    Cosine(Cosine),
    /// See [`Anneal::Plateau`].
    Plateau(Plateau),
    /// See [`Anneal::Poly`].
    Poly(Poly),
}

impl Rate {
    /// The rule `anneal` from a first rate.
    #[must_use]
    pub fn new(anneal: Anneal, first: f64) -> Self {
        match anneal {
            Anneal::Cosine => Rate::Cosine(Cosine { first, last: LAST, steps: FINE + 1 }),
            Anneal::Plateau => Rate::Plateau(Plateau::new(first)),
            Anneal::Poly => Rate::Poly(Poly { first, power: 0.9, steps: FINE }),
        }
    }

    /// The rate when `progress` of the training (0 to 1) is done.
    #[must_use]
    pub fn at(&self, progress: f64) -> f64 {
        let step = (progress.clamp(0.0, 1.0) * FINE as f64) as usize;
        match self {
            Rate::Cosine(cosine) => cosine.rate(step),
            Rate::Plateau(plateau) => plateau.rate,
            Rate::Poly(poly) => poly.rate(step),
        }
    }

    /// What the rule remembers, as JSON.
    #[must_use]
    pub fn write(&self) -> Value {
        match self {
            Rate::Cosine(_) | Rate::Poly(_) => Value::Null,
            Rate::Plateau(p) => json!({ "rate": p.rate, "average": p.average, "best": p.best, "waited": p.waited }),
        }
    }

    /// Takes back what [`Rate::write`] gave; none if that is something else.
    pub fn read(&mut self, value: &Value) -> Option<()> {
        if let Rate::Plateau(plateau) = self {
            plateau.rate = value.get("rate")?.as_f64()?;
            plateau.average = value.get("average")?.as_f64();
            plateau.best = value.get("best")?.as_f64();
            plateau.waited = whole(value, "waited")?;
        }
        Some(())
    }

    /// Tells the rule an epoch's mean loss.
    pub fn epoch(&mut self, loss: f64) {
        if let Rate::Plateau(plateau) = self {
            plateau.epoch(loss);
        }
    }
}
