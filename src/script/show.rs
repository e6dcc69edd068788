//! How a value of ours is shown to a person.

use crate::base::math::log10;
pub use crate::base::plural::plural;

/// The width of a block that nothing is cut out of.
pub const WHOLE: usize = usize::MAX / 4;

/// What a block may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Columns.
    pub width: usize,
    /// Whether tables are printed whole, whatever the width.
    pub whole: bool,
}

/// Implemented by every type that scripts can hold.
pub trait Show {
    /// The value in one line.
    fn line(&self) -> String;

    /// The value as a block that fits `width` columns and about twenty lines; what is left out is stated.
    fn block(&self, width: usize) -> String {
        let _ = width;
        self.line()
    }
}

/// A number with as many digits as a person reads: six significant ones, no trailing zeros.
#[must_use]
pub fn number(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    let size = log10(x.abs()).floor();
    if !(-5.0..9.0).contains(&size) {
        return format!("{x:.5e}");
    }
    let decimals = (5.0 - size).max(0.0) as usize;
    let text = format!("{x:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// The first and last of many items with the number of those between: `a, b, ... 14 more ..., z`.
#[must_use]
pub fn elided(items: &[String], width: usize) -> String {
    let full = items.join(", ");
    if full.chars().count() <= width || items.len() < 4 {
        return full;
    }
    let last = &items[items.len() - 1];
    let mut shown = 1;
    let text =
        |shown: usize| format!("{}, ... {} more ..., {last}", items[..shown].join(", "), items.len() - shown - 1);
    while shown + 2 < items.len() && text(shown + 1).chars().count() <= width {
        shown += 1;
    }
    text(shown)
}

/// Lines aligned in columns, the first row a heading; more than `most` rows are elided in the middle.
#[must_use]
pub fn columns(rows: &[Vec<String>], most: usize) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    let numeric = |text: &str| text.parse::<f64>().is_ok() || text == "nan" || text == "-";
    let right: Vec<bool> = (0..count)
        .map(|column| rows.iter().skip(1).filter_map(|row| row.get(column)).all(|c| c.is_empty() || numeric(c)))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let pad = " ".repeat(widths[column] - cell.chars().count());
            if right[column] { format!("{pad}{cell}") } else { format!("{cell}{pad}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    if rows.len() <= most + 1 {
        return rows.iter().map(line).collect::<Vec<_>>().join("\n");
    }
    let (head, tail) = (most.div_ceil(2), most / 2);
    let mut lines: Vec<String> = rows[..=head].iter().map(line).collect();
    lines.push(format!("... {} more rows ...", rows.len() - 1 - head - tail));
    lines.extend(rows[rows.len() - tail..].iter().map(line));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_lists_say_what_they_hide() {
        assert_eq!(number(0.1 + 0.2), "0.3");
        assert_eq!(number(1234567.0), "1234567");
        assert_eq!(number(2.4756), "2.4756");
        assert_eq!(number(1e-7), "1.00000e-7");
        let items: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        assert_eq!(elided(&items, 30), "0, 1, 2, ... 96 more ..., 99");
        assert_eq!(elided(&items, 31), "0, 1, 2, 3, ... 95 more ..., 99");
    }
}
