//! Unified diffs of edited files, safe to print: without secrets on the lines, and without anything a terminal would obey.

use std::ops::Range;
use std::path::Path;

use imara_diff::{Algorithm, Diff, InternedInput, Token};

use crate::output::{Palette, Style, clean};

/// The longest line that is shown, in characters.
const MAX_LINE: usize = 160;
/// The rest of a line after one of these words is not shown.
const SECRET_WORDS: [&str; 6] = [
    "secret",
    "token",
    "password",
    "client-key",
    "private",
    "auth-provider",
];

/// Returns the change to `path` as `diff -U0` prints it: unchanged lines may hold secrets, and are left out.
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

/// Returns the diff in the colors of the stream that it is printed to.
pub fn painted(diff: &str, palette: Palette) -> String {
    let paint = |line: &str| {
        let style = match line.as_bytes() {
            // Of both headers and of changed lines: a changed line can look like a header, and is colored like one.
            [b'-', b'-', b'-', b' ', ..] | [b'+', b'+', b'+', b' ', ..] => Style::Heading,
            [b'+', ..] => Style::Added,
            [b'-', ..] => Style::Removed,
            _ => Style::Dim,
        };
        format!("{}\n", palette.paint(style, line))
    };
    match palette.is_colored() {
        true => diff.lines().map(paint).collect(),
        false => diff.to_owned(),
    }
}

/// Returns the first line of a hunk, counted from one, and the number of lines. Without any: the line before.
fn place(lines: &Range<u32>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        many => format!("{},{many}", lines.start + 1),
    }
}

/// Returns a line of the diff.
fn changed(sign: char, line: &str) -> String {
    let shown = presentable(line.trim_end_matches(['\n', '\r']));
    let end = match line.ends_with('\n') {
        true => "",
        false => "\\ No newline at end of file\n",
    };
    format!("{sign}{shown}\n{end}")
}

/// Returns a line as it may be shown: without secrets, not too long, and cleaned.
fn presentable(line: &str) -> String {
    // A kubeconfig in JSON or flow style has all entries on one line.
    let lower = line.to_ascii_lowercase();
    let ends = SECRET_WORDS
        .iter()
        .filter_map(|word| Some(lower.find(word)? + word.len()));
    let secret = ends.min().filter(|end| !line[*end..].trim().is_empty());
    let line = match secret {
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
    fn lines_have_the_color_of_their_sign() {
        let diff = diff("a\n", "b\n");
        let shown = painted(&diff, Palette::colored());
        let expected = "\x1b[1m--- config\x1b[0m\n\x1b[1m+++ config\x1b[0m\n\x1b[2m@@ -1 +1 @@\x1b[0m\n\
            \x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n";
        assert_eq!(shown, expected);
        assert_eq!(painted(&diff, Palette::default()), diff);
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
