//! A report as text: the verdict in a line, what to do about it, then the steps in columns.

use super::{Fault, Line, Note, Report, State};
use crate::output::{Palette, Style, chars, clean, folded, wrapped};

/// The character at which the name of a step begins.
const NAMES: usize = 8;
/// The character at which the text of a step begins.
const COLUMN: usize = 20;

/// How the text of a report is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Characters in a line.
    pub width: usize,
    /// Everything is shown.
    pub verbose: bool,
    pub palette: Palette,
}

impl Report {
    /// Returns the report for people: the verdict, what to do about it, then the steps.
    pub fn text(&self, layout: Layout) -> String {
        let text = String::new();
        let mut page = Page { layout, text };
        let Layout {
            verbose, palette, ..
        } = layout;
        let hints = match &self.failure {
            Some(Fault { step, failure }) => {
                let place = format!("FAILED at {}:", step.name());
                let owner = failure.owner.name();
                let verdict = format!("{} (fix: {owner})", failure.error);
                page.labelled(0, Style::Failed, &place, NAMES, &verdict);
                for cause in &failure.causes {
                    page.labelled(0, Style::Heading, "cause:", "cause: ".len(), cause);
                }
                failure.hints.as_slice()
            }
            None => {
                page.labelled(0, Style::Ok, "ok:", "ok: ".len(), &self.conclusion);
                self.hint.as_slice()
            }
        };
        for hint in hints {
            page.labelled(0, Style::Hint, "hint:", "hint: ".len(), hint);
        }
        page.line("");
        let room = layout.width.saturating_sub(COLUMN);
        let is_folded = |line: &&Line| line.state == State::NotReached && !verbose;
        for line in self.steps.iter().filter(|line| !is_folded(line)) {
            let (state, style, text) = match line.state {
                State::Ok if verbose => ("ok", Style::Ok, clean(&line.found.detail)),
                State::Ok => ("ok", Style::Ok, folded(&clean(&line.found.brief), room)),
                // The verdict says what failed.
                State::Failed => ("FAILED", Style::Failed, line.step.question().to_owned()),
                State::NotReached => ("-", Style::Dim, clean(&line.found.detail)),
            };
            let (state, name) = (palette.paint(style, state), line.step.name());
            let text = wrapped(&text, COLUMN, COLUMN, layout.width);
            page.line(&format!("{state:<7} {name:<11} {text}"));
            for note in &line.found.notes {
                let (style, label, text) = match note {
                    Note::Warning(text) => (Style::Warning, "warning:", text),
                    Note::Note(text) if verbose => (Style::Dim, "note:", text),
                    Note::Note(_) => continue,
                };
                page.labelled(COLUMN, style, label, COLUMN, text);
            }
        }
        let folded = self.steps.iter().filter(is_folded);
        let folded: Vec<_> = folded.map(|line| line.step.name()).collect();
        if !folded.is_empty() {
            let text = format!("not checked: {}", folded.join(", "));
            let text = wrapped(&text, NAMES, NAMES, layout.width);
            page.line(&format!("{:<7} {text}", palette.paint(Style::Dim, "-")));
        }
        page.text
    }
}

/// The text of a report so far.
struct Page {
    layout: Layout,
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Adds a label that begins at character `at`, and its text, of which further lines are indented by `indent`.
    fn labelled(&mut self, at: usize, style: Style, label: &str, indent: usize, text: &str) {
        let start = at + chars(label) + 1;
        let text = wrapped(&clean(text), start, indent, self.layout.width);
        let label = self.layout.palette.paint(style, label);
        self.line(&format!("{:at$}{label} {text}", ""));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::failed;
    use super::super::{Passed, Step};
    use super::*;

    fn layout(verbose: bool) -> Layout {
        Layout {
            width: 60,
            verbose,
            palette: Palette::default(),
        }
    }

    #[test]
    fn the_verdict_comes_first_and_details_are_folded() {
        let expected = "\
FAILED at config: could not read the config (fix: your AWS
        admin)
cause: why
hint: run `apono-login install --account-id 111122223333` in
      a terminal

ok      program     here
                    warning: there may be trouble elsewhere,
                    of which this warns in two lines
FAILED  config      can AWS tools read your config, and is
                    the profile complete?
-       not checked: network, clock, source, identity, role,
        cluster, kubeconfig, endpoint, token, username,
        access
";
        assert_eq!(failed().text(layout(false)), expected);
    }

    #[test]
    fn verbose_shows_everything() {
        let text = failed().text(layout(true));
        for line in [
            "ok      program     here, and with every value",
            "                    note: \\u{1b}[31m",
            "-       network     does AWS respond?",
            "-       access      what may you do in the cluster now?",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line:?} in\n{text}"
            );
        }
    }

    #[test]
    fn nothing_failed() {
        let mut report = Report::new("p");
        let long = "get, list, watch pods; get, list, watch deployments";
        let passed = Passed::new((), long, "all of it");
        report.step(Step::Program, Ok(passed)).unwrap();
        report.conclusion = "you can use cluster prod".to_owned();
        report.skip(Step::Config, "no reason", "do more".to_owned());
        report.close();
        let text = report.text(layout(false));
        let expected = "\
ok: you can use cluster prod
hint: do more

ok      program     get, list, watch pods; get, list …
";
        assert!(text.starts_with(expected), "{text}");
        assert!(
            text.contains("\n-       not checked: config, network, "),
            "{text}"
        );
    }
}
