//! Times as people read them: in the zone of this computer, with its offset from UTC. JSON has its own, in UTC.
//!
//! The zone is looked up where a time is printed and nowhere else: a run that prints none does not read the zone's file.

use chrono::{DateTime, Datelike, FixedOffset, Local, Offset, TimeDelta, TimeZone, Utc};

/// Returns a time and how far away it is: `2026-11-24 19:00 +01:00 (in 59 min)`.
pub fn until(end: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format!("{} ({})", at(end), left(end, now))
}

/// Returns a time to the minute: `2026-11-24 19:00 +01:00`, or `2026-11-24 18:00 UTC`.
pub fn at(time: DateTime<Utc>) -> String {
    shown(time, offset(time), "%H:%M")
}

/// Returns a time to the second, for times that are compared with each other: `2026-11-24 18:00:05 UTC`.
pub fn at_second(time: DateTime<Utc>) -> String {
    shown(time, offset(time), "%H:%M:%S")
}

/// Returns what is left until `end`: `in 59 min`, or `expired`.
fn left(end: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match end - now {
        left if left <= TimeDelta::zero() => "expired".to_owned(),
        left => format!("in {}", span(left)),
    }
}

/// Returns a positive span in its two largest units: `59 min`, `11 h 20 min`, `6 d 23 h`.
pub fn span(span: TimeDelta) -> String {
    let minutes = span.num_minutes();
    let (hours, days) = (minutes / 60, minutes / (24 * 60));
    let two = |(big, big_unit), (small, small_unit)| match small {
        0 => format!("{big} {big_unit}"),
        small => format!("{big} {big_unit} {small} {small_unit}"),
    };
    match minutes {
        ..=0 => "less than a minute".to_owned(),
        1..60 => format!("{minutes} min"),
        _ if hours < 48 => two((hours, "h"), (minutes % 60, "min")),
        _ => two((days, "d"), (hours % 24, "h")),
    }
}

/// Returns how far this computer's zone was, is or will be from UTC at that time.
fn offset(time: DateTime<Utc>) -> FixedOffset {
    // What others send as a time can lie so far away that the rules of a zone are not defined for it.
    match time.year() {
        1970..=9999 => Local.offset_from_utc_datetime(&time.naive_utc()),
        _ => Utc.fix(),
    }
}

fn shown(time: DateTime<Utc>, offset: FixedOffset, clock: &str) -> String {
    let zone = match offset.local_minus_utc() {
        0 => "UTC",
        _ => "%:z",
    };
    let format = format!("%Y-%m-%d {clock} {zone}");
    time.with_timezone(&offset).format(&format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn times_have_the_offset_of_their_zone() {
        let cases = [
            (0, "2026-11-24 12:00 UTC"),
            (3_600, "2026-11-24 13:00 +01:00"),
            (-12_600, "2026-11-24 08:30 -03:30"),
            (50_400, "2026-11-25 02:00 +14:00"),
        ];
        for (seconds, expected) in cases {
            let offset = FixedOffset::east_opt(seconds).unwrap();
            assert_eq!(shown(noon(), offset, "%H:%M"), expected);
        }
        assert_eq!(
            shown(noon(), Utc.fix(), "%H:%M:%S"),
            "2026-11-24 12:00:00 UTC"
        );
    }

    #[test]
    fn times_that_no_zone_has_rules_for() {
        for extreme in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
            assert!(at(extreme).ends_with(" UTC"));
            until(extreme, noon());
        }
    }

    #[test]
    fn what_is_left() {
        let cases = [
            (-1, "expired"),
            (0, "expired"),
            (59, "in less than a minute"),
            (60, "in 1 min"),
            (3_599, "in 59 min"),
            (3_600, "in 1 h"),
            (40_800, "in 11 h 20 min"),
            (2 * 86_400, "in 2 d"),
            (7 * 86_400 - 60, "in 6 d 23 h"),
        ];
        for (seconds, expected) in cases {
            let end = noon() + TimeDelta::seconds(seconds);
            assert_eq!(left(end, noon()), expected);
        }
    }
}
