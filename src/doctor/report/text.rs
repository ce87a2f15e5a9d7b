//! A report as text: the verdict in a line, what to do about it, then the steps in columns.

use super::{Line, Note, Report, State};
use crate::output::{Palette, Style, chars, clean, folded, wrapped};

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
        let mut page = Page::new(layout);
        let Layout {
            verbose, palette, ..
        } = layout;
        match &self.failure {
            Some(fault) => {
                let place = format!("FAILED at {}:", fault.step.name());
                let verdict = format!("{} (fix: {})", clean(&fault.error), fault.owner.name());
                page.labelled(Style::Failed, &place, "FAILED  ".len(), &verdict);
                for cause in &fault.causes {
                    page.labelled(Style::Heading, "cause:", "cause: ".len(), &clean(cause));
                }
                for hint in &fault.hints {
                    page.labelled(Style::Hint, "hint:", "hint: ".len(), &clean(hint));
                }
            }
            None => {
                page.labelled(Style::Ok, "ok:", "ok: ".len(), &clean(&self.conclusion));
                if let Some(hint) = &self.hint {
                    page.labelled(Style::Hint, "hint:", "hint: ".len(), &clean(hint));
                }
            }
        }
        page.line("");
        let room = layout.width.saturating_sub(COLUMN);
        let is_folded = |line: &&Line| line.state == State::NotReached && !verbose;
        for line in self.steps.iter().filter(|line| !is_folded(line)) {
            let (state, style, text) = match line.state {
                State::Ok if verbose => ("ok", Style::Ok, clean(&line.detail)),
                State::Ok => ("ok", Style::Ok, folded(&clean(&line.brief), room)),
                // The verdict says what failed.
                State::Failed => ("FAILED", Style::Failed, line.step.question().to_owned()),
                State::NotReached => ("-", Style::Dim, clean(&line.detail)),
            };
            page.row(&palette.paint(style, state), line.step.name(), &text);
            for note in &line.notes {
                match note {
                    Note::Warning(text) => page.remark(Style::Warning, "warning:", text),
                    Note::Note(text) if verbose => page.remark(Style::Dim, "note:", text),
                    Note::Note(_) => {}
                }
            }
        }
        let folded = self.steps.iter().filter(is_folded);
        let folded: Vec<_> = folded.map(|line| line.step.name()).collect();
        if !folded.is_empty() {
            let text = format!("not checked: {}", folded.join(", "));
            let column = "FAILED  ".len();
            let text = wrapped(&text, column, column, layout.width);
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
    fn new(layout: Layout) -> Self {
        Page {
            layout,
            text: String::new(),
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Adds a label and its text, of which further lines are indented by `indent`.
    fn labelled(&mut self, style: Style, label: &str, indent: usize, text: &str) {
        let text = wrapped(text, chars(label) + 1, indent, self.layout.width);
        let label = self.layout.palette.paint(style, label);
        self.line(&format!("{label} {text}"));
    }

    fn row(&mut self, state: &dyn std::fmt::Display, name: &str, text: &str) {
        let text = wrapped(text, COLUMN, COLUMN, self.layout.width);
        self.line(&format!("{state:<7} {name:<11} {text}"));
    }

    fn remark(&mut self, style: Style, label: &str, text: &str) {
        let start = COLUMN + chars(label) + 1;
        let text = wrapped(&clean(text), start, COLUMN, self.layout.width);
        let label = self.layout.palette.paint(style, label);
        self.line(&format!("{:COLUMN$}{label} {text}", ""));
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
        report.conclude("you can use cluster prod".to_owned());
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
