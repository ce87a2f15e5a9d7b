//! Unified diffs of edited files, safe to print: without secrets on the lines, and without anything a terminal would obey.

use std::ops::Range;
use std::path::Path;

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::output::{Palette, Style, clean};

/// The longest line that is shown, in characters.
const MAX_LINE: usize = 160;
/// The rest of a line after one of these words is not shown, nor are the lines that continue it.
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
    let [before, after] = [&input.before, &input.after].map(|tokens| {
        let lines = tokens.iter().map(|token| input.interner[*token]);
        with_secrecy(lines)
    });
    let mut shown = String::new();
    for hunk in diff.hunks() {
        if shown.is_empty() {
            let name = presentable(&path.display().to_string());
            shown = format!("--- {name}\n+++ {name}\n");
        }
        let (from, to) = (place(&hunk.before), place(&hunk.after));
        shown.push_str(&format!("@@ -{from} +{to} @@\n"));
        let of = |range: Range<u32>| range.start as usize..range.end as usize;
        for (sign, lines) in [
            ('-', &before[of(hunk.before)]),
            ('+', &after[of(hunk.after)]),
        ] {
            let lines = lines
                .iter()
                .map(|(line, is_secret)| changed(sign, line, *is_secret));
            shown.extend(lines);
        }
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

/// Returns the lines of a file, and whether each continues the value of a line with a secret word, which may be one that stays.
fn with_secrecy<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<(&'l str, bool)> {
    let mut column = None;
    let with_secrecy = |line| {
        let is_secret = column.is_some_and(|column| continues(line, column));
        if !is_secret {
            let key = line.trim_start_matches([' ', '\t', '#', '-']);
            column = secret_word(line).map(|_| line.len() - key.len());
        }
        (line, is_secret)
    };
    lines.map(with_secrecy).collect()
}

/// Returns whether the line continues the value of a key that is in this column of a line above: it is deeper. But lists in YAML
/// need not be, nor texts in quotes or in braces: all that has no key of its own. A secret in a comment is one, too.
fn continues(line: &str, key: usize) -> bool {
    let text = line.trim_start_matches([' ', '\t', '#']);
    let column = line.len() - text.len();
    let is_item = text.starts_with("- ");
    // Base64 ends with equals signs.
    let has_key = text.find([':', '=']).is_some_and(|at| {
        let value = &text[at..];
        at > 0 && (value.starts_with(':') || value.contains(char::is_alphanumeric))
    });
    match is_item || text.starts_with('[') || has_key {
        true => column > key || (column == key && is_item),
        false => true,
    }
}

/// Returns where the first secret word ends.
fn secret_word(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let ends = SECRET_WORDS.iter();
    let ends = ends.filter_map(|word| Some(lower.find(word)? + word.len()));
    ends.min()
}

/// Returns a line of the diff.
fn changed(sign: char, line: &str, is_secret: bool) -> String {
    let text = line.trim_end();
    let shown = match is_secret && !text.is_empty() {
        true => [&text[..text.len() - text.trim_start().len()], "…"].concat(),
        false => presentable(line.trim_end_matches(['\n', '\r'])),
    };
    let end = match line.ends_with('\n') {
        true => "",
        false => "\\ No newline at end of file\n",
    };
    format!("{sign}{shown}\n{end}")
}

/// Returns a line as it may be shown: without secrets, not too long, and cleaned.
fn presentable(line: &str) -> String {
    // A kubeconfig in JSON or flow style has all entries on one line.
    let secret = secret_word(line).filter(|end| !line[*end..].trim().is_empty());
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

    /// The values are as YAML may write them: over lines, and not always deeper than their keys.
    #[test]
    fn a_secret_on_the_next_lines_is_not_shown() {
        for secret in [
            "    token: |-\n      hunter2\n\n      hunter: 3\n",
            "    password:\n      hunter2\n",
            "    password: \"hunter2\n hunter3\nhunter4==\"\n",
            "    auth-provider:\n      config:\n        cmd: hunter2\n        list:\n        - hunter3\n      name: hunter4\n",
            "    token:\n    - hunter2\n    - hunter: 3\n",
            "    user: {token:\n      hunter2,\n      as: hunter3}\n",
            "    ? token\n    : hunter2\n",
            "    # token: |\n    #   hunter2\n    #   hunter: 3\n",
        ] {
            let user = format!("- name: ours\n  user:\n{secret}    exec: {{}}\n- name: last\n");
            for shown in [diff(&user, ""), diff("", &user)] {
                assert!(!shown.contains("hunter"), "{shown}");
                for line in ["- name: ours", "    exec: {}", "- name: last"] {
                    assert!(shown.contains(line), "{line}: {shown}");
                }
            }
        }
        // The line with the word stays.
        let shown = diff("token: |\n  hunter2\n", "token: |\n  hunter3\n");
        assert!(shown.ends_with("-  …\n+  …\n"), "{shown}");
        let shown = diff(
            "",
            "aws_session_token = x\n  hunter2\n[profile a]\nregion=b\n",
        );
        assert!(
            shown.ends_with("+  …\n+[profile a]\n+region=b\n"),
            "{shown}"
        );
        let args = "      args:\n      - get-token\n      - --profile\n      command: a\n";
        assert_eq!(diff("", args).matches('…').count(), 0);
    }
}
