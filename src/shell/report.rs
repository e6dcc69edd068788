//! What a cell or a script gave, as a person sees it: values, figures, faults.

use super::console::Console;
use super::graphics::{self, Mode};
use super::style::Role;
use crate::base::error::{Error, Result};
use crate::plot::figure::Figure;
use crate::script::excerpt::Ink;
use crate::script::fault::Fault;
use std::path::{Path, PathBuf};

/// What code is called that stands in a command.
pub const CODE: &str = "code";

/// A fault on standard error. Of a text that is not on the screen, as a file, it says where the fault is.
pub fn fault(console: &Console, fault: &Fault) {
    let palette = console.error_palette();
    let painted = fault.painted(&|ink, text| match ink {
        Ink::Cross | Ink::Mark => palette.paint(Role::Bad, text),
        Ink::Message => palette.paint(Role::Strong, text),
        Ink::Gutter => palette.paint(Role::Quiet, text),
        Ink::Help => palette.paint(Role::Help, text),
        Ink::Source => text.into(),
    });
    let place = fault.place.as_ref().filter(|place| !place.source.starts_with("st[") && place.source != CODE);
    let place = place.map_or_else(String::new, |place| {
        let at = format!("at {}:{}:{}", place.source, place.line, place.column);
        format!("\n  {}", palette.paint(Role::Quiet, &at))
    });
    console.complain(&format!("{painted}{place}"));
}

/// An error on standard error in the same dress.
pub fn error(console: &Console, problem: &Error) {
    fault(console, &Fault::from(problem.clone()));
}

/// Shows a figure, whose picture is `png`, `width` columns wide where it is drawn in letters; the path of its file, if it
/// went to one, which is named after `name`.
///
/// # Errors
/// When its file cannot be written.
pub fn figure(
    console: &Console,
    mode: Mode,
    (figure, png): (&Figure, &[u8]),
    width: usize,
    name: &str,
) -> Result<Option<PathBuf>> {
    if let Some(codes) = mode.inline(png) {
        console.emit(&format!("{codes}\n"));
        return Ok(None);
    }
    if mode == Mode::Text {
        console.say(figure.text(width).trim_end());
    }
    let path = store(png, name)?;
    console.say(&path.display().to_string());
    Ok(Some(path))
}

fn store(png: &[u8], name: &str) -> Result<PathBuf> {
    let folder = Path::new(graphics::FOLDER);
    std::fs::create_dir_all(folder).map_err(|cause| Error::file(folder, "the folder cannot be made", cause))?;
    let path = graphics::free_path(folder, name);
    std::fs::write(&path, png).map_err(|cause| Error::file(&path, "the figure cannot be written", cause))?;
    Ok(path)
}
