//! Durations, as typed: `3600`, `90m`, `1h30m`.

const HOUR: u32 = 3600;
/// The longest session of a role, in seconds.
const LONGEST: u32 = 12 * HOUR;

/// Parses the duration of a session: 15 minutes to 12 hours, in seconds.
pub(super) fn session(text: &str) -> Result<u32, String> {
    seconds(text)
        .filter(|seconds| (900..=LONGEST).contains(seconds))
        .ok_or_else(|| "must be 15m to 12h, as in 3600, 90m or 1h30m".to_owned())
}

/// Parses the longest duration of a role's sessions: 1 to 12 hours, in seconds.
pub(super) fn longest_session(text: &str) -> Result<u32, String> {
    seconds(text)
        .filter(|seconds| (HOUR..=LONGEST).contains(seconds))
        .ok_or_else(|| "must be 1h to 12h, as in 7200, 90m or 1h30m".to_owned())
}

/// Parses seconds, or numbers with units, each unit once and the larger one first.
fn seconds(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let mut rest = text;
    let mut total = 0_u32;
    for (unit, length) in [('h', HOUR), ('m', 60), ('s', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            // `parse` allows a plus sign.
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            let number: u32 = number.parse().ok().filter(|_| digits)?;
            total = number.checked_mul(length)?.checked_add(total)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_or_numbers_with_units() {
        for (text, expected) in [
            ("3600", 3600),
            ("900", 900),
            ("43200", 43_200),
            ("900s", 900),
            ("15m", 900),
            ("90m", 5400),
            ("1h", 3600),
            ("1h30m", 5400),
            ("1h0m1s", 3601),
            ("1h1s", 3601),
            ("12h", 43_200),
            ("01h", 3600),
        ] {
            assert_eq!(session(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_or_out_of_range_is_refused() {
        for text in [
            "",
            "0",
            "899",
            "43201",
            "14m",
            "13h",
            "12h1s",
            "1d",
            "1H",
            "h",
            "1h30",
            "30m1h",
            "1h1h",
            "+1h",
            "-1h",
            "+3600",
            "1.5h",
            "1 h",
            " 1h",
            "1h ",
            "1_000",
            "99999999999",
            "99999999h",
            "4294967295s1",
            "٣٦٠٠",
            "forever",
        ] {
            assert!(session(text).is_err(), "{text}");
        }
        assert!(longest_session("59m").is_err() && longest_session("1h") == Ok(3600));
    }
}
