//! `policy`: prints the documents that an admin sets up, and checks an existing setup.

use crate::cli::{CheckPolicy, Policy, StatusFormat};
use crate::context::Context;
use crate::failure::{Failure, hints};
use crate::output::{self, Palette, Style};
use crate::policy::check::{self, Finding, Severity};
use crate::policy::{document, gather};

pub fn run(context: &Context, args: &Policy) -> Result<(), Failure> {
    match args {
        Policy::Document(args) => context.output.result(&document::print(context, args)?),
        Policy::Check(args) => check(context, args),
    }
}

fn check(context: &Context, args: &CheckPolicy) -> Result<(), Failure> {
    let (expected, inputs) = gather::gather(context, args)?;
    let findings = check::check(&inputs, &expected);
    let role = &expected.role;
    let text = match args.output {
        // The keys are part of the interface: add, do not rename.
        StatusFormat::Json => {
            output::json(&serde_json::json!({"role_arn": role.as_str(), "findings": findings}))
        }
        StatusFormat::Text => text(&findings, context.output.stdout(), context.width()),
    };
    context.output.result(&text)?;
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let (dangerous, wrong) = (count(Severity::Dangerous), count(Severity::Wrong));
    if dangerous + wrong > 0 {
        return Err(Failure::refused(format!(
            "role differs from the Apono guide: {dangerous} dangerous, {wrong} wrong: {role}"
        ))
        .hint("apply the fixes above from the first to the last, then run this again"));
    }
    context.output.note(&match check::is_complete(&findings) {
        true => format!("{role} matches the Apono guide"),
        false => format!(
            "The checked parts of {role} match the Apono guide; the notes above list what was not checked"
        ),
    });
    Ok(())
}

/// Returns the text report. A fix stays on one line however long it is, so that it can be copied.
fn text(findings: &[Finding], palette: Palette, width: usize) -> String {
    /// The column of the texts of `why:` and `fix:`.
    const COLUMN: usize = 7;
    let wrapped = |text: &str, start| {
        let text = output::clean(&hints::as_typed(text.into()));
        output::wrapped(&text, start, COLUMN, width)
    };
    let mut text = String::new();
    for finding in findings {
        let (label, style) = match finding.severity {
            Severity::Dangerous => ("DANGEROUS:", Style::Error),
            Severity::Wrong => ("WRONG:", Style::Warning),
            Severity::Note => ("note:", Style::Dim),
        };
        let what = wrapped(&finding.what, label.len() + 1);
        text += &format!("{} {what}\n", palette.paint(style, label));
        text += &format!("  why: {}\n", wrapped(&finding.why, COLUMN));
        for step in &finding.fix {
            text += &format!("  fix: {}\n", output::clean(step));
        }
    }
    text
}
