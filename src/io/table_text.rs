//! A table as aligned text.

use super::table::{Cell, Table};

/// Rows a long table shows at its beginning and at its end, out of those that fit.
const FEWEST: usize = 5;

/// Letters of the longest cell shown whole.
const WIDEST: usize = 48;

impl Table {
    /// The table as aligned text: a line of names, then the rows, numbers to the right. At most `rows` rows are shown;
    /// of a longer table the beginning and the end, and in the middle a line that says how many are hidden.
    /// Columns that do not fit into `width` letters are left out and counted in a last line.
    #[must_use]
    pub fn render(&self, width: usize, rows: usize) -> String {
        let shown = shown(self.len(), rows.max(FEWEST));
        let count = self.columns().len();
        let mut columns: Vec<Column> = (0..count).map(|at| Column::new(self, at, &shown, WIDEST)).collect();
        // The last column may take what room is left: remarks stand there.
        let used: usize =
            columns.iter().map(|c| c.width + 2).sum::<usize>() - columns.last().map_or(0, |c| c.width + 2);
        if count > 0 && used + WIDEST < width {
            columns[count - 1] = Column::new(self, count - 1, &shown, width - used);
        }
        let fitting = fitting(&columns, width);
        let mut text = String::new();
        line(&mut text, columns[..fitting].iter().map(|c| (c, c.name.as_str())));
        let rule: usize = columns[..fitting].iter().map(|c| c.width + 2).sum::<usize>().saturating_sub(2);
        text.push_str(&"-".repeat(rule));
        text.push('\n');
        for (n, row) in shown.iter().enumerate() {
            if n > 0 && shown[n - 1] + 1 != *row {
                text.push_str(&format!("... {} rows hidden\n", row - shown[n - 1] - 1));
            }
            line(&mut text, columns[..fitting].iter().map(|c| (c, c.cells[n].as_str())));
        }
        if fitting < columns.len() {
            let hidden: Vec<&str> = columns[fitting..].iter().map(|c| c.name.as_str()).collect();
            text.push_str(&format!("{} columns hidden: {}\n", hidden.len(), hidden.join(", ")));
        }
        text.truncate(text.trim_end().len());
        text
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

/// How many columns fit; at least one.
fn fitting(columns: &[Column], width: usize) -> usize {
    let mut used = 0;
    columns
        .iter()
        .take_while(|c| {
            used += c.width + 2;
            used <= width + 2
        })
        .count()
        .max(1)
        .min(columns.len())
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
    fn new(table: &Table, at: usize, shown: &[usize], widest: usize) -> Self {
        let column = || table.rows().iter().map(|row| &row[at]);
        let right = column().any(|cell| cell.number().is_some()) && !column().any(|c| matches!(c, Cell::Text(_)));
        let style = Style::of(&column().filter_map(number).collect::<Vec<_>>());
        let cells: Vec<String> = shown.iter().map(|&n| shortened(&style.cell(&table.rows()[n][at]), widest)).collect();
        let name = shortened(&table.columns()[at], widest);
        let width = cells.iter().chain([&name]).map(|cell| cell.chars().count()).max().unwrap_or(0);
        Column { name, cells, width, right }
    }
}

fn number(cell: &Cell) -> Option<f64> {
    if let Cell::Number(value) = cell { value.is_finite().then_some(*value) } else { None }
}

fn shortened(text: &str, widest: usize) -> String {
    let flat = text.replace(['\n', '\r', '\t'], " ");
    if flat.chars().count() <= widest {
        return flat;
    }
    flat.chars().take(widest - 3).chain("...".chars()).collect()
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
        let whole = if most < 1.0 { 0 } else { most.log10().floor() as usize + 1 };
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
                      1 columns hidden: another";
        assert_eq!(text, wanted);
    }

    #[test]
    fn decimals_follow_the_numbers() {
        assert_eq!(Style::of(&[0.0044, 2.4756]), Style::Decimals(4));
        assert_eq!(Style::of(&[12.0, 3.0]), Style::Decimals(0));
        assert_eq!(Style::of(&[123.456]), Style::Decimals(2));
        assert_eq!(Style::of(&[1e-5]).number(1e-5), "1.000e-5");
        assert_eq!(Table::new(Vec::<String>::new()).render(80, 10), "");
    }
}
