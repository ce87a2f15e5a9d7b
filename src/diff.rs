//! Unified diffs of the files we edit, fit to be shown: no secret that stands nearby, nothing a terminal would obey.

use std::path::Path;

use similar::TextDiff;

use crate::output::clean;

/// Longest line shown, in characters.
const MAX_LINE: usize = 160;
/// Keys whose values are not shown, wherever in the key the word is.
const SECRET_WORDS: [&str; 6] = [
    "secret",
    "token",
    "password",
    "client-key",
    "private",
    "auth-provider",
];

/// The change to `path`, as `diff -u` prints it.
pub fn unified(path: &Path, before: &[u8], after: &[u8]) -> String {
    let (before, after) = (
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(after),
    );
    let name = path.display().to_string();
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    let text = diff
        .unified_diff()
        .context_radius(2)
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
    let key_end = line.find(['=', ':']);
    let key = key_end
        .map(|end| line[..end].to_ascii_lowercase())
        .unwrap_or_default();
    let line = match key_end {
        Some(end) if SECRET_WORDS.iter().any(|word| key.contains(word)) => {
            format!("{} …", &line[..=end])
        }
        _ => line.to_owned(),
    };
    let shortened = match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    };
    clean(&shortened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_beside_the_change_is_not_shown() {
        let before =
            b"[profile a]\naws_secret_access_key = hunter2\n    token: hunter3\n".as_slice();
        let after = [before, b"[profile b]\nregion = eu-west-1\n"].concat();
        let shown = unified(Path::new("config"), before, &after);
        assert!(!shown.contains("hunter"), "{shown}");
        assert!(shown.contains("+region = eu-west-1\n"), "{shown}");
    }
}
