//! Numbers, texts and arrays out of script values; whole numbers are numbers everywhere.

use super::fault::Fault;
use super::kinds::spoken_type;
use rhai::{Array, Dynamic};

/// The number a value is.
#[must_use]
pub fn as_number(value: &Dynamic) -> Option<f64> {
    value.as_float().or_else(|_| value.as_int().map(|n| n as f64)).ok()
}

/// The whole number a value is; `3.0` is one.
#[must_use]
pub fn as_whole(value: &Dynamic) -> Option<i64> {
    let whole = |x: f64| (x.fract() == 0.0 && x.abs() < 9e15).then_some(x as i64);
    value.as_int().ok().or_else(|| value.as_float().ok().and_then(whole))
}

/// The value with its sort, for messages: `"abc"`, `-3`, `an array [1, 2]`.
#[must_use]
pub fn spoken_value(value: &Dynamic) -> String {
    match value.as_array_ref() {
        Ok(_) => format!("an array {}", shortened(&written(value))),
        Err(_) => shortened(&written(value)),
    }
}

/// The value as it is written; of those that cannot be, the sort.
fn written(value: &Dynamic) -> String {
    if let Ok(array) = value.as_array_ref() {
        return format!("[{}]", array.iter().map(written).collect::<Vec<_>>().join(", "));
    }
    match value.type_name() {
        "i64" | "f64" | "bool" => value.to_string(),
        "string" => format!("{:?}", value.clone().into_string().unwrap_or_default()),
        name => spoken_type(name),
    }
}

/// A text of at most 48 characters; what is cut out of its middle is marked.
#[must_use]
pub fn shortened(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= 48 {
        return text.into();
    }
    let (head, tail) = (&letters[..32], &letters[letters.len() - 12..]);
    head.iter().chain(&[' ', '.', '.', ' ']).chain(tail).collect()
}

/// A number argument.
///
/// # Errors
/// Names the function, the argument and what was got.
pub fn number(function: &str, argument: &str, value: &Dynamic) -> Result<f64, Fault> {
    as_number(value).ok_or_else(|| wrong(function, argument, "a number", value))
}

/// A count argument: a whole number, 0 or more.
///
/// # Errors
/// Names the function, the argument and what was got.
pub fn count(function: &str, argument: &str, value: i64) -> Result<usize, Fault> {
    let message = || format!("argument `{argument}` of {function} must be 0 or more, got {value}");
    usize::try_from(value).map_err(|_| Fault::argument(message()))
}

/// An array of numbers.
///
/// # Errors
/// Names the function, the argument and the first element that is no number.
pub fn numbers(function: &str, argument: &str, values: &[Dynamic]) -> Result<Vec<f64>, Fault> {
    each(function, argument, values, "a number", as_number)
}

/// An array of texts.
///
/// # Errors
/// Names the function, the argument and the first element that is no text.
pub fn texts(function: &str, argument: &str, values: &[Dynamic]) -> Result<Vec<String>, Fault> {
    each(function, argument, values, "a text", |value| value.clone().into_string().ok())
}

/// One text or an array of texts.
///
/// # Errors
/// Names the function, the argument and what was got.
pub fn text_or_texts(function: &str, argument: &str, value: &Dynamic) -> Result<Vec<String>, Fault> {
    if let Ok(text) = value.clone().into_string() {
        return Ok(vec![text]);
    }
    let array = value.as_array_ref().map_err(|_| wrong(function, argument, "a text or an array of texts", value))?;
    texts(function, argument, &array)
}

/// An array of values of one type.
///
/// # Errors
/// Names the function, the argument and the first element of another type.
pub fn values<T: Clone + Send + Sync + 'static>(
    function: &str,
    argument: &str,
    array: &[Dynamic],
    kind: &str,
) -> Result<Vec<T>, Fault> {
    each(function, argument, array, kind, |value| value.clone().try_cast::<T>())
}

/// Three whole numbers above 0.
///
/// # Errors
/// Names the function and what was got.
pub fn triple(function: &str, argument: &str, array: &Array) -> Result<[usize; 3], Fault> {
    let whole = |value: &Dynamic| as_whole(value).and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    let sides: Option<Vec<usize>> = array.iter().map(whole).collect();
    let got = array.iter().map(spoken_value).collect::<Vec<_>>().join(", ");
    sides.and_then(|sides| sides.try_into().ok()).ok_or_else(|| {
        Fault::argument(format!(
            "argument `{argument}` of {function} must be [x, y, z] of whole numbers above 0, got [{got}]"
        ))
    })
}

/// Three numbers; what they may be is said by what takes them.
///
/// # Errors
/// Names the function and what was got.
pub fn lengths(function: &str, argument: &str, array: &Array) -> Result<[f64; 3], Fault> {
    let numbers: Option<Vec<f64>> = array.iter().map(as_number).collect();
    let got = array.iter().map(spoken_value).collect::<Vec<_>>().join(", ");
    numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| {
        Fault::argument(format!("argument `{argument}` of {function} must be [x, y, z] of numbers, got [{got}]"))
    })
}

fn each<T>(
    function: &str,
    argument: &str,
    values: &[Dynamic],
    kind: &str,
    read: impl Fn(&Dynamic) -> Option<T>,
) -> Result<Vec<T>, Fault> {
    let element = |(at, value)| read(value).ok_or_else(|| wrong(function, &format!("{argument}[{at}]"), kind, value));
    values.iter().enumerate().map(element).collect()
}

/// The fault of an argument of the wrong sort.
#[must_use]
pub fn wrong(function: &str, argument: &str, wanted: &str, got: &Dynamic) -> Fault {
    Fault::argument(format!("argument `{argument}` of {function} must be {wanted}, got {}", spoken_value(got)))
}
