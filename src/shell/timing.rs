//! How long a cell took, at the right edge of the first line of its value.

use std::time::Duration;

/// Cells quicker than this say nothing of their time.
const WORTH_SAYING: Duration = Duration::from_secs(1);

/// `0.8 ms`, `55.2 s`, `2 min 03 s`, `1 h 02 min`.
#[must_use]
pub fn spoken(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let whole = seconds.round() as u64;
    match seconds {
        s if s < 0.001 => format!("{:.0} us", s * 1e6),
        s if s < 0.1 => format!("{:.1} ms", s * 1e3),
        s if s < 119.95 => format!("{s:.1} s"),
        s if s < 3600.0 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

/// The value with the time it took, if that is worth saying; a value that leaves no room gets it on a line below.
#[must_use]
pub fn beside(value: &str, time: Duration, width: usize) -> String {
    if time < WORTH_SAYING { value.into() } else { always_beside(value, time, width) }
}

/// The same for any time.
#[must_use]
pub fn always_beside(value: &str, time: Duration, width: usize) -> String {
    let time = spoken(time);
    let (first, rest) = value.split_once('\n').map_or((value, None), |(first, rest)| (first, Some(rest)));
    let used = first.chars().count();
    let room = width.saturating_sub(1);
    if used + 2 + time.len() > room {
        return format!("{value}\n{time:>room$}");
    }
    let pad = room - used;
    let line = format!("{first}{time:>pad$}");
    rest.map_or(line.clone(), |rest| format!("{line}\n{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spoken_in_fitting_units() {
        let of = |seconds: f64| spoken(Duration::from_secs_f64(seconds));
        assert_eq!(of(0.000_012), "12 us");
        assert_eq!(of(0.0123), "12.3 ms");
        assert_eq!(of(55.23), "55.2 s");
        assert_eq!(of(123.0), "2 min 03 s");
        assert_eq!(of(3725.0), "1 h 02 min");
    }

    #[test]
    fn a_slow_value_has_its_time_at_the_right() {
        let slow = Duration::from_secs(55);
        assert_eq!(beside("x", Duration::from_millis(3), 20), "x");
        assert_eq!(beside("abc", slow, 20), "abc          55.0 s\n".trim_end());
        assert_eq!(beside("abc\ndef", slow, 20).lines().nth(1), Some("def"));
        let long = beside("a value as long as the line", slow, 20);
        assert_eq!(long.lines().last(), Some("             55.0 s"));
        assert_eq!(beside("", slow, 20), "             55.0 s");
    }
}
