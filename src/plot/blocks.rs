//! Charts in characters: bars of eighths, spark lines, shades.

use super::shorten::shortened;

/// A bar `share` (0 to 1) of `columns` wide, to an eighth of a column.
#[must_use]
pub fn bar(share: f64, columns: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let eighths = (share * columns as f64 * 8.0).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// Values as one line of blocks of eight heights; a value that is not finite is a blank.
#[must_use]
pub fn spark(values: &[f64], low: f64, high: f64) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let pick = |v: &f64| {
        let share = if high > low { (v - low) / (high - low) } else { 0.5 };
        if share.is_finite() { HEIGHTS[(share * 7.0).round().clamp(0.0, 7.0) as usize] } else { ' ' }
    };
    values.iter().map(pick).collect()
}

/// One of five shades, blank to full; `·` when not finite.
#[must_use]
pub fn shade(share: f64) -> char {
    const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
    if share.is_finite() { SHADES[(share * 4.0).round().clamp(0.0, 4.0) as usize] } else { '·' }
}

/// The text cut or filled with blanks to `columns` characters.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    let length = text.chars().count();
    if length <= columns {
        return format!("{text}{}", " ".repeat(columns - length));
    }
    let head = columns.saturating_sub(1).div_ceil(2);
    let tail = columns.saturating_sub(1) - head;
    let letters: Vec<char> = text.chars().collect();
    letters[..head].iter().chain(['…'].iter().take(columns)).chain(&letters[length - tail..]).collect()
}

/// The names cut or filled with blanks to `columns` characters, different ones different.
#[must_use]
pub fn fit_all(names: &[String], columns: usize) -> Vec<String> {
    let short = shortened(names, |_, text| text.chars().count() <= columns);
    short.iter().map(|name| fit(name, columns)).collect()
}

/// At most `count` values standing for all of them: means of equal stretches.
#[must_use]
pub fn condensed(values: &[f64], count: usize) -> Vec<f64> {
    if values.len() <= count || count == 0 {
        return values.to_vec();
    }
    let stretch = |i: usize| {
        let part = &values[i * values.len() / count..(i + 1) * values.len() / count];
        let finite: Vec<f64> = part.iter().copied().filter(|v| v.is_finite()).collect();
        if finite.is_empty() { f64::NAN } else { finite.iter().sum::<f64>() / finite.len() as f64 }
    };
    (0..count).map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_eighths() {
        assert_eq!(bar(0.5, 4), "██");
        assert_eq!(bar(0.53125, 4), "██▏");
        assert_eq!(bar(f64::NAN, 4), "");
        assert_eq!(bar(9.0, 3), "███");
        assert_eq!(spark(&[0.0, f64::NAN, 1.0], 0.0, 1.0), "▁ █");
        assert_eq!(fit("institution", 7), "ins…ion");
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(condensed(&[1.0, 3.0, 5.0, 7.0], 2), [2.0, 6.0]);
    }
}
