//! The colors of what is printed.

use std::fmt::{self, Display};
use std::io;

use anstream::{AutoStream, ColorChoice};
use anstyle::AnsiColor;

use crate::sys::terminal::{Stream, obeys_escape_codes};

/// What a piece of text is, and so which color it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Ok,
    Failed,
    Error,
    Warning,
    Hint,
    /// A line that a diff adds.
    Added,
    /// A line that a diff removes.
    Removed,
    /// Text of lesser weight.
    Dim,
    Heading,
}

impl Style {
    fn ansi(self) -> anstyle::Style {
        let plain = anstyle::Style::new();
        match self {
            Style::Ok | Style::Added => AnsiColor::Green.on_default(),
            Style::Failed | Style::Error => AnsiColor::Red.on_default().bold(),
            Style::Warning => AnsiColor::Yellow.on_default().bold(),
            Style::Hint => AnsiColor::Cyan.on_default().bold(),
            Style::Removed => AnsiColor::Red.on_default(),
            Style::Dim => plain.dimmed(),
            Style::Heading => plain.bold(),
        }
    }
}

/// The colors of one stream: see [`Output::stdout`] and [`Output::stderr`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Palette {
    pub(super) colored: bool,
}

impl Palette {
    /// Returns the text in the color of its style, where the stream is colored. Width and alignment apply to the text without
    /// its escape codes, as in `format!("{:<8}", palette.paint(Style::Ok, "ok"))`.
    pub fn paint(self, style: Style, text: &str) -> Painted<'_> {
        Painted {
            style: self.colored.then(|| style.ansi()),
            text,
        }
    }

    pub fn is_colored(self) -> bool {
        self.colored
    }

    /// Returns the colors of a stream that is colored, for tests.
    #[cfg(test)]
    pub fn colored() -> Self {
        Palette { colored: true }
    }
}

/// Text with its color, to be printed.
#[derive(Debug, Clone, Copy)]
pub struct Painted<'a> {
    style: Option<anstyle::Style>,
    text: &'a str,
}

impl Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(style) = self.style else {
            return f.pad(self.text);
        };
        write!(f, "{style}")?;
        f.pad(self.text)?;
        write!(f, "{style:#}")
    }
}

/// Returns whether a stream is to be colored; nothing else decides that, for any text. `Auto` colors a terminal, subject to
/// `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM`, which anstream reads. Decided when something is printed, and so never on the
/// hot path.
///
/// anstream does not look whether a console of Windows obeys escape codes where `TERM` is set, and switches none to them where the
/// other stream is a file.
pub(super) fn colored(stream: Stream, choice: ColorChoice) -> bool {
    let automatic = || match stream {
        Stream::Stdout => AutoStream::choice(&io::stdout()),
        Stream::Stderr => AutoStream::choice(&io::stderr()),
    };
    is_colored(choice, automatic, || obeys_escape_codes(stream))
}

fn is_colored(
    choice: ColorChoice,
    automatic: impl FnOnce() -> ColorChoice,
    obeys: impl FnOnce() -> bool,
) -> bool {
    let choice = match choice {
        ColorChoice::Auto => automatic(),
        choice => choice,
    };
    choice != ColorChoice::Never && obeys()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_shows_escape_codes_as_text_has_none() {
        use ColorChoice::{Always, Auto, Never};
        for (choice, automatic, expected) in [
            (Always, Never, true),
            (Never, Always, false),
            (Auto, Always, true),
            (Auto, Never, false),
        ] {
            assert_eq!(is_colored(choice, || automatic, || true), expected);
            assert!(!is_colored(choice, || automatic, || false));
        }
        // A console that is not to be colored is not switched.
        assert!(!is_colored(Never, || Always, || panic!("switched")));
    }

    #[test]
    fn every_style_has_a_color_that_ends_with_the_text() {
        let palette = Palette { colored: true };
        for style in [
            Style::Ok,
            Style::Failed,
            Style::Error,
            Style::Warning,
            Style::Hint,
            Style::Added,
            Style::Removed,
            Style::Dim,
            Style::Heading,
        ] {
            let shown = palette.paint(style, "text").to_string();
            assert!(shown.starts_with("\x1b["), "{style:?}");
            assert!(shown.ends_with("text\x1b[0m"), "{style:?}");
        }
    }

    #[test]
    fn columns_are_padded_by_what_is_seen() {
        for colored in [true, false] {
            let palette = Palette { colored };
            let shown = format!("{:<8}|", palette.paint(Style::Failed, "FAILED"));
            assert_eq!(
                anstream::adapter::strip_str(&shown).to_string(),
                "FAILED  |"
            );
        }
    }
}
