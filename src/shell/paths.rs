//! Completion of file paths.

use super::insight::Candidate;
use std::path::Path;

/// How many bytes of the path stay, and what may follow them; hidden files only when the path asks for them.
#[must_use]
pub fn complete(path: &str) -> (usize, Vec<Candidate>) {
    let (folder, part) = path.rfind('/').map_or(("", path), |slash| path.split_at(slash + 1));
    let place = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    let Ok(listing) = std::fs::read_dir(place) else { return (folder.len(), Vec::new()) };
    let mut found: Vec<Candidate> = listing
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let wanted = name.starts_with(part) && (!name.starts_with('.') || part.starts_with('.'));
            let is_folder = entry.path().is_dir();
            wanted.then(|| Candidate::plain(if is_folder { format!("{name}/") } else { name }))
        })
        .collect();
    found.sort_by(|a, b| a.text.cmp(&b.text));
    (folder.len(), found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_completed_from_its_last_part() {
        let folder = std::env::temp_dir().join(format!("seqtran-paths-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("data")).unwrap();
        for name in ["dice.png", "dice.svg", "x", ".hidden"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        let texts = |path: &str| -> Vec<String> { complete(path).1.into_iter().map(|found| found.text).collect() };
        let path = format!("{}/d", folder.display());
        assert_eq!(complete(&path).0, path.len() - 1);
        assert_eq!(texts(&path), ["data/", "dice.png", "dice.svg"]);
        assert_eq!(texts(&format!("{}/.", folder.display())), [".hidden"]);
        assert_eq!(texts("no such folder/x"), [""; 0]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
