//! What moves on the terminal while something takes its time.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Output;

/// The most things that are done without a bar.
const FEW: usize = 8;

/// Shows a spinner until dropped.
#[must_use]
pub struct Waiting {
    spinner: ProgressBar,
}

/// Shows how much of a number of things is done, until dropped.
#[must_use]
pub struct Counting {
    bar: ProgressBar,
}

impl Counting {
    pub fn add_one(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Waiting {
    /// Runs what prints, while the spinner is not there.
    pub fn pause<R>(&self, print: impl FnOnce() -> R) -> R {
        self.spinner.suspend(print)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.spinner.finish_and_clear();
    }
}

impl Output {
    /// Shows a spinner on the terminal until the value is dropped.
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

    /// Shows a bar with counts on the terminal until the value is dropped, as in `████░░░░  12/50 clusters`; nothing where so few
    /// things are done in a moment.
    pub fn counting(&self, what: &'static str, number: usize) -> Counting {
        let target = match self.on_terminal && number > FEW {
            true => ProgressDrawTarget::stderr_with_hz(8),
            false => ProgressDrawTarget::hidden(),
        };
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(number as u64), target)
            .with_style(style.progress_chars("█░"))
            .with_message(what);
        Counting { bar }
    }
}
