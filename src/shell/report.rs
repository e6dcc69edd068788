//! What a cell or a script gave, as a person sees it: values, figures, faults.

use super::console::Console;
use super::style::Role;
use crate::base::error::Error;
use crate::script::excerpt::Ink;
use crate::script::fault::Fault;

/// A fault on standard error, with the place in its file when it has one.
pub fn fault(console: &Console, fault: &Fault) {
    let palette = console.error_palette();
    let painted = fault.painted(&|ink, text| match ink {
        Ink::Cross | Ink::Mark => palette.paint(Role::Bad, text),
        Ink::Message => palette.paint(Role::Strong, text),
        Ink::Gutter => palette.paint(Role::Quiet, text),
        Ink::Help => palette.paint(Role::Help, text),
        Ink::Source => text.into(),
    });
    console.complain(&painted);
}

/// An error on standard error in the same dress.
pub fn error(console: &Console, problem: &Error) {
    fault(console, &Fault::from(problem.clone()));
}
