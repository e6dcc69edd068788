//! A matrix whose rows and columns have names.

use crate::base::error::{Error, Result};
use crate::io::atomic;
use crate::io::table::Table;
use std::path::Path;
use std::sync::Arc;

/// A dense matrix of f64 with named rows and columns. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    rows: Arc<[String]>,
    cols: Arc<[String]>,
    values: Arc<[f64]>,
}

impl Matrix {
    /// A matrix whose value at (row, column) is `value(row, column)`.
    #[must_use]
    pub fn from_fn(rows: Vec<String>, cols: Vec<String>, value: impl Fn(usize, usize) -> f64) -> Self {
        let values = (0..rows.len()).flat_map(|r| (0..cols.len()).map(move |c| (r, c))).map(|(r, c)| value(r, c));
        Matrix { values: values.collect(), rows: rows.into(), cols: cols.into() }
    }

    /// Names of the rows.
    #[must_use]
    pub fn rows(&self) -> &[String] {
        &self.rows
    }

    /// Names of the columns.
    #[must_use]
    pub fn cols(&self) -> &[String] {
        &self.cols
    }

    /// The value by place.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.row(row)[column]
    }

    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        let width = self.cols.len();
        &self.values[row * width..(row + 1) * width]
    }

    /// The value by names.
    ///
    /// # Errors
    /// When there is no such row or column.
    pub fn at(&self, row: &str, column: &str) -> Result<f64> {
        let find = |names: &[String], name: &str, what: &str| {
            names.iter().position(|other| other == name).ok_or_else(|| {
                let some: Vec<_> = names.iter().take(8).map(String::as_str).collect();
                let more = if names.len() > some.len() { ", ..." } else { "" };
                Error::argument(format!("no {what} `{name}` in a {} x {} matrix", self.rows.len(), self.cols.len()))
                    .help(format!("{what}s: {}{more}", some.join(", ")))
            })
        };
        Ok(self.get(find(&self.rows, row, "row")?, find(&self.cols, column, "column")?))
    }

    /// The matrix as CSV: an empty cell and the columns' names, then each row's name and its values with 17 significant
    /// digits, enough to read the same f64 back.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        for name in self.cols.iter() {
            text.push(',');
            text.push_str(&cell(name));
        }
        text.push('\n');
        for (row, name) in self.rows.iter().enumerate() {
            text.push_str(&cell(name));
            for &value in self.row(row) {
                text.push(',');
                text.push_str(&seventeen_digits(value));
            }
            text.push('\n');
        }
        text
    }

    /// Reads what [`Matrix::save`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read, a row has another number of cells than the first, or a cell is not a number; the place is
    /// named.
    pub fn read(path: &Path) -> Result<Self> {
        let table = Table::read_csv_text(path)?;
        let wrong = |what: String| Error::format(path, what).help("a matrix is what `matrix.save(\"x.csv\")` writes");
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        for row in table.rows() {
            let name = row[0].text();
            for (cell, column) in row.iter().zip(table.columns()).skip(1) {
                let cell = cell.text();
                values.push(
                    cell.trim().parse::<f64>().map_err(|_| {
                        wrong(format!("wanted a number in row `{name}`, column `{column}`, got `{cell}`"))
                    })?,
                );
            }
            rows.push(name);
        }
        Ok(Matrix { rows: rows.into(), cols: table.columns()[1..].into(), values: values.into() })
    }

    /// Writes [`Matrix::to_csv`] to a file, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        atomic::write_bytes(path, self.to_csv().as_bytes())
    }
}

/// A name as a CSV cell, quoted where it must be.
fn cell(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

/// As C's `%.17g`.
fn seventeen_digits(value: f64) -> String {
    let scientific = format!("{value:.16e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    match exponent.parse::<i32>() {
        Ok(power @ -5..=16) => trim(&format!("{value:.*}", (16 - power) as usize)),
        _ => format!("{}e{exponent}", trim(digits)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn digits_read_back_to_the_same_number() {
        for value in
            [0.1, 1.0 / 3.0, 1e-7, 123_456.789, -2.5e20, 0.0, f64::MIN_POSITIVE, 1e16, 99_999_999_999_999_990.0]
        {
            let text = seventeen_digits(value);
            assert_eq!(text.parse::<f64>().unwrap(), value, "{text}");
        }
        assert_eq!(seventeen_digits(0.1), "0.10000000000000001");
        assert_eq!(seventeen_digits(128.0), "128");
    }

    #[test]
    fn names_find_values_and_errors_list_them() {
        let matrix = Matrix::from_fn(vec!["a".into(), "b,c".into()], vec!["x".into()], |r, _| r as f64 + 0.5);
        assert_eq!(matrix.at("b,c", "x").unwrap(), 1.5);
        let error = matrix.at("z", "x").unwrap_err();
        assert!(error.message().contains("no row `z`") && error.help_line().unwrap().contains("a, b,c"));
        assert_eq!(matrix.to_csv(), ",x\na,0.5\n\"b,c\",1.5\n");
    }

    #[test]
    fn a_matrix_comes_back_from_its_file() {
        let folder = std::env::temp_dir().join(format!("seqtran-matrix-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("m.csv");
        let names = vec!["01-T2".to_owned(), "b,\"c\"".to_owned()];
        let matrix = Matrix::from_fn(names.clone(), names, |r, c| (r as f64 + 0.1) / (c as f64 + 3.0));
        matrix.save(&path).unwrap();
        assert_eq!(Matrix::read(&path).unwrap(), matrix);
        std::fs::write(&path, ",x\na,0.5\nb,half\n").unwrap();
        let error = Matrix::read(&path).unwrap_err();
        assert!(error.message().contains("row `b`, column `x`, got `half`"), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
