//! Markdown: tables as text, for reports that a script writes.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::matrix::table_of;
use crate::affinity::matrix::Matrix;
use crate::io::table::Table;
use crate::script::fault::Answer;
use rhai::Engine;
use rhai::plugin::*;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The table as Markdown, as `save("x.md")` writes it: numbers with four digits or so, to the right.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ a: 1, b: "x" }).to_markdown().starts_with("| a | b |")       // => true
    /// ```
    #[rhai_fn(pure)]
    pub fn to_markdown(table: &mut Table) -> String {
        table.markdown()
    }

    /// A matrix as a table: a first column `name` with the names of the rows, then its columns.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }).only_institution("01"), [], #{ size: 12 });
    /// a.image.to_table().columns          // => ["name", "01-FLAIR", "01-T1ce", "01-T2"]
    /// a.image.to_table().save("h.md")
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn to_table(matrix: &mut Matrix) -> Answer<Table> {
        Ok(table_of(matrix)?)
    }
}
