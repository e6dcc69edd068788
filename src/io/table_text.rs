//! A table as aligned text.

use super::table::{Cell, Table};
use crate::base::math::log10;
use crate::base::plural::plural;

/// Rows a long table shows at its beginning and at its end, out of those that fit.
const FEWEST: usize = 5;

/// Letters that a long text keeps at least.
const FEWEST_LETTERS: usize = 20;

impl Table {
    /// The table as aligned text: a line of names, then the rows, numbers to the right. At most `rows` rows are shown;
    /// of a longer table the beginning and the end, and in the middle a line that says how many are hidden.
    /// What does not fit into `width` letters: long texts are cut in their middle, the longest columns first; if that is not
    /// enough, columns are left out, words before numbers and the last first, and named in a last line.
    #[must_use]
    pub fn render(&self, width: usize, rows: usize) -> String {
        let shown = shown(self.len(), rows.max(FEWEST));
        let mut columns: Vec<Column> = (0..self.columns().len()).map(|at| Column::new(self, at, &shown)).collect();
        let hidden = leave_out(&mut columns, width);
        narrow(&mut columns, width);
        let mut text = String::new();
        line(&mut text, columns.iter().map(|c| (c, c.name.as_str())));
        text.push_str(&"-".repeat(taken(&columns)));
        text.push('\n');
        for (n, row) in shown.iter().enumerate() {
            if n > 0 && shown[n - 1] + 1 != *row {
                text.push_str(&format!("... {} hidden\n", plural(row - shown[n - 1] - 1, "row")));
            }
            line(&mut text, columns.iter().map(|c| (c, c.cells[n].as_str())));
        }
        if !hidden.is_empty() {
            text.push_str(&format!("{} hidden: {}\n", plural(hidden.len(), "column"), hidden.join(", ")));
        }
        text.truncate(text.trim_end().len());
        text
    }
}

/// Letters of a line.
fn taken(columns: &[Column]) -> usize {
    columns.iter().map(|c| c.width + 2).sum::<usize>().saturating_sub(2)
}

/// Takes out the columns that do not fit even when texts are cut, but never the last one left; gives their names.
fn leave_out(columns: &mut Vec<Column>, width: usize) -> Vec<String> {
    let least = |c: &Column| if c.right { c.width } else { c.width.min(FEWEST_LETTERS) };
    let mut hidden = Vec::new();
    while columns.len() > 1 && columns.iter().map(|c| least(c) + 2).sum::<usize>() > width + 2 {
        let words = columns.iter().rposition(|c| !c.right).filter(|&at| at > 0);
        hidden.insert(0, columns.remove(words.unwrap_or(columns.len() - 1)).name);
    }
    hidden
}

/// Cuts texts until the columns fit, the longest first, one letter at a time so that two long columns become equally long.
fn narrow(columns: &mut [Column], width: usize) {
    while taken(columns) > width {
        let longest = columns.iter_mut().filter(|c| !c.right && c.width > FEWEST_LETTERS).max_by_key(|c| c.width);
        let Some(longest) = longest else { break };
        longest.width -= 1;
    }
    for column in columns {
        let width = column.width;
        column.cells.iter_mut().chain([&mut column.name]).for_each(|cell| *cell = shortened(cell, width));
    }
}

/// The rows to show: all, or the first and the last.
fn shown(len: usize, rows: usize) -> Vec<usize> {
    if len <= rows {
        return (0..len).collect();
    }
    let first = rows.div_ceil(2);
    (0..first).chain(len - (rows - first)..len).collect()
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = (&'a Column, &'a str)>) {
    let mut row = String::new();
    for (n, (column, cell)) in cells.enumerate() {
        if n > 0 {
            row.push_str("  ");
        }
        let room = " ".repeat(column.width - cell.chars().count());
        row.push_str(&if column.right { room + cell } else { format!("{cell}{room}") });
    }
    text.push_str(row.trim_end());
    text.push('\n');
}

/// A column as it is shown.
struct Column {
    name: String,
    cells: Vec<String>,
    width: usize,
    right: bool,
}

impl Column {
    fn new(table: &Table, at: usize, shown: &[usize]) -> Self {
        let column = || table.rows().iter().map(|row| &row[at]);
        let right = column().any(|cell| cell.number().is_some()) && !column().any(|c| matches!(c, Cell::Text(_)));
        let style = Style::of(&column().filter_map(number).collect::<Vec<_>>());
        let cells: Vec<String> = shown.iter().map(|&n| flat(&style.cell(&table.rows()[n][at]))).collect();
        let name = flat(&table.columns()[at]);
        let width = cells.iter().chain([&name]).map(|cell| cell.chars().count()).max().unwrap_or(0);
        Column { name, cells, width, right }
    }
}

