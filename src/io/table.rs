//! Tables of text and numbers: what experiments report and manifests hold.

use crate::base::error::{Error, Kind, Result};
use crate::base::nearest::nearest;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What one cell of a table holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number.
    Number(f64),
    /// A whole number.
    Whole(i64),
    /// Nothing.
    Empty,
}

impl Cell {
    /// The number in it, whole or not.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match *self {
            Cell::Number(value) => Some(value),
            Cell::Whole(value) => Some(value as f64),
            Cell::Text(_) | Cell::Empty => None,
        }
    }

    /// Its content at full precision, as a CSV file holds it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Number(value) => format!("{value}"),
            Cell::Whole(value) => format!("{value}"),
            Cell::Empty => String::new(),
        }
    }

    /// Numbers by value, then words by letters, then nothing; NaN after the other numbers.
    #[must_use]
    pub fn order(&self, other: &Cell) -> Ordering {
        let rank = |cell: &Cell| match cell {
            Cell::Number(value) if value.is_nan() => 1,
            Cell::Number(_) | Cell::Whole(_) => 0,
            Cell::Text(_) => 2,
            Cell::Empty => 3,
        };
        rank(self).cmp(&rank(other)).then_with(|| match (self, other) {
            (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
            (Cell::Whole(a), Cell::Whole(b)) => a.cmp(b),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
                _ => Ordering::Equal,
            },
        })
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Cell::Number(value)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Cell::Whole(value)
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        i64::try_from(value).map_or(Cell::Number(value as f64), Cell::Whole)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Empty, Into::into)
    }
}

