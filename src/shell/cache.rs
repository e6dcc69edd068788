//! The cache of results, as a person sees it.

use super::console::Console;
use crate::base::error::Result;
use crate::base::size::spoken;
use crate::io::store::Store;

/// Its folder, and how much is in it.
#[must_use]
pub fn summary(store: &Store) -> String {
    let Some(folder) = store.folder() else { return "no cache is kept: SEQTRAN_CACHE is off".into() };
    let content = store.content();
    format!(
        "folder   {}\nentries  {}\nsize     {} of at most {}",
        folder.display(),
        content.entries,
        spoken(content.bytes),
        spoken(store.cap())
    )
}

/// Empties it, and says what was there.
///
/// # Errors
/// When an entry cannot be removed.
pub fn clear(store: &Store) -> Result<String> {
    let removed = store.clear()?;
    let noun = if removed.entries == 1 { "entry" } else { "entries" };
    Ok(format!("removed {} {noun}, {}", removed.entries, spoken(removed.bytes)))
}

/// Says, the first time only, that a result could not be kept and why.
pub fn tell_trouble(store: &Store, console: &Console) {
    if let Some(reason) = store.untold_trouble() {
        console.complain(&format!("a result could not be kept, so the next run makes it again: {reason}"));
    }
}
