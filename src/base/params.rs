//! Parameters are checked once; algorithms take only the checked type.

use super::error::{Error, Result};
use std::ops::Deref;

/// Options as a person gave them.
pub trait Params: Sized {
    /// The options that are numbers and have a range: what is checked, and what help says.
    const RANGES: &'static [Range] = &[];

    /// Says whether every option is in its range and whether they fit together.
    ///
    /// # Errors
    /// An argument error that names the option, the value it had and the values it may have.
    fn validate(&self) -> Result<()>;

    /// The checked form, the only one algorithms accept.
    ///
    /// # Errors
    /// As [`Params::validate`].
    fn check(self) -> Result<Checked<Self>> {
        self.validate()?;
        Ok(Checked(self))
    }

    /// An option's value is in its range of [`Params::RANGES`].
    ///
    /// # Errors
    /// Names the option, the range and the value.
    fn inside(option: &str, value: f64) -> Result<()> {
        match Self::RANGES.iter().find(|range| range.option == option) {
            Some(range) if range.holds(value) => Ok(()),
            Some(range) => Err(Error::argument(range.refusal(value))),
            None => Err(Error::internal(format!("option `{option}` has no range"))),
        }
    }
}

/// The numbers that an option may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The option.
    pub option: &'static str,
    low: f64,
    high: f64,
    open: bool,
}

impl Range {
    /// From `low` to `high`, both ends included; a bound of infinity is none.
    #[must_use]
    pub const fn new(option: &'static str, low: f64, high: f64) -> Self {
        Range { option, low, high, open: false }
    }

    /// Between `low` and `high`, both ends left out.
    #[must_use]
    pub const fn between(option: &'static str, low: f64, high: f64) -> Self {
        Range { option, low, high, open: true }
    }

    /// Whether a number is in it.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        if self.open { value > self.low && value < self.high } else { value >= self.low && value <= self.high }
    }

    /// What a number out of it is told; the value as it was written.
    #[must_use]
    pub fn refusal(&self, value: impl std::fmt::Display) -> String {
        format!("option `{}` must be {self}, got {value}", self.option)
    }
}

/// `1 to 64`, `1 or more`, `above 0 and below 1`.
impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Range { low, high, open: true, .. } => write!(f, "above {low} and below {high}"),
            Range { low, high, .. } if high.is_infinite() => write!(f, "{low} or more"),
            Range { low, high, .. } => write!(f, "{low} to {high}"),
        }
    }
}

/// Options that passed [`Params::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct Checked<P>(P);

impl<P> Checked<P> {
    /// The options, to be changed and checked again.
    pub fn into_inner(self) -> P {
        self.0
    }
}

impl<P> Deref for Checked<P> {
    type Target = P;
    fn deref(&self) -> &P {
        &self.0
    }
}

/// An option's value is inside `[low, high]`, its bounds not being data.
///
/// # Errors
/// Names the option, the range and the value.
pub fn within<T: PartialOrd + std::fmt::Display>(option: &str, value: T, low: T, high: T) -> Result<()> {
    crate::ensure!(value >= low && value <= high, "option `{option}` must be {low} to {high}, got {value}");
    Ok(())
}
