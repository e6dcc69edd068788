//! Parameters are checked once; algorithms take only the checked type.

use super::error::Result;
use std::ops::Deref;

/// Options as a person gave them.
pub trait Params: Sized {
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

/// An option's value is inside `[low, high]`.
///
/// # Errors
/// Names the option, the range and the value.
pub fn within<T: PartialOrd + std::fmt::Display>(option: &str, value: T, low: T, high: T) -> Result<()> {
    crate::ensure!(value >= low && value <= high, "option `{option}` must be in {low}..={high}, got {value}");
    Ok(())
}
