//! The colors of what is printed.

use std::fmt::{self, Display};

use anstream::{AutoStream, ColorChoice};
use anstyle::AnsiColor;

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

/// Returns whether a stream is to be colored. `Auto` colors a terminal, subject to `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`
/// and `TERM`, which anstream reads, as it does for the help texts. Decided when something is printed, and so never on the
/// hot path.
pub(super) fn colored<S: anstream::stream::RawStream>(stream: S, choice: ColorChoice) -> bool {
    // Switches the Windows console to escape codes too. The oldest consoles have none, and stay plain.
    AutoStream::new(stream, choice).current_choice() == ColorChoice::AlwaysAnsi
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_applies_to_any_stream() {
        let file = tempfile::tempfile().unwrap();
        assert!(!colored(file, ColorChoice::Never));
        let file = tempfile::tempfile().unwrap();
        assert!(colored(file, ColorChoice::Always));
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
