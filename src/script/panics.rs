//! A panic inside a cell is caught and reported, and the session lives on.

use std::any::Any;
use std::panic;
use std::sync::{Mutex, Once, PoisonError};

/// The name of the threads whose panics are kept for the report instead of being printed.
pub const WORKER: &str = "cell";

static INSTALL: Once = Once::new();
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps the place of a panic in a worker; other threads print theirs as before.
pub fn install() {
    INSTALL.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() == Some(WORKER) {
                let place = info.location().map(ToString::to_string);
                *LAST.lock().unwrap_or_else(PoisonError::into_inner) = place;
            } else {
                before(info);
            }
        }));
    });
}

/// What a caught panic said, and where it was raised when that is known.
#[must_use]
pub fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    let text = text.unwrap_or("no message");
    match LAST.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(place) => format!("{text} ({place})"),
        None => text.to_string(),
    }
}
