//! Scripts in and out of the shell.

use crate::base::error::{Error, Result};
use std::path::Path;

/// The text of a script. A first line for the system (`#!/usr/bin/env seqtran`) becomes a comment of the same length,
/// so that every place in an error stays where it is in the file.
///
/// # Errors
/// A file that is missing, is a folder, or is not text.
pub fn read_script(file: &Path) -> Result<String> {
    let help = "give the path of a script, such as scripts/quickstart.rhai";
    let text = std::fs::read_to_string(file)
        .map_err(|cause| Error::file(file, "the script cannot be read", cause).help(help))?;
    Ok(match text.strip_prefix("#!") {
        // Three slashes would be a doc comment, which must stand before a function.
        Some(rest) => format!("//{}", rest.replacen('/', " ", usize::from(rest.starts_with('/')))),
        None => text,
    })
}

/// Writes cells as a script that runs them one after another.
///
/// # Errors
/// When the file cannot be written.
pub fn write_script(file: &Path, cells: &[&str]) -> Result<()> {
    let text: String = cells.iter().map(|cell| statement(cell)).collect();
    std::fs::write(file, text).map_err(|cause| Error::file(file, "the cells cannot be written", cause))
}

/// A cell that may stand before another one.
fn statement(cell: &str) -> String {
    let cell = cell.trim_end();
    let last = cell.lines().last().unwrap_or_default();
    if cell.ends_with(';') || (last.trim_start().starts_with("//")) {
        format!("{cell}\n")
    } else if last.contains("//") {
        // The semicolon must not land in a comment.
        format!("{cell}\n;\n")
    } else {
        format!("{cell};\n")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn cells_become_statements() {
        assert_eq!(statement("let a = 1"), "let a = 1;\n");
        assert_eq!(statement("let a = 1;"), "let a = 1;\n");
        assert_eq!(statement("f() // why"), "f() // why\n;\n");
        assert_eq!(statement("// only a remark"), "// only a remark\n");
    }

    #[test]
    fn a_missing_script_is_named_and_a_first_line_for_the_system_is_a_comment() {
        let error = read_script(Path::new("no/such.rhai")).unwrap_err();
        assert_eq!(error.to_string(), "no/such.rhai: the script cannot be read: no such file or directory");
        let file = std::env::temp_dir().join(format!("seqtran-shebang-{}.rhai", std::process::id()));
        std::fs::write(&file, "#!/usr/bin/env seqtran\n1").unwrap();
        assert_eq!(read_script(&file).unwrap(), "// usr/bin/env seqtran\n1");
        std::fs::remove_file(&file).unwrap();
    }
}
