//! Tables of BIDS: tab-separated, the first line names the columns.

use crate::base::error::{Error, Kind, Result};
use std::path::Path;

/// A table of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tsv {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Tsv {
    /// Reads a file; a byte order mark, CRLF and empty lines are passed over, cells are trimmed.
    ///
    /// # Errors
    /// When it cannot be read, is not UTF-8, or a row has more or fewer cells than there are columns; names the line.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| Error::file(path, "cannot read the table", e))?;
        Self::parse(&bytes).map_err(|e| e.at(path))
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let wrong = |message: String| Error::new(Kind::Format, message);
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("wanted text in UTF-8, got other bytes".into()))?;
        let cells = |line: &str| line.split('\t').map(|cell| cell.trim().to_string()).collect::<Vec<_>>();
        let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        let mut lines = lines.filter(|(_, line)| !line.trim().is_empty()).map(|(n, line)| (n + 1, cells(line)));
        let Some((_, columns)) = lines.next() else { return Err(wrong("wanted a table, got an empty file".into())) };
        let mut rows = Vec::new();
        for (n, row) in lines {
            if row.len() != columns.len() {
                let (wanted, got) = (columns.len(), row.len());
                return Err(wrong(format!("line {n}: wanted {wanted} cells, as many as columns, got {got}"))
                    .help("cells are separated by one tab each"));
            }
            rows.push(row);
        }
        Ok(Tsv { columns, rows })
    }

    /// The cells of the first of these columns that is there, whatever its case.
    #[must_use]
    pub fn column(&self, names: &[&str]) -> Option<Vec<&str>> {
        let at = names.iter().find_map(|name| self.columns.iter().position(|c| c.eq_ignore_ascii_case(name)))?;
        Some(self.rows.iter().map(|row| row[at].as_str()).collect())
    }

    /// The same, for a column that must be there.
    ///
    /// # Errors
    /// Says which columns there are.
    pub fn needed(&self, name: &str) -> Result<Vec<&str>> {
        self.column(&[name]).ok_or_else(|| {
            let there = self.columns.join(", ");
            Error::new(Kind::Format, format!("the table has no column `{name}`; its columns are {there}"))
                .help("columns are separated by tabs")
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tables_of_every_system_are_read() {
        let tsv = Tsv::parse(b"\xef\xbb\xbfparticipant_id\tSite\r\nsub-01\tA b\r\n\r\nsub-02\t n/a \r\n").unwrap();
        assert_eq!(tsv.needed("participant_id").unwrap(), ["sub-01", "sub-02"]);
        assert_eq!(tsv.column(&["center", "site"]).unwrap(), ["A b", "n/a"]);
        assert_eq!(tsv.column(&["age"]), None);
        let message = |bytes: &[u8]| Tsv::parse(bytes).unwrap_err().message().to_string();
        assert_eq!(message(b"a\tb\n1\n"), "line 2: wanted 2 cells, as many as columns, got 1");
        assert!(message(b" \n").contains("empty file"));
        assert!(message(b"a\xff").contains("UTF-8"));
        assert!(tsv.needed("index").unwrap_err().message().contains("its columns are participant_id, Site"));
    }
}
