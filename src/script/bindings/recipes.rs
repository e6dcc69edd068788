//! What the recipes of training say.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::io::table::{Cell, Table};
use crate::script::fault::Answer;
use crate::train::recipe::{Anneal, Optimiser, RECIPES};
use rhai::Engine;
use rhai::plugin::*;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// What each recipe of `train` and the strategies says where an option does not.
    ///
    /// # Returns
    /// A table, one row an option: "quick" for volumes of CPU scale, "paper" for the protocol as published, "released" for what the
    /// authors' released training tree holds.
    ///
    /// # Source
    /// Section 4 of the paper; nnU-Net v2's trainer for "released".
    ///
    /// # Example
    /// ```
    /// recipes().where(|r| r.option == "epochs").column("paper")[0]        // => 250
    /// recipes().where(|r| r.option == "freeze").column("released")[0]     // => none
    /// ```
    #[rhai_fn(return_raw)]
    pub fn recipes() -> Answer<Table> {
        let mut table = Table::new(["option"].into_iter().chain(RECIPES.iter().map(|recipe| recipe.name)));
        let mut row = |option: &str, of: &dyn Fn(usize) -> Cell| {
            table.push([Cell::from(option)].into_iter().chain((0..RECIPES.len()).map(of)).collect())
        };
        row("epochs", &|n| RECIPES[n].epochs.into())?;
        row("later_epochs", &|n| RECIPES[n].later_epochs.into())?;
        row("steps", &|n| RECIPES[n].steps.into())?;
        row("base", &|n| RECIPES[n].base.into())?;
        row("stages", &|n| RECIPES[n].stages.into())?;
        row("patch, at most", &|n| RECIPES[n].patch.map(|n| n.to_string()).join(" x ").into())?;
        row("batch", &|n| RECIPES[n].batch.into())?;
        row("optimiser", &|n| {
            match RECIPES[n].optimiser {
                Optimiser::Adam => "Adam",
                Optimiser::Sgd => "SGD, Nesterov momentum 0.99, decay 3e-5",
            }
            .into()
        })?;
        row("lr", &|n| RECIPES[n].lr.into())?;
        row("later_lr", &|n| RECIPES[n].later_lr.into())?;
        row("schedule", &|n| {
            match RECIPES[n].anneal {
                Anneal::Cosine => "cosine to 5 %",
                Anneal::Plateau => "x 0.2 after 30 epochs without a fall",
                Anneal::Poly => "polynomial, 0.9",
            }
            .into()
        })?;
        row("foreground_weight", &|n| RECIPES[n].foreground_weight.into())?;
        row("freeze", &|n| RECIPES[n].freeze.name().into())?;
        row("augment", &|n| RECIPES[n].augment.name().into())?;
        Ok(table)
    }
}
