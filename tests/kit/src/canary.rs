//! The canary: a word in every secret that tests plant and the stand-in issues. Every run and every home is searched for it, so
//! that a secret is found wherever it must not be, also in a place that no test thought of.

use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Command;
use std::sync::LazyLock;

use crate::standin::base64;

/// Letters only, so that it is the same in JSON, in URLs and in both alphabets of base64.
pub const CANARY: &str = "CanaryInTheCoalMine";

/// Commands whose job it is to print credentials, or to run a program with them.
const TELLING: [&str; 3] = ["get-token", "export-credentials", "exec"];

/// Files of a home that may contain secrets: those of all AWS tools. Files that the test itself wrote are allowed as well.
const ALLOWED: [&str; 5] = [
    ".aws/config",
    ".aws/credentials",
    ".aws/sso/cache/*.json",
    ".aws/cli/cache/*.json",
    ".aws/login/cache/*.json",
];

/// Returns the text with the canary in place of its first characters.
pub fn with_canary(secret: &str) -> String {
    format!("{CANARY}{}", &secret[CANARY.len()..])
}

/// The canary as it is, in base64 (which depends on its position), and in hexadecimal.
static FORMS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let in_base64 = |before: usize| {
        let text = base64(&[&vec![0; before], CANARY.as_bytes()].concat());
        // Without the characters that also depend on the bytes before and after.
        let bits = (before * 8, (before + CANARY.len()) * 8);
        text[bits.0.div_ceil(6)..bits.1 / 6].to_owned()
    };
    let hex = hex::encode(CANARY);
    let mut forms = vec![CANARY.to_owned(), hex.to_uppercase(), hex];
    forms.extend((0..3).map(in_base64));
    forms
});

/// Returns whether the text contains a secret.
pub fn is_in(text: &str) -> bool {
    FORMS.iter().any(|form| text.contains(form))
}

/// Returns whether a command line may print secrets on stdout: a program other than `apono-login` may.
pub fn may_print(line: &str) -> bool {
    let words = || line.split(|c: char| c.is_whitespace() || ";'\"()".contains(c));
    // By the name of a file: the checkout's folder may have that of the program.
    let mut names = words().filter_map(|word| word.rsplit(['/', '\\']).next());
    let runs_it = names.any(|name| name.starts_with("apono-login"));
    !runs_it || words().any(|word| TELLING.contains(&word))
}

/// Returns the files below a folder that contain a secret.
///
/// Searches with grep, which takes a millisecond. Unreadable files, pipes and links are passed over.
#[cfg(unix)]
pub fn files_with_it(folder: &Path) -> Vec<PathBuf> {
    let mut grep = Command::new("/bin/grep");
    grep.args(["-rlZasF", "--devices=skip"]);
    for form in FORMS.iter() {
        grep.args(["-e", form]);
    }
    let output = grep.arg("--").arg(folder).output().unwrap();
    let paths = String::from_utf8_lossy(&output.stdout);
    let paths = paths.split('\0').filter(|path| !path.is_empty());
    paths.map(PathBuf::from).collect()
}

/// Returns the files below a folder that contain a secret. Unreadable files are passed over.
#[cfg(not(unix))]
pub fn files_with_it(folder: &Path) -> Vec<PathBuf> {
    let mut files = crate::laptop::files_below(folder);
    files.retain(|path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        is_in(&String::from_utf8_lossy(&bytes))
    });
    files
}

/// Returns whether a file of a home, by its path below it, may contain secrets.
pub fn is_allowed(relative: &Path) -> bool {
    let relative = relative.to_string_lossy().replace('\\', "/");
    ALLOWED.iter().any(|allowed| match allowed.split_once('*') {
        None => relative == *allowed,
        Some((start, end)) => {
            let name = relative.strip_prefix(start);
            name.and_then(|name| name.strip_suffix(end))
                .is_some_and(|name| !name.contains('/') && !name.starts_with('.'))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(unix)]
    use crate::Home;
    use crate::standin::{Key, Principal};

    fn key() -> Key {
        Key::lasting(Principal::sso(
            "111122223333",
            "Engineer",
            "alice@example.com",
        ))
    }

    #[test]
    fn it_is_found_in_every_form() {
        let key = key();
        assert_eq!(key.secret.len(), 40);
        for before in ["", "a", "ab", "abc"] {
            let text = format!("{before}{}", key.session_token.as_ref().unwrap());
            for text in [&text, &base64(text.as_bytes()), &hex::encode(&text)] {
                assert!(is_in(text), "{text}");
            }
        }
        assert!(!is_in("CanaryInTheCoal"));
    }

    /// A run or a home with a secret in the wrong place fails the test.
    #[cfg(unix)]
    #[test]
    fn a_misplaced_secret_is_noticed() {
        let noticed = |test: fn(&Home)| {
            let test = move || test(&Home::new());
            std::panic::catch_unwind(test).is_err()
        };
        assert!(!noticed(|home| {
            home.write("notes", key().secret);
        }));
        assert!(noticed(|home| {
            std::fs::write(home.path("left.tmp"), key().secret).unwrap();
        }));
        assert!(noticed(|home| {
            home.write(".aws/config", key().secret);
            let copy = "cp .aws/config .aws/.config.tmp";
            home.run("sh", ["-c", copy]).succeeds();
        }));
        assert!(noticed(|home| {
            let temporary = r#"echo "$1" >"$TMPDIR/left""#;
            let words = ["-c", temporary, "", &key().secret];
            home.run("sh", words).succeeds();
        }));
        assert!(noticed(|home| {
            let words = ["-c", r#"echo "$1" >&2"#, "", &key().secret];
            home.run("sh", words).succeeds();
        }));
        let says = |command: &str| format!("# apono-login {command}\necho \"$1\"");
        let told = |command: &str| {
            let script = says(command);
            let run = move || {
                let home = Home::new();
                home.run("sh", ["-c", &script, "", &key().secret])
                    .succeeds();
            };
            std::panic::catch_unwind(run).is_err()
        };
        assert!(told("status") && !told("get-token --profile x"));
    }

    #[test]
    fn allowed_places() {
        let allowed = |path: &str| is_allowed(Path::new(path));
        assert!(allowed(".aws/config") && allowed(".aws/sso/cache/ab.json"));
        for path in [
            "config",
            ".aws/config.lock",
            ".aws/sso/cache/.x.json",
            ".aws/sso/cache/ab.tmp",
            ".aws/sso/cache/sub/ab.json",
        ] {
            assert!(!allowed(path), "{path}");
        }
    }
}
