//! Errors of the tensor library as ours.

use crate::base::error::{Error, Kind};

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Error::new(Kind::Internal, format!("tensor computation: {}", told(&error))).caused_by(error)
    }
}

/// What an error says, without the backtrace that follows where `RUST_BACKTRACE` is set.
pub(super) fn told(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or("unknown").to_owned()
}
