//! Unified diffs of the files we edit, fit to be shown: no secret that stands nearby, nothing a terminal would obey.

use std::path::Path;

use similar::TextDiff;

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
    let name = path.display().to_string();
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    let text = diff
        .unified_diff()
        .context_radius(0)
        .header(&name, &name)
        .to_string();
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        shown.push_str(&presentable(line.trim_end_matches(['\n', '\r'])));
        shown.push('\n');
    }
    shown
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