fn number(cell: &Cell) -> Option<f64> {
    if let Cell::Number(value) = cell { value.is_finite().then_some(*value) } else { None }
}

fn flat(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

/// A text of at most so many letters; one that is longer keeps its beginning and its end.
fn shortened(text: &str, widest: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= widest {
        return text.into();
    }
    let kept = widest.saturating_sub(3);
    let (head, tail) = (&letters[..kept.div_ceil(2)], &letters[letters.len() - kept / 2..]);
    head.iter().chain(&['.'; 3]).chain(tail).collect()
}

/// How the numbers of one column are written: all with the same decimals, or all with powers of ten.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Style {
    /// This many decimals.
    Decimals(usize),
    /// Four significant digits and a power of ten.
    Power,
}

impl Style {
    /// The style for numbers that are shown together: about four significant digits of the greatest.
    #[must_use]
    pub fn of(numbers: &[f64]) -> Self {
        let most = numbers.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        if most >= 1e9 || (most > 0.0 && most < 1e-3) {
            return Style::Power;
        }
        let whole = if most < 1.0 { 0 } else { log10(most).floor() as usize + 1 };
        let most = [4, 4, 3, 2, 2].get(whole).copied().unwrap_or(1);
        let needed = |v: &f64| {
            let text = format!("{v:.most$}");
            text.split_once('.').map_or(0, |(_, decimals)| decimals.trim_end_matches('0').len())
        };
        Style::Decimals(numbers.iter().map(needed).max().unwrap_or(0))
    }

    /// A number in this style.
    #[must_use]
    pub fn number(self, value: f64) -> String {
        match self {
            _ if value.is_nan() => "nan".into(),
            _ if value.is_infinite() => if value > 0.0 { "inf" } else { "-inf" }.into(),
            Style::Decimals(decimals) => format!("{value:.decimals$}"),
            Style::Power if value == 0.0 => "0".into(),
            Style::Power => format!("{value:.3e}"),
        }
    }

    /// A cell in this style.
    #[must_use]
    pub fn cell(self, cell: &Cell) -> String {
        match cell {
            Cell::Number(value) => self.number(*value),
            Cell::Text(text) => text.clone(),
            other => other.text(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let mut table = Table::new(["strategy", "dice", "steps"]);
        table.push(vec!["scratch".into(), 0.5.into(), Cell::Whole(60)]).unwrap();
        table.push(vec!["sequential".into(), 0.8123.into(), Cell::Whole(1240)]).unwrap();
        table.push(vec!["none".into(), f64::NAN.into(), Cell::Empty]).unwrap();
        let wanted = "\
strategy      dice  steps
-------------------------
scratch     0.5000     60
sequential  0.8123   1240
none           nan";
        assert_eq!(table.render(80, 20), wanted);
    }

    #[test]
    fn a_long_table_says_what_it_hides() {
        let mut table = Table::new(["n", "word", "another"]);
        for n in 0..100 {
            table.push(vec![Cell::Whole(n), "x".into(), "y".into()]).unwrap();
        }
        let text = table.render(10, 6);
        let wanted = " n  word\n--------\n 0  x\n 1  x\n 2  x\n... 94 rows hidden\n97  x\n98  x\n99  x\n\
                      1 column hidden: another";
        assert_eq!(text, wanted);
    }

    #[test]
    fn a_long_text_is_cut_in_its_middle_and_words_go_before_numbers() {
        let mut table = Table::new(["change", "path", "cost", "same"]);
        let path = "01-T2-NCR -> 18-T2-NCR -> 06-T1ce-NCR -> 16-T2-NCR";
        table.push(vec!["without 01".into(), path.into(), 0.5.into(), "yes".into()]).unwrap();
        assert!(table.render(100, 9).contains(path));
        assert!(table.render(60, 9).ends_with("without 01  01-T2-NCR -> 18-T...NCR -> 16-T2-NCR   0.5  yes"));
        let narrow = table.render(20, 9);
        assert!(narrow.contains("without 01   0.5\n2 columns hidden: path, same"), "{narrow}");
    }

    #[test]
    fn decimals_follow_the_numbers() {
        assert_eq!(Style::of(&[0.0044, 2.4756]), Style::Decimals(4));
        assert_eq!(Style::of(&[12.0, 3.0]), Style::Decimals(0));
        assert_eq!(Style::of(&[123.456]), Style::Decimals(2));
        assert_eq!(Style::of(&[1e-5]).number(1e-5), "1.000e-5");
        assert_eq!(Style::of(&[1e-5, 0.0]).number(0.0), "0");
        assert_eq!(Table::new(Vec::<String>::new()).render(80, 10), "");
    }
}
