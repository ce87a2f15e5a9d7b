//! Prints. Nothing else in the crate does.
//!
//! Standard output carries the protocol or the result; everything else goes to standard error. With `--verbose` it also
//! measures: see [`Output::step`].

mod progress;
mod style;
mod time;
mod wrap;

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anstream::ColorChoice;
use serde::Serialize;

use crate::failure::{Failure, hints};
use crate::sys::terminal::{self, Stream};
use style::colored;
pub use style::{Palette, Style};
pub use time::{at, at_second, span, until};
pub use wrap::{chars, folded, wrapped};

/// How the run prints: `--color`, `--verbose`, and whether it is on a terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Output {
    /// `--color`.
    pub color: ColorChoice,
    /// With `--verbose`, the time at which this run began.
    pub verbose_since: Option<Instant>,
    /// Standard error is a terminal.
    pub on_terminal: bool,
    /// Nothing but a failure is printed on standard error: see [`Output::for_a_program`].
    pub holds_back: bool,
}

/// What this run has held back so far.
static HELD: Mutex<Vec<Held>> = Mutex::new(Vec::new());

enum Held {
    Text(String),
    /// A warning, without its label.
    Warning(String),
}

/// Measures a step of the run, which ends when the value is dropped.
#[must_use]
pub struct Step<D: Display> {
    output: Output,
    what: D,
    /// When the run and the step began; `None` without `--verbose`.
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
    /// Returns the colors of standard output. Only text for people may have them; the protocol and JSON never do.
    pub fn stdout(&self) -> Palette {
        let colored = colored(Stream::Stdout, self.color);
        Palette { colored }
    }

    /// Returns the colors of standard error.
    pub fn stderr(&self) -> Palette {
        let colored = colored(Stream::Stderr, self.color);
        Palette { colored }
    }

    /// Writes the command's result to standard output.
    ///
    /// # Errors
    /// Standard output is closed or full: the caller must not report success.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(|error| {
                Failure::refused("could not write the result to standard output")
                    .cause(error.to_string())
                    .hint("let the program that runs this command read its output to the end")
            })
    }

    /// Prints a text of clap: help on standard output, or what is wrong with the command line on standard error.
    pub fn of_clap(&self, error: &clap::Error) {
        let palette = match error.use_stderr() {
            true => self.stderr(),
            false => self.stdout(),
        };
        let text = match palette.is_colored() {
            true => error.render().ansi().to_string(),
            false => error.render().to_string(),
        };
        match error.use_stderr() {
            true => to_stderr(&text),
            // Help that is not read to its end is no failure.
            false => drop(self.result(&text)),
        }
    }

    /// Returns the output of a command that other programs run: some parse standard error as part of the answer, and go on
    /// without credentials. So nothing is printed on it unless the command fails, a person sees it, or `--verbose` asks for it.
    pub fn for_a_program(self) -> Self {
        Output {
            holds_back: !self.on_terminal && self.verbose_since.is_none(),
            ..self
        }
    }

    /// Prints a line for the person at the terminal.
    pub fn note(&self, line: &str) {
        self.block(&format!("{}\n", clean(&hints::as_typed(line.into()))));
    }

    /// Prints text as it is: remote text in it must have been cleaned, as in a diff.
    pub fn block(&self, text: &str) {
        match self.holds_back {
            true => held().push(Held::Text(text.to_owned())),
            false => to_stderr(text),
        }
    }

    pub fn warn(&self, line: &str) {
        match self.holds_back {
            true => held().push(Held::Warning(line.to_owned())),
            false => self.labelled("warning:", Style::Warning, line),
        }
    }

    /// Returns the warnings that were held back, without control characters.
    pub fn held_warnings(&self) -> Vec<String> {
        let held = held();
        let warnings = held.iter().filter_map(|held| match held {
            Held::Warning(line) => Some(clean(line)),
            Held::Text(_) => None,
        });
        warnings.collect()
    }

    /// Prints a line with `--verbose` only.
    pub fn detail(&self, line: &str) {
        if self.verbose_since.is_some() {
            self.labelled("detail:", Style::Dim, line);
        }
    }

    /// Measures a step, which ends when the value is dropped. With `--verbose` a line then says when it ended, in seconds
    /// from the start of the run, and how long it took; the steps inside it are printed before it. Without `--verbose` no
    /// clock is read.
    pub fn step<D: Display>(&self, what: D) -> Step<D> {
        Step {
            output: *self,
            what,
            began: self.verbose_since.map(|run| (run, Instant::now())),
        }
    }

    /// Prints why the command failed, after all that was held back.
    pub fn failure(&self, failure: &Failure) {
        for held in std::mem::take(&mut *held()) {
            match held {
                Held::Text(text) => to_stderr(&text),
                Held::Warning(line) => self.labelled("warning:", Style::Warning, &line),
            }
        }
        self.labelled("error:", Style::Error, &failure.error);
        for cause in &failure.causes {
            self.labelled("cause:", Style::Heading, cause);
        }
        for hint in &failure.hints {
            self.labelled("hint:", Style::Hint, hint);
        }
    }

    fn labelled(&self, label: &str, style: Style, line: &str) {
        let label = self.stderr().paint(style, label);
        to_stderr(&format!(
            "{label} {}\n",
            clean(&hints::as_typed(line.into()))
        ));
    }
}

fn held() -> MutexGuard<'static, Vec<Held>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints to standard error; that it is closed is no reason to fail.
fn to_stderr(text: &str) {
    let text = match terminal::needs_carriage_returns() {
        true => Cow::Owned(text.replace('\n', "\r\n")),
        false => Cow::Borrowed(text),
    };
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// The longest remote text that is shown, in characters.
const MAX_SHOWN: usize = 2_000;

/// Returns the text without anything a terminal would obey: control characters (ESC, CR, newlines), and the direction and
/// zero-width characters that make text read as other text, become `\u{…}`.
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

/// Returns what `--output json` prints: JSON in which nothing is left that a terminal would obey, whatever its source.
pub fn json(value: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut shown = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        // Outside of strings JSON has none of these but the line feed; inside, this is their JSON escape.
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

/// Returns whether the character makes the text beside it read as other text.
fn steers(c: char) -> bool {
    matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(color: ColorChoice) -> Output {
        Output {
            color,
            ..Output::default()
        }
    }

    /// Independent of the terminal and the environment of the test run.
    #[test]
    fn color_always_colors_both_streams_and_never_none() {
        let always = output(ColorChoice::Always);
        for palette in [always.stdout(), always.stderr()] {
            let shown = palette.paint(Style::Ok, "ok").to_string();
            assert_eq!(shown, "\x1b[32mok\x1b[0m");
        }
        let never = output(ColorChoice::Never);
        for palette in [never.stdout(), never.stderr(), Palette::default()] {
            assert!(!palette.is_colored());
            assert_eq!(palette.paint(Style::Ok, "ok").to_string(), "ok");
        }
    }

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
