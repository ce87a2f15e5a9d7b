//! The layout and colors of the report.

#[cfg(target_os = "linux")]
mod linux;

use super::{DOCTOR, healthy};
use kit::home::Output;
use kit::laptop::Laptop;

/// Checks that lines fit the width, and that each command and ARN of the verdict stays on one line, so it can be copied.
#[track_caller]
fn check(text: &Output, verdict: &str, width: usize) {
    let commands = verdict.split('`').skip(1).step_by(2);
    let words = verdict.split([' ', '\n', '`', ',', ';', '"', ')']);
    for piece in words
        .filter(|word| word.starts_with("arn:"))
        .chain(commands)
    {
        assert!(text.stdout.contains(piece), "{piece} is broken in\n{text}");
    }
    for line in text
        .stdout
        .lines()
        .filter(|line| line.chars().count() > width)
    {
        let parts = line.split('`').enumerate();
        let joined: String = parts
            .map(|(at, part)| part.replace(' ', if at % 2 == 1 { "_" } else { " " }))
            .collect();
        let last = joined.rsplit(' ').next().unwrap_or_default();
        assert!(
            last.len() > width - 20,
            "wider than {width}: {line}\n{text}"
        );
    }
}

/// Returns a laptop whose only failure is the cluster's missing entry for the role.
fn denied() -> Laptop {
    let laptop = healthy();
    laptop
        .aws
        .change_cluster("prod", |cluster| cluster.mapped_roles.clear());
    laptop
}

#[test]
fn the_report_is_folded_and_fits_the_width() {
    let (healthy, denied) = (healthy(), denied());
    for (title, laptop, status) in [("all is well", &healthy, 0), ("a fault", &denied, 1)] {
        let shown = |width: &str, flag: &str| {
            let run = laptop.run(&format!("{DOCTOR}{flag}")).env("COLUMNS", width);
            let mut output = run.exits(status);
            // The steps, and their durations.
            assert_eq!(output.stderr.is_empty(), flag.is_empty(), "{output}");
            output.stderr.clear();
            output
        };
        let everything = shown("1000", " -v");
        everything.recorded(&format!("{title}, everything"));
        check(&shown("200", " -v"), &everything.stdout, 200);
        for width in [80, 200, 40] {
            let output = shown(&width.to_string(), "");
            let (verdict, _) = everything.stdout.split_once("\n\n").unwrap();
            check(&output, verdict, width);
            output.recorded(&format!("{title}, {width} columns"));
        }
    }
}
