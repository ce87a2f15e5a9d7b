//! Unified diffs of the files we edit, fit to be shown: no secret that stands nearby, nothing a terminal would obey.

use std::ops::Range;
use std::path::Path;

use imara_diff::{Algorithm, Diff, InternedInput, Token};

use crate::output::clean;

/// Longest line shown, in characters.
const MAX_LINE: usize = 160;
/// What stands behind one of these on a line is not shown.
const SECRET_WORDS: [&str; 6] = [
    "secret",
    "token",
    "password",
    "client-key",
    "private",
    "auth-provider",
];

/// The change to `path`, as `diff -U0` prints it: lines that do not change are nobody's business.
pub fn unified(path: &Path, before: &[u8], after: &[u8]) -> String {
    let (before, after) = (
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(after),
    );
    let input = InternedInput::new(before.as_ref(), after.as_ref());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let mut shown = String::new();
    for hunk in diff.hunks() {
        if shown.is_empty() {
            let name = presentable(&path.display().to_string());
            shown = format!("--- {name}\n+++ {name}\n");
        }
        let (from, to) = (place(&hunk.before), place(&hunk.after));
        shown.push_str(&format!("@@ -{from} +{to} @@\n"));
        let lines = |sign: char, tokens: &[Token]| -> String {
            let lines = tokens.iter().map(|token| input.interner[*token]);
            lines.map(|line| changed(sign, line)).collect()
        };
        let of = |range: Range<u32>| range.start as usize..range.end as usize;
        shown.push_str(&lines('-', &input.before[of(hunk.before)]));
        shown.push_str(&lines('+', &input.after[of(hunk.after)]));
    }
    shown
}

/// Of the hunk's lines the first, counted from one, and how many. Where there are none: the line before them.
fn place(lines: &Range<u32>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        many => format!("{},{many}", lines.start + 1),
    }
}

fn changed(sign: char, line: &str) -> String {
    let shown = presentable(line.trim_end_matches(['\n', '\r']));
    let end = match line.ends_with('\n') {
        true => "",
        false => "\\ No newline at end of file\n",
    };
    format!("{sign}{shown}\n{end}")
}

fn presentable(line: &str) -> String {
    // A kubeconfig in JSON or flow style has everybody's entries on one line.
    let lower = line.to_ascii_lowercase();
    let ends = SECRET_WORDS
        .iter()
        .filter_map(|word| Some(lower.find(word)? + word.len()));
    let told = ends.min().filter(|end| !line[*end..].trim().is_empty());
    let line = match told {
        Some(end) => format!("{} …", &line[..end]),
        None => line.to_owned(),
    };
    match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => clean(&line[..end]) + "…",
        None => clean(&line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(before: &str, after: &str) -> String {
        unified(Path::new("config"), before.as_bytes(), after.as_bytes())
    }

    #[test]
    fn lines_that_stay_are_not_shown() {
        let before = "[profile a]\naws_secret_access_key = hunter2\n    hunter3\n";
        let shown = diff(
            before,
            &format!("{before}[profile b]\nregion = eu-west-1\n"),
        );
        let expected =
            "--- config\n+++ config\n@@ -3,0 +4,2 @@\n+[profile b]\n+region = eu-west-1\n";
        assert_eq!(shown, expected);
        assert_eq!(diff(before, before), "");
    }

    #[test]
    fn a_secret_on_a_line_that_changes_is_not_shown() {
        for before in [
            "{\"users\":[{\"name\":\"x\",\"user\":{\"token\":\"hunter2\"}}],\"contexts\":[]}",
            "users: [{name: x, user: {password: hunter2, username: hunter2}}]",
            "users: [{name: x, user: {client-key-data: hunter2}}]",
            "  AWS_SECRET_ACCESS_KEY = hunter2",
        ] {
            let shown = diff(before, &format!("{before} "));
            assert!(shown.contains(" …") && !shown.contains("hunter"), "{shown}");
        }
        assert!(diff("", "      - get-token\n").contains("+      - get-token\n"));
    }
}
