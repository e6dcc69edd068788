//! `Matrix`: numbers between named rows and columns.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::affinity::matrix::Matrix;
use crate::base::error::Error;
use crate::io::table::{Cell, Table};
use crate::script::fault::Answer;
use crate::script::show::{Show, WHOLE, columns, number, plural};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine};
use std::path::Path;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Matrix>("Matrix");
    engine.register_global_module(exported_module!(verbs).into());
}

impl Show for Matrix {
    fn line(&self) -> String {
        format!("Matrix  {}x{}", self.rows().len(), self.cols().len())
    }

    fn block(&self, width: usize) -> String {
        let name = self.rows().iter().map(|r| r.chars().count()).max().unwrap_or(0);
        let each = self.cols().iter().map(|c| c.chars().count().max(8) + 2).max().unwrap_or(10);
        let fitting = (width.saturating_sub(name) / each).clamp(1, self.cols().len().max(1));
        let mut rows = vec![
            std::iter::once(String::new()).chain(self.cols().iter().take(fitting).cloned()).collect::<Vec<String>>(),
        ];
        for (at, row) in self.rows().iter().enumerate() {
            let numbers = self.row(at).iter().take(fitting).map(|&x| number(x));
            rows.push(std::iter::once(row.clone()).chain(numbers).collect());
        }
        let hidden = self.cols().len() - fitting.min(self.cols().len());
        let more = if hidden > 0 { format!("\n{} hidden", plural(hidden, "more column")) } else { String::new() };
        format!("{}\n{}{more}", self.line(), columns(&rows, if width >= WHOLE { usize::MAX - 1 } else { 16 }))
    }
}

/// A first column `name` with the names of the rows, then the matrix's columns.
///
/// # Errors
/// Never: every row has a cell a column.
pub fn table_of(matrix: &Matrix) -> Result<Table, Error> {
    let columns = std::iter::once("name".to_owned()).chain(matrix.cols().iter().cloned());
    let mut table = Table::new(columns.collect::<Vec<_>>());
    for (at, name) in matrix.rows().iter().enumerate() {
        let numbers = matrix.row(at).iter().map(|&x| Cell::from(x));
        table.push(std::iter::once(Cell::from(name.as_str())).chain(numbers).collect())?;
    }
    Ok(table)
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The names of the rows.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.image.rows[0]         // => 01-FLAIR
    /// ```
    #[rhai_fn(get = "rows", pure)]
    pub fn rows(matrix: &mut Matrix) -> Array {
        matrix.rows().iter().map(|name| Dynamic::from(name.clone())).collect()
    }

    /// The names of the columns.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.image.cols == a.image.rows        // => true
    /// ```
    #[rhai_fn(get = "cols", pure)]
    pub fn cols(matrix: &mut Matrix) -> Array {
        matrix.cols().iter().map(|name| Dynamic::from(name.clone())).collect()
    }

    /// The value by names of row and column.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.image.at("01-T2", "01-T2")        // => 0.0
    /// a.image.at("01-T2", "99-T2")        // error:
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn at(matrix: &mut Matrix, row: &str, col: &str) -> Answer<f64> {
        Ok(matrix.at(row, col)?)
    }

    /// The values as an array of rows.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.image.to_array()[0][0]        // => 0.0
    /// ```
    #[rhai_fn(pure)]
    pub fn to_array(matrix: &mut Matrix) -> Array {
        let row = |at| matrix.row(at).iter().map(|&x| Dynamic::from(x)).collect::<Array>();
        (0..matrix.rows().len()).map(|at| Dynamic::from(row(at))).collect()
    }

    /// Writes the matrix; the ending of the name says how: `.csv` (17 significant digits), `.md` or `.tex`.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// a.cost.save("cost.csv")
    /// a.cost.save("cost.md")
    /// a.cost.save("cost.xls")     // error: cost.xls: a matrix is saved as .csv, .md or .tex, got `.xls`
    /// ```
    #[rhai_fn(return_raw, pure, volatile)]
    pub fn save(matrix: &mut Matrix, path: &str) -> Answer<()> {
        let path = Path::new(path);
        match path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default().as_str() {
            "csv" => Ok(matrix.save(path)?),
            "md" | "tex" => Ok(table_of(matrix)?.save(path)?),
            other => Err(Error::argument(format!("a matrix is saved as .csv, .md or .tex, got `.{other}`"))
                .at(path)
                .help("give the file one of these extensions")
                .into()),
        }
    }
}
