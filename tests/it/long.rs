//! Long runs: kills, failing system calls, races with other writers, crowds, and secrets in the wrong place.
//!
//! `cargo test` runs a short form of each. `tests/long` runs the long form, with APONO_LOGIN_LONG=FILE: each run appends a line
//! with its result to that file.

mod calls;
mod crowd;
mod errno;
mod kill;
mod race;
mod race_kubeconfig;
mod secrets;
mod tree;
mod writers;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Instant;

/// The file for results, if this is the long form.
const LONG: &str = "APONO_LOGIN_LONG";
/// The failures that are shown.
const SHOWN: usize = 12;

fn is_long() -> bool {
    std::env::var_os(LONG).is_some()
}

/// Returns the number of rounds of this form.
fn rounds(short: usize, long: usize) -> usize {
    if is_long() { long } else { short }
}

/// Returns the items of this form: all, or `short` of them, evenly spread.
fn sample<T>(mut items: Vec<T>, short: usize) -> Vec<T> {
    if !is_long() && items.len() > short {
        let (count, mut at) = (items.len(), 0);
        // Keeps the first of each of `short` equal parts.
        items.retain(|_| {
            at += 1;
            (at - 1) * short / count != at * short / count
        });
    }
    items
}

/// Returns a number from 0 to 1 for each round: any stretch of rounds covers that range evenly.
fn spread(round: usize) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    (round as f64 * GOLDEN).fract()
}

/// The result of a run.
struct Tally {
    what: String,
    started: Instant,
    rounds: usize,
    failures: Vec<String>,
    /// What is counted besides failures, as it stands in the table.
    note: String,
}

impl Tally {
    fn new(what: impl Into<String>) -> Tally {
        Tally {
            what: what.into(),
            started: Instant::now(),
            rounds: 0,
            failures: Vec::new(),
            note: String::new(),
        }
    }

    fn round(&mut self, result: Result<(), String>) {
        self.rounds += 1;
        self.failures.extend(result.err());
    }

    /// Records the result, and expects that there was no failure.
    #[track_caller]
    fn end(self) {
        let (failures, seconds) = (self.failures.len(), self.started.elapsed().as_secs());
        let line = format!(
            "{}\t{}\t{failures}\t{seconds} s\t{}\n",
            self.what, self.rounds, self.note
        );
        print!("{line}");
        if let Some(file) = std::env::var_os(LONG) {
            let file = std::fs::File::options()
                .append(true)
                .create(true)
                .open(file);
            file.unwrap().write_all(line.as_bytes()).unwrap();
        }
        let mut kinds = BTreeMap::new();
        for failure in self.failures {
            *kinds.entry(failure).or_insert(0) += 1;
        }
        let shown = kinds.iter().take(SHOWN);
        let shown: Vec<_> = shown
            .map(|(failure, times)| format!("{times} times: {failure}"))
            .collect();
        let (what, rounds) = (&self.what, self.rounds);
        assert_eq!(
            failures,
            0,
            "{what}: of {rounds} rounds\n{}",
            shown.join("\n\n")
        );
    }
}

#[test]
fn samples_are_spread_over_all_items() {
    if !is_long() {
        assert_eq!(sample((0..100).collect(), 4), [24, 49, 74, 99]);
        assert_eq!(sample((0..3).collect(), 4), [0, 1, 2]);
    }
}
