//! Tables as files: CSV both ways, Markdown and LaTeX to read.

use super::atomic;
use super::table::{Cell, Table};
use super::table_text::Style;
use crate::base::error::{Error, Result};
use std::path::Path;

impl Table {
    /// Reads a CSV file: the first row names the columns; cells that look like numbers are numbers, empty ones nothing.
    ///
    /// # Errors
    /// When the file cannot be read, is not text, or a row has more or fewer cells than the first; the row is named.
    pub fn read_csv(path: &Path) -> Result<Self> {
        Ok(Self::read_csv_text(path)?.typed())
    }

    /// As [`Table::read_csv`], but every cell is text, as it stands in the file: case `007` stays `007`.
    ///
    /// # Errors
    /// As [`Table::read_csv`].
    pub fn read_csv_text(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| Error::file(path, "cannot read the table", e))?;
        parse(&bytes).map_err(|e| e.at(path))
    }

    /// The table with text that looks like a number made one.
    #[must_use]
    pub fn typed(&self) -> Self {
        let mut table = Table::new(self.columns().iter().cloned()).named(self.name());
        for row in self.rows() {
            let row: Vec<(&String, Cell)> = self.columns().iter().zip(row.iter().map(typed)).collect();
            table.add(row);
        }
        table
    }

    /// Writes the table by the file's extension: `.csv` at full precision, `.md` and `.tex` as people read it.
    ///
    /// # Errors
    /// For another extension, and when the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let text = match extension.as_str() {
            "csv" => self.csv()?,
            "md" => self.markdown(),
            "tex" => self.latex(),
            other => {
                return Err(Error::argument(format!("a table is saved as .csv, .md or .tex, got `.{other}`"))
                    .at(path)
                    .help("give the file one of these extensions"));
            }
        };
        atomic::write_bytes(path, text.as_bytes())
    }

    /// The table as CSV.
    ///
    /// # Errors
    /// Never in practice: memory does not refuse to be written.
    pub fn csv(&self) -> Result<String> {
        let failed = |e: csv::Error| Error::internal(format!("cannot make CSV: {e}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns()).map_err(failed)?;
        for row in self.rows() {
            writer.write_record(row.iter().map(Cell::text)).map_err(failed)?;
        }
        let bytes = writer.into_inner().map_err(|e| Error::internal(format!("cannot make CSV: {e}")))?;
        String::from_utf8(bytes).map_err(|e| Error::internal(format!("cannot make CSV: {e}")))
    }

    /// The table in Markdown, numbers to the right.
    #[must_use]
    pub fn markdown(&self) -> String {
        let escaped = |text: String| text.replace('|', "\\|").replace('\n', " ");
        let shown = Shown::new(self);
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = line(self.columns().iter().cloned().map(escaped).collect());
        text.push_str(&line(shown.right.iter().map(|&right| if right { "---:" } else { "---" }.into()).collect()));
        for row in shown.rows {
            text.push_str(&line(row.into_iter().map(escaped).collect()));
        }
        text
    }

    /// The table as a LaTeX `tabular` with the rules of `booktabs`.
    #[must_use]
    pub fn latex(&self) -> String {
        let shown = Shown::new(self);
        let line = |cells: Vec<String>| format!("{} \\\\\n", cells.join(" & "));
        let letters: String = shown.right.iter().map(|&right| if right { 'r' } else { 'l' }).collect();
        let mut text = format!("\\begin{{tabular}}{{{letters}}}\n\\toprule\n");
        text.push_str(&line(self.columns().iter().map(|name| latex_text(name)).collect()));
        text.push_str("\\midrule\n");
        for row in shown.rows {
            text.push_str(&line(row.iter().map(|cell| latex_text(cell)).collect()));
        }
        text.push_str("\\bottomrule\n\\end{tabular}\n");
        text
    }
}

/// Cells as people read them, and which columns stand to the right.
struct Shown {
    rows: Vec<Vec<String>>,
    right: Vec<bool>,
}

impl Shown {
    fn new(table: &Table) -> Self {
        let columns = 0..table.columns().len();
        let cells = |at: usize| table.rows().iter().map(move |row| &row[at]);
        let number = |cell: &Cell| if let Cell::Number(v) = cell { v.is_finite().then_some(*v) } else { None };
        let styles: Vec<Style> =
            columns.clone().map(|at| Style::of(&cells(at).filter_map(number).collect::<Vec<_>>())).collect();
        let right = columns
            .map(|at| cells(at).any(|c| c.number().is_some()) && !cells(at).any(|c| matches!(c, Cell::Text(_))))
            .collect();
        let text = |(cell, style): (&Cell, &Style)| match cell {
            Cell::Text(text) => text.clone(),
            other => style.cell(other),
        };
        Shown { rows: table.rows().iter().map(|row| row.iter().zip(&styles).map(text).collect()).collect(), right }
    }
}

fn latex_text(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', letter]),
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

fn typed(cell: &Cell) -> Cell {
    let Cell::Text(text) = cell else { return cell.clone() };
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Cell::Empty;
    }
    if let Ok(value) = trimmed.parse::<i64>() {
        return Cell::Whole(value);
    }
    match trimmed.parse::<f64>() {
        // `inf`, `nan` and `infinity` are numbers, too; a case called `Infant` is not.
        Ok(value) => Cell::Number(value),
        Err(_) => cell.clone(),
    }
}

/// Rows of text from the bytes of a CSV file.
fn parse(bytes: &[u8]) -> Result<Table> {
    let failed = |message: String| Error::new(crate::base::error::Kind::Format, message);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(failed("wanted a table in UTF-8, got UTF-16".into()).help("save it again as CSV UTF-8"));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut table: Option<Table> = None;
    for record in reader.records() {
        let record = record.map_err(|e| match e.kind() {
            csv::ErrorKind::Utf8 { pos, err } => {
                let line = pos.as_ref().map_or(0, csv::Position::line);
                failed(format!("line {line}, cell {} is not UTF-8 text", err.field() + 1))
                    .help("save the table again as CSV UTF-8")
            }
            _ => failed(format!("cannot read the table: {e}")),
        })?;
        match &mut table {
            None => {
                let names: Vec<String> = record.iter().map(|name| name.trim().to_string()).collect();
                for (n, name) in names.iter().enumerate() {
                    if !name.is_empty() && names[..n].contains(name) {
                        return Err(failed(format!("two columns are called `{name}`")).help("rename one of them"));
                    }
                }
                table = Some(Table::new(names));
            }
            Some(table) => {
                let (wanted, got) = (table.columns().len(), record.len());
                if wanted != got {
                    let line = line_at(bytes, record.position().map_or(0, |pos| pos.byte() as usize));
                    return Err(failed(format!("line {line} has {got} cells, the first row names {wanted} columns"))
                        .help("put quotes around cells that hold a comma"));
                }
                table.push(record.iter().map(Cell::from).collect())?;
            }
        }
    }
    table.ok_or_else(|| failed("wanted a table, got an empty file".into()).help("its first row names the columns"))
}

/// The number, from 1, of the first line with content at or after a byte.
fn line_at(bytes: &[u8], start: usize) -> usize {
    let blank = bytes[start.min(bytes.len())..].iter().take_while(|b| b"\r\n".contains(b)).count();
    1 + bytes[..start.min(bytes.len()) + blank].iter().filter(|&&b| b == b'\n').count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn byte_order_mark_and_carriage_returns_are_not_content() {
        let table = parse(b"\xef\xbb\xbfcase,dice\r\n007,0.5\r\n\"a,b\",\r\n").unwrap();
        assert_eq!(table.columns(), ["case", "dice"]);
        assert_eq!(table.rows()[0][0], Cell::from("007"));
        let typed = table.typed();
        assert_eq!(typed.rows()[0], [Cell::Whole(7), Cell::Number(0.5)]);
        assert_eq!(typed.rows()[1], [Cell::from("a,b"), Cell::Empty]);
    }

    #[test]
    fn bad_tables_are_named_by_line() {
        let message = |bytes: &[u8]| parse(bytes).unwrap_err().message().to_string();
        assert_eq!(message(b"a,b\n1,2\n\n1,2,3\n"), "line 4 has 3 cells, the first row names 2 columns");
        assert!(message(b"").contains("empty file"));
        assert!(message(b"a,a\n").contains("two columns are called `a`"));
        assert!(message(b"a,b\n1,\xff\xfa\n").contains("line 2, cell 2 is not UTF-8"));
        assert!(message(b"\xff\xfea\0").contains("UTF-16"));
    }

    #[test]
    fn a_table_comes_back_from_its_file() {
        let folder = std::env::temp_dir().join(format!("seqtran-table-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut table = Table::new(["name", "value", "n"]);
        table.push(vec!["with, \"quotes\"\nand a line".into(), (1.0 / 3.0).into(), Cell::Whole(-3)]).unwrap();
        table.push(vec!["x_1".into(), 1e-300.into(), Cell::Empty]).unwrap();
        let path = folder.join("a.b.csv");
        table.save(&path).unwrap();
        assert_eq!(Table::read_csv(&path).unwrap(), table);

        assert!(table.markdown().starts_with("| name | value | n |\n| --- | ---: | ---: |\n"));
        assert!(table.latex().contains("x\\_1"));
        let error = table.save(&folder.join("a.xlsx")).unwrap_err();
        assert!(error.message().contains("`.xlsx`"), "{error}");
        assert!(Table::read_csv(&folder.join("none.csv")).unwrap_err().message().contains("no such file"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
