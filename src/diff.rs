//! Unified diffs of edited files, safe to print: without secrets on the lines, and without anything a terminal would obey.

mod urls;
mod variables;

use std::ops::Range;
use std::path::Path;

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::output::{Palette, Style, clean};
use variables::Part;

/// The longest line that is shown, in characters.
const MAX_LINE: usize = 160;
/// The rest of a line after one of these words is not shown, nor are the lines that continue it.
const SECRET_WORDS: [&str; 12] = [
    "secret",
    "token",
    "password",
    "passwd",
    "passphrase",
    "client-key",
    "private",
    "auth-provider",
    "api-key",
    "api_key",
    "apikey",
    "bearer",
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
            let name = presentable(&path.display().to_string(), Secrecy::Nothing);
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
                .map(|(line, secrecy)| changed(sign, line, *secrecy));
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

/// What of a line is a secret because of the lines around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    Nothing,
    /// The login for a proxy.
    Login,
    /// All of it.
    All,
}

/// Returns the lines of a file, and what of each is a secret: it continues the value of a line with a secret word, which may be one
/// that stays, or it is the value beside the name of a variable.
fn with_secrecy<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<(&'l str, Secrecy)> {
    let mut column = None;
    let with_secrecy = |line| {
        let is_secret = column.is_some_and(|column| continues(line, column));
        if !is_secret {
            column = secret_word(line).map(|_| column_of(line));
        }
        match is_secret {
            true => (line, Secrecy::All),
            false => (line, Secrecy::Nothing),
        }
    };
    let mut lines: Vec<_> = lines.map(with_secrecy).collect();
    for at in 1..lines.len() {
        let [above, here] = [at - 1, at].map(|at| variables::part(lines[at].0));
        match (above, here) {
            _ if lines[at].0.trim_start().starts_with("- ") => {}
            (Some(Part::NameOf(secrecy)), Some(Part::Value)) => hide_from(&mut lines, at, secrecy),
            (Some(Part::Value), Some(Part::NameOf(secrecy))) => lines[at - 1].1 = secrecy,
            _ => {}
        }
    }
    lines
}

/// Hides this of a line and of those that continue it.
fn hide_from(lines: &mut [(&str, Secrecy)], from: usize, secrecy: Secrecy) {
    let column = column_of(lines[from].0);
    lines[from].1 = secrecy;
    let rest = lines[from + 1..].iter_mut();
    for (_, of_line) in rest.take_while(|(line, _)| continues(line, column)) {
        *of_line = secrecy;
    }
}

/// Returns the column of the key in the line.
fn column_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t', '#', '-']).len()
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
fn changed(sign: char, line: &str, secrecy: Secrecy) -> String {
    let text = line.trim_end();
    let shown = match secrecy == Secrecy::All && !text.is_empty() {
        true => [&text[..text.len() - text.trim_start().len()], "…"].concat(),
        false => presentable(line.trim_end_matches(['\n', '\r']), secrecy),
    };
    let end = match line.ends_with('\n') {
        true => "",
        false => "\\ No newline at end of file\n",
    };
    format!("{sign}{shown}\n{end}")
}

/// Returns a line as it may be shown: without secrets, not too long, and cleaned.
fn presentable(line: &str, secrecy: Secrecy) -> String {
    // A kubeconfig in JSON or flow style has all entries on one line.
    let secret = secret_word(line).filter(|end| !line[*end..].trim().is_empty());
    let line = match secret {
        Some(end) => {
            // That of a variable may be before its name.
            let value = variables::value_in(&line[..end]);
            format!("{} …", &line[..value.unwrap_or(end)])
        }
        None => line.to_owned(),
    };
    let line = urls::without_logins(&line, secrecy == Secrecy::Login);
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

    /// Whatever the key.
    #[test]
    fn the_login_in_a_url_is_not_shown() {
        for line in [
            "          value: http://alice:hunter2@proxy:3128",
            "    proxy-url: 'socks5://alice:hunt@er2@proxy'",
            "https_proxy = http://hunter2@proxy",
            "{\"env\":[{\"name\":\"HTTPS_PROXY\",\"value\":\"http:\\/\\/alice:hunter2@proxy\"}]}",
            "HTTPS_PROXY=alice:hunter2@proxy:3128",
            "endpoint_url = https://a:b@c/d?e=https://alice:hunter2@f",
        ] {
            for shown in [diff(line, ""), diff("", line)] {
                assert!(shown.contains('…') && !shown.contains("hunt"), "{shown}");
            }
        }
        let plain = "    user: one@arn:aws:eks:eu-west-1:111122223333:cluster/prod\n    proxy-url: http://proxy:3128\n\
                     sso_start_url = https://example.awsapps.com/start\nrole_session_name = alice@example.com\n";
        assert!(!diff("", plain).contains('…'));
    }

    /// A variable's value is a line of its own, below its name or above it.
    #[test]
    fn the_value_of_a_secret_variable_is_not_shown() {
        for text in [
            "      - name: VAULT_TOKEN\n        value: hunter2\n      - name: B\n        value: b\n",
            "      - value: hunter2\n        name: VAULT_TOKEN\n      - name: B\n        value: b\n",
            "      - name: MY_API_KEY\n        value: >-\n          hunter2\n      - name: B\n        value: b\n",
            "      - \"name\": \"DB_PASSWD\"\n        \"value\": \"hunter2\"\n      - name: B\n        value: b\n",
            "      - {value: hunter2, name: VAULT_TOKEN}\n      - name: B\n        value: b\n",
            "      - name: HTTPS_PROXY\n        value: alice:hunter2@proxy\n      - name: B\n        value: b\n",
        ] {
            for shown in [diff(text, ""), diff("", text)] {
                assert!(!shown.contains("hunter2"), "{shown}");
                assert!(
                    !text.contains("PROXY") || shown.contains("…@proxy"),
                    "{shown}"
                );
                assert!(
                    shown.contains("name: B\n") && shown.contains("value: b\n"),
                    "{shown}"
                );
            }
        }
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
