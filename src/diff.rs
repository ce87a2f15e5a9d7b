//! Unified diffs of edited files, safe to print: without secrets on the lines, and without anything a terminal would obey.

mod urls;
mod variables;

use std::ops::Range;
use std::path::Path;

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::output::{Palette, Style, clean};

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
/// Of the variables in a kubeconfig, only the values of `public` are shown.
pub fn unified(path: &Path, before: &[u8], after: &[u8], public: &[&str]) -> String {
    let (before, after) = (
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(after),
    );
    let input = InternedInput::new(before.as_ref(), after.as_ref());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let [before, after] = [&input.before, &input.after].map(|tokens| {
        let lines = tokens.iter().map(|token| input.interner[*token]);
        with_secrecy(&lines.collect::<Vec<_>>(), public)
    });
    let mut shown = String::new();
    for hunk in diff.hunks() {
        if shown.is_empty() {
            let name = clean(&path.display().to_string());
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
    /// The value of a variable, and what is behind it.
    Value,
    /// All of it.
    All,
}

/// Returns the lines of a file, and what of each is a secret: it continues the value of a line with a secret word, which may be one
/// that stays, or it is the value of a variable that is not `public`.
fn with_secrecy<'l>(lines: &[&'l str], public: &[&str]) -> Vec<(&'l str, Secrecy)> {
    let mut column = None;
    let secrecy = |(at, &line): (usize, &&'l str)| {
        if column.is_some_and(|column| continues(line, column)) {
            return (line, Secrecy::All);
        }
        let secrecy = secrecy_of_value(lines, at, public);
        let is_secret = secrecy == Secrecy::Value || secret_word(line).is_some();
        column = is_secret.then(|| column_of(line));
        (line, secrecy)
    };
    lines.iter().enumerate().map(secrecy).collect()
}

/// Returns what is a secret in the line if it has the value of a variable. One over several lines is never shown.
fn secrecy_of_value(lines: &[&str], at: usize, public: &[&str]) -> Secrecy {
    if variables::value_in(lines[at]).is_none() {
        return Secrecy::Nothing;
    }
    let column = column_of(lines[at]);
    let goes_on = lines
        .get(at + 1)
        .is_some_and(|next| continues(next, column));
    match variables::name_beside(lines, at) {
        Some(name) if goes_on || !public.contains(&name) => Secrecy::Value,
        Some(name) if name.to_ascii_lowercase().ends_with("_proxy") => Secrecy::Login,
        Some(_) => Secrecy::Nothing,
        None => Secrecy::Value,
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
    let value = variables::value_in(line).filter(|_| secrecy == Secrecy::Value);
    // A kubeconfig in JSON or flow style has all entries on one line.
    let secrets = [secret_word(line), value].into_iter().flatten();
    let secrets = secrets.filter(|start| !line[*start..].trim().is_empty());
    let is_of_proxy = secrecy == Secrecy::Login || line.to_ascii_lowercase().contains("proxy");
    let line = match secrets.min() {
        Some(start) => {
            // A login may hold a secret word, and end behind it.
            let end = line[start..].find('@').map_or("", |_| "@");
            let shown = urls::without_logins(&[&line[..start], end].concat(), is_of_proxy);
            format!("{} …", shown.trim_end_matches('@'))
        }
        None => urls::without_logins(line, is_of_proxy),
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
        let public = ["AWS_CONFIG_FILE", "HTTPS_PROXY"];
        let [before, after] = [before, after].map(str::as_bytes);
        unified(Path::new("config"), before, after, &public)
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
            "    proxy-url: http://alice:hunt@er2 hunter3@proxy",
            "    proxy-url: alice:hunt er2@proxy",
            "    proxy-url: http://alice:hunter2-token-3@proxy",
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

    #[test]
    fn the_path_is_shown_whole() {
        let path = Path::new("/private/var/secretary/config\x1b");
        let shown = unified(path, b"", b"a\n", &[]);
        let header = shown.lines().next().unwrap_or_default();
        assert!(header.starts_with("--- /private/var/secretary/config"));
        assert!(!header.contains(['\x1b', '…']), "{header}");
    }

    /// The value may be below the name or above it, and over several lines.
    #[test]
    fn the_value_of_a_variable_is_not_shown() {
        let public = "      - name: AWS_CONFIG_FILE\n        value: /home/a/config\n";
        for text in [
            "      - name: DB_PWD\n        value: hunter2\n",
            "      - value: hunter2\n        name: GITHUB_PAT\n",
            "      - value: hunter2\n",
            "      - name: A_TOKEN\n        # about it\n        value: hunter2\n",
            "      - name: A_TOKEN\n\n        value: hunter2\n",
            "      - name:\n          M_TOKEN\n        value: hunter2\n",
            "      - name: BASIC_AUTH\n        value: >-\n          hunter2\n",
            "      - value: >-\n          hunter2\n        name: C_TOKEN\n",
            "      - value: |\n          hunter2\n          value: hunter3\n        name: SESSION_COOKIE\n",
            "      - value: \"hunter2\n          hunter3\"\n        name: ENCRYPTION_KEY\n",
            "      - \"name\": \"DATABASE\"\n        \"value\" : \"hunter2\"\n",
            "      - name: DATABASE\n        ? value\n        : hunter2\n",
            "      - name: DATABASE\n        !!str value: hunter2\n",
            "      - {value: hunter2, name: DATABASE}\n",
            "      - {name: HTTPS_PROXY, value: a}, {name: B, value: hunter2}\n",
            "      # - name: DATABASE\n      #   value: hunter2\n",
            "      - name: HTTPS_PROXY\n        value: \"http://alice:hunter2\n          hunter3@proxy\"\n",
        ] {
            let text = [text, public].concat();
            for shown in [diff(&text, ""), diff("", &text)] {
                assert!(!shown.contains("hunter"), "{shown}");
                let mut lines = shown.lines().rev();
                assert!(
                    lines.any(|line| line.ends_with("value: /home/a/config")),
                    "{shown}"
                );
            }
        }
        let shown = diff("", "- name: DB\n  value: hunter2\n");
        assert!(shown.ends_with("+- name: DB\n+  value: …\n"), "{shown}");
    }

    #[test]
    fn the_value_of_a_public_variable_is_shown_without_a_login() {
        for (text, shown) in [
            (
                "- name: HTTPS_PROXY\n  value: alice:hunter2@proxy\n",
                "…@proxy",
            ),
            (
                "- value: \"alice:hunt er2@proxy\"\n  name: HTTPS_PROXY\n",
                "…@proxy\"",
            ),
            (
                "- name: HTTPS_PROXY\n  value: http://alice:hunt@er2 a@proxy\n",
                "http://…@proxy",
            ),
            (
                "- name: \"AWS_CONFIG_FILE\"\n  value: C:\\a@b\\config\n",
                "C:\\a@b\\config",
            ),
        ] {
            let diff = diff("", text);
            assert!(diff.contains(&format!("value: {shown}\n")), "{diff}");
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
