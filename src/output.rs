//! The only place that prints. stdout is protocol or what was asked for; all else is stderr.
//!
//! With `--verbose` it also measures: see [`Output::step`].

use std::fmt::Display;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::failure::Failure;

/// Where a person's text goes, and how it looks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Output {
    pub color: bool,
    /// `--verbose`: when this run began.
    pub verbose_since: Option<Instant>,
    /// stderr is a terminal.
    pub on_terminal: bool,
}

/// Takes the spinner away again.
#[must_use]
pub struct Waiting {
    spinner: ProgressBar,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.spinner.finish_and_clear();
    }
}

/// Something that takes time, until the value is dropped.
#[must_use]
pub struct Step<D: Display> {
    output: Output,
    what: D,
    /// When the run and when the step began, if anybody wants to know.
    began: Option<(Instant, Instant)>,
}

impl<D: Display> Drop for Step<D> {
    fn drop(&mut self) {
        if let Some((run, step)) = self.began {
            let (at, took) = (run.elapsed().as_secs_f64(), step.elapsed().as_secs_f64());
            let what = &self.what;
            self.output
                .detail(&format!("{at:.3} s  {what} ({took:.3} s)"));
        }
    }
}

impl Output {
    /// Writes the command's result to stdout.
    ///
    /// # Errors
    /// stdout is closed or full: the caller must not report success.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(|error| {
                Failure::refused("the result could not be written to standard output")
                    .cause(error.to_string())
                    .hint("whoever runs this command closed its output: let it read to the end")
            })
    }

    /// A line for the person at the terminal.
    pub fn note(&self, line: &str) {
        to_stderr(&format!("{}\n", clean(line)));
    }

    /// Text of ours in which every remote part has been cleaned already, such as a diff.
    pub fn block(&self, text: &str) {
        to_stderr(text);
    }

    pub fn warn(&self, line: &str) {
        self.labelled("warning", "33", line);
    }

    /// Shown with `--verbose` only.
    pub fn detail(&self, line: &str) {
        if self.verbose_since.is_some() {
            self.labelled("detail", "2", line);
        }
    }

    /// Names what takes time from here until the value is dropped. With `--verbose` a line tells when that was, in seconds
    /// from the start of the run, and how long it took; what a step is made of is told before it. Else no clock is read.
    pub fn step<D: Display>(&self, what: D) -> Step<D> {
        Step {
            output: *self,
            what,
            began: self.verbose_since.map(|run| (run, Instant::now())),
        }
    }

    /// A spinner on the terminal, until the value is dropped.
    pub fn waiting(&self, what: &'static str) -> Waiting {
        let target = match self.on_terminal {
            true => ProgressDrawTarget::stderr_with_hz(8),
            false => ProgressDrawTarget::hidden(),
        };
        let spinner = ProgressBar::with_draw_target(None, target)
            .with_style(ProgressStyle::default_spinner())
            .with_message(what);
        if self.on_terminal {
            spinner.enable_steady_tick(Duration::from_millis(125));
        }
        Waiting { spinner }
    }

    pub fn failure(&self, failure: &Failure) {
        self.labelled("error", "1;31", &failure.error);
        for cause in &failure.causes {
            self.labelled("cause", "1", cause);
        }
        for hint in &failure.hints {
            self.labelled("hint", "1;36", hint);
        }
    }

    fn labelled(&self, label: &str, style: &str, line: &str) {
        let line = clean(line);
        if self.color {
            to_stderr(&format!("\x1b[{style}m{label}:\x1b[0m {line}\n"));
        } else {
            to_stderr(&format!("{label}: {line}\n"));
        }
    }
}

/// A closed stderr is no reason to fail.
fn to_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A time for people: `2026-11-23 14:05 UTC (59 min left)`.
pub fn until(end: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (end - now).num_minutes();
    let left = match minutes {
        m if m <= 0 && end <= now => "over".to_owned(),
        m if m < 1 => "less than a minute left".to_owned(),
        m if m < 120 => format!("{m} min left"),
        m => format!("{} h {} min left", m / 60, m % 60),
    };
    format!("{} ({left})", end.format("%Y-%m-%d %H:%M UTC"))
}

/// Longest piece of foreign text shown, in characters.
const MAX_SHOWN: usize = 2_000;

/// Text without anything a terminal would obey: control characters (ESC, CR, newlines) and the
/// direction and zero-width characters that make text read as other text become `\u{…}`.
pub fn clean(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars().take(MAX_SHOWN) {
        if c.is_control() || steers(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// What `--output json` prints: JSON in which nothing is left that a terminal would obey, wherever it came from.
pub fn json(value: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut shown = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        // Outside of strings there is none of these but the line feed; inside, this is what JSON calls them.
        match (c != '\n') && (c.is_control() || steers(c)) {
            true => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            }
            false => shown.push(c),
        }
    }
    shown.push('\n');
    shown
}

/// Makes the text beside it read as other text.
fn steers(c: char) -> bool {
    matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{clean, json};

    #[test]
    fn json_cannot_steer_the_terminal_and_says_the_same() {
        let text = "a\u{9b}31m\u{7f}\u{202e}\u{e0041}é\n\"";
        let shown = json(&[text]);
        assert_eq!(
            shown,
            "[\n  \"a\\u009b31m\\u007f\\u202e\\udb40\\udc41é\\n\\\"\"\n]\n"
        );
        let again: Vec<String> = serde_json::from_str(&shown).unwrap();
        assert_eq!(again, [text]);
    }

    #[test]
    fn remote_text_cannot_steer_the_terminal() {
        assert_eq!(
            clean("a\x1b]52;c;x\x07b\r\nc"),
            "a\\u{1b}]52;c;x\\u{7}b\\r\\nc"
        );
        assert_eq!(clean("x\u{202e}gpj.exe"), "x\\u{202e}gpj.exe");
        assert_eq!(clean("plain é ✓"), "plain é ✓");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), 2001);
    }
}
