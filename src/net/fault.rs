//! Errors of the tensor library as ours.

use crate::base::error::{Error, Kind};

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or("unknown").to_string();
        Error::new(Kind::Internal, format!("tensor computation: {first}")).caused_by(error)
    }
}
