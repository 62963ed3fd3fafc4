//! Durations as people write them: `1500ms`, `20s`, `10m`, `7d`, `1h 30m`.

use std::time::Duration;

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads whole numbers, each with its unit. `None` for anything else, signs and decimals included.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = split_while(rest, |c| c.is_ascii_digit());
        let (unit, after) = split_while(after, |c| c.is_ascii_alphabetic());
        let (_, ms) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*ms)?)?;
        rest = after.trim_start();
    }
    Some(Duration::from_millis(total))
}

/// The duration in its largest whole unit.
pub(crate) fn spoken(duration: Duration) -> String {
    let total = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let fits = |&&(_, ms): &&(&str, u64)| total >= ms && total.is_multiple_of(ms);
    match UNITS.iter().rev().find(fits) {
        Some((unit, ms)) => format!("{}{unit}", total / ms),
        None => "0s".to_owned(),
    }
}

fn split_while(text: &str, keep: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !keep(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_and_no_sign() {
        for (text, ms) in [
            ("1500ms", Some(1_500)),
            ("20s", Some(20_000)),
            (" 10m ", Some(600_000)),
            ("7d", Some(604_800_000)),
            ("1h 30m", Some(5_400_000)),
            ("1h30m", Some(5_400_000)),
            ("0s", Some(0)),
            ("", None),
            ("5", None),
            ("s", None),
            ("-5s", None),
            ("1.5s", None),
            ("5 s", None),
            ("5sec", None),
            ("5S", None),
            ("99999999999999999999s", None),
            ("18446744073709551615d", None),
        ] {
            assert_eq!(duration(text), ms.map(Duration::from_millis), "{text:?}");
        }
    }

    #[test]
    fn a_duration_is_spoken_as_it_can_be_read() {
        for text in ["100ms", "5s", "90s", "10m", "24h", "7d", "0s"] {
            let read = duration(text).unwrap();
            assert_eq!(duration(&spoken(read)), Some(read), "{text}");
        }
        assert_eq!(spoken(Duration::from_secs(3_600)), "1h");
    }
}