/// Named columns and rows of cells; every row has one cell a column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    name: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table of these columns, without rows.
    #[must_use]
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Table { name: String::new(), columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// The same table under a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Its name; may be empty.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns' names in order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows in order.
    #[must_use]
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One more row, cells in the order of the columns.
    ///
    /// # Errors
    /// When the number of cells is not that of the columns.
    pub fn push(&mut self, row: Vec<Cell>) -> Result<()> {
        let (wanted, got) = (self.columns.len(), row.len());
        crate::ensure!(wanted == got, Kind::Data, "a row of this table has {wanted} cells, got {got}");
        self.rows.push(row);
        Ok(())
    }

    /// One more row by column name; a new name is a new column, empty in the rows before.
    pub fn add<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = (S, Cell)>) {
        let mut row = vec![Cell::Empty; self.columns.len()];
        for (name, cell) in cells {
            match self.columns.iter().position(|column| column == name.as_ref()) {
                Some(at) => row[at] = cell,
                None => {
                    self.columns.push(name.as_ref().into());
                    self.rows.iter_mut().for_each(|old| old.push(Cell::Empty));
                    row.push(cell);
                }
            }
        }
        self.rows.push(row);
    }

    /// Which column has this name.
    ///
    /// # Errors
    /// Names the columns there are, and the nearest.
    pub fn position(&self, column: &str) -> Result<usize> {
        self.columns.iter().position(|name| name == column).ok_or_else(|| {
            if self.columns.is_empty() {
                return Error::argument(format!("no column `{column}`: the table has no columns"))
                    .help("its rows make them: table(\"name\").add(#{ column: value })");
            }
            let error = Error::argument(format!("no column `{column}` in a table of {}", self.columns.join(", ")));
            match nearest(column, self.columns.iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("column names are exact, capitals included"),
            }
        })
    }

    /// The cell of a row in a named column.
    ///
    /// # Errors
    /// When there is no such row or column.
    pub fn at(&self, row: usize, column: &str) -> Result<&Cell> {
        let at = self.position(column)?;
        let rows = self.rows.len();
        self.rows
            .get(row)
            .map(|cells| &cells[at])
            .ok_or_else(|| Error::argument(format!("no row {row} in a table of {rows} rows, counted from 0")))
    }

    /// The cells of a column.
    ///
    /// # Errors
    /// As [`Table::position`].
    pub fn column(&self, column: &str) -> Result<Vec<Cell>> {
        let at = self.position(column)?;
        Ok(self.rows.iter().map(|row| row[at].clone()).collect())
    }

    /// The numbers of a column; empty cells are NaN.
    ///
    /// # Errors
    /// As [`Table::position`], and where a cell holds words.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>> {
        let at = self.position(column)?;
        let number = |(n, row): (usize, &Vec<Cell>)| match &row[at] {
            Cell::Empty => Ok(f64::NAN),
            Cell::Text(text) => Err(Error::data(format!("wanted numbers in column `{column}`, row {n} has `{text}`"))),
            cell => Ok(cell.number().unwrap_or(f64::NAN)),
        };
        self.rows.iter().enumerate().map(number).collect()
    }

    /// The rows in the order of a column ([`Cell::order`]); equal ones stay as they were.
    ///
    /// # Errors
    /// As [`Table::position`].
    pub fn sort(&self, column: &str, descending: bool) -> Result<Self> {
        let at = self.position(column)?;
        let mut sorted = self.clone();
        sorted.rows.sort_by(|a, b| if descending { b[at].order(&a[at]) } else { a[at].order(&b[at]) });
        Ok(sorted)
    }

    /// The rows for which `keep` holds.
    ///
    /// # Errors
    /// What `keep` returns.
    pub fn filter(&self, mut keep: impl FnMut(&[Cell]) -> Result<bool>) -> Result<Self> {
        let mut kept = Table { name: self.name.clone(), columns: self.columns.clone(), rows: Vec::new() };
        for row in &self.rows {
            if keep(row)? {
                kept.rows.push(row.clone());
            }
        }
        Ok(kept)
    }

    /// Only these columns, in this order.
    ///
    /// # Errors
    /// As [`Table::position`].
    pub fn select(&self, columns: &[&str]) -> Result<Self> {
        let at: Vec<usize> = columns.iter().map(|column| self.position(column)).collect::<Result<_>>()?;
        let rows = self.rows.iter().map(|row| at.iter().map(|&n| row[n].clone()).collect()).collect();
        Ok(Table { name: self.name.clone(), columns: columns.iter().map(|&c| c.into()).collect(), rows })
    }

    /// For each combination of cells in the columns `by` (in order of appearance), one number made from the numbers
    /// of `value` in its rows; empty and NaN cells are left out.
    ///
    /// # Errors
    /// As [`Table::numbers`].
    pub fn group(&self, by: &[&str], value: &str, reduce: impl Fn(&[f64]) -> f64) -> Result<Self> {
        let keys = self.select(by)?;
        let numbers = self.numbers(value)?;
        let mut groups: Vec<(Vec<Cell>, Vec<f64>)> = Vec::new();
        let mut place: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for (key, number) in keys.rows.iter().zip(numbers) {
            let at = *place.entry(key.iter().map(Cell::text).collect()).or_insert_with(|| {
                groups.push((key.clone(), Vec::new()));
                groups.len() - 1
            });
            if !number.is_nan() {
                groups[at].1.push(number);
            }
        }
        let mut table = Table::new(by.iter().copied().chain([value])).named(&self.name);
        for (mut key, members) in groups {
            key.push(if members.is_empty() { Cell::Empty } else { Cell::Number(reduce(&members)) });
            table.rows.push(key);
        }
        Ok(table)
    }

    /// One row for each cell of `rows`, one column for each cell of `columns`, the cell of `value` where they meet
    /// (the last one if there are several).
    ///
    /// # Errors
    /// As [`Table::position`].
    pub fn pivot(&self, rows: &str, columns: &str, value: &str) -> Result<Self> {
        let (r, c, v) = (self.position(rows)?, self.position(columns)?, self.position(value)?);
        let mut table = Table::new([rows]).named(&self.name);
        for row in &self.rows {
            let (key, name) = (row[r].text(), row[c].text());
            let at = table.columns[1..].iter().position(|column| *column == name).map_or_else(
                || {
                    table.columns.push(name.clone());
                    table.rows.iter_mut().for_each(|old| old.push(Cell::Empty));
                    table.columns.len() - 1
                },
                |at| at + 1,
            );
            let line = table.rows.iter().position(|old| old[0].text() == key).unwrap_or_else(|| {
                let mut fresh = vec![Cell::Empty; table.columns.len()];
                fresh[0] = row[r].clone();
                table.rows.push(fresh);
                table.rows.len() - 1
            });
            table.rows[line][at] = row[v].clone();
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn runs() -> Table {
        let mut table = Table::new(["strategy", "target", "dice"]);
        for (strategy, target, dice) in
            [("scratch", "b", 0.5), ("direct", "a", 0.75), ("scratch", "a", f64::NAN), ("direct", "b", 0.25)]
        {
            table.push(vec![strategy.into(), target.into(), dice.into()]).unwrap();
        }
        table
    }

    #[test]
    fn rows_by_name_make_their_columns() {
        let mut table = Table::new(["a"]);
        table.add([("a", Cell::Whole(1))]);
        table.add([("b", Cell::from("x")), ("a", 2.5.into())]);
        assert_eq!(table.columns(), ["a", "b"]);
        assert_eq!(table.rows()[0], [Cell::Whole(1), Cell::Empty]);
        assert_eq!(*table.at(1, "b").unwrap(), Cell::from("x"));
        assert!(table.push(vec![]).is_err());
    }

    #[test]
    fn a_wrong_column_is_named_with_the_nearest() {
        let error = runs().column("dise").unwrap_err();
        assert!(error.message().contains("`dise`") && error.help_line().unwrap().contains("`dice`"), "{error:?}");
    }

    #[test]
    fn sort_group_and_pivot() {
        let sorted = runs().sort("dice", true).unwrap();
        assert!(sorted.rows()[0][2].number().unwrap().is_nan());
        assert_eq!(runs().sort("dice", false).unwrap().numbers("dice").unwrap()[..3], [0.25, 0.5, 0.75]);

        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let grouped = runs().group(&["strategy"], "dice", mean).unwrap();
        assert_eq!(grouped.numbers("dice").unwrap(), [0.5, 0.5]);

        let wide = runs().pivot("target", "strategy", "dice").unwrap();
        assert_eq!(wide.columns(), ["target", "scratch", "direct"]);
        assert_eq!(wide.rows()[0], [Cell::from("b"), 0.5.into(), 0.25.into()]);
    }

    #[test]
    fn words_are_not_numbers() {
        assert!(runs().numbers("target").unwrap_err().message().contains("row 0 has `b`"));
    }
}
