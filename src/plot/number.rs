//! Numbers as charts write them.

use crate::base::math::{log10, powi};

/// `value` with three significant digits, or more before the point; `1.2e-5` outside `1e-4..1e6`; `n/a` when not finite.
#[must_use]
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return "n/a".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let exponent = log10(value.abs()).floor() as i32;
    if !(-4..6).contains(&exponent) {
        return format!("{value:.1e}");
    }
    fixed(value, (2 - exponent).clamp(0, 6) as usize)
}

/// `value` with so many decimals, never `-0`.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| b == b'0' || b == b'.') => rest.to_owned(),
        _ => text,
    }
}

/// Decimals that write multiples of `step` exactly, nine at most.
#[must_use]
pub fn decimals_for(step: f64) -> usize {
    let whole = |decimals: &usize| {
        let scaled = step * powi(10.0, *decimals as i32);
        scaled >= 0.5 && (scaled - scaled.round()).abs() < 1e-6 * scaled
    };
    (0..9).find(whole).unwrap_or(9)
}

/// `1 case`, `3 cases`.
#[must_use]
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// The least and the greatest finite value.
#[must_use]
pub fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.is_finite()).fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((low, high)) => Some((v.min(low), v.max(high))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let cases = [(0.0, "0"), (0.61666, "0.617"), (12.345, "12.3"), (1234.5, "1234"), (-0.05, "-0.0500")];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
        assert_eq!(short(1.2e-5), "1.2e-5");
        assert_eq!(short(f64::INFINITY), "n/a");
        assert_eq!(fixed(-0.0004, 2), "0.00");
        assert_eq!(decimals_for(0.1), 1);
        assert_eq!(decimals_for(0.25), 2);
        assert_eq!(decimals_for(5.0), 0);
        assert_eq!(extent([f64::NAN, 2.0, -1.0]), Some((-1.0, 2.0)));
    }
}
