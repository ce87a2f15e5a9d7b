//! Compares output with recorded output: `tests/it/snapshots/MODULE/TEST.txt` contains each command that a test checks, with
//! its output and its exit status.
//!
//! `SNAPSHOTS=overwrite cargo test …` records the output of the tests that run anew; review the diff afterwards. What differs
//! between runs is replaced by a name in brackets, so that everything else, including order and layout, is compared exactly.
//!
//! Linux records. Windows compares with the same files, without quotes and with `/` in paths, as its shells quote other words and
//! its paths have `\\`; what else is different there stands in `TEST.windows.txt`, which `SNAPSHOTS=overwrite` writes there, and only
//! where it is needed.

use std::cell::RefCell;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use snapbox::filter::{Filter as _, FilterNewlines};
use snapbox::{Assert, IntoData as _, Redactions};

use crate::home::{Output, apono_login};
use crate::tools;

/// Starts a section; no line of output starts with it.
const SECTION: &str = "===";

/// The running test's position in its snapshot file.
struct Recording {
    test: String,
    file: PathBuf,
    next: usize,
    /// What was recorded so far.
    seen: String,
}

thread_local! {
    // The test harness runs every test in a thread of its own, named after the test.
    static RECORDING: RefCell<Option<Recording>> = const { RefCell::new(None) };
}

/// Compares an output with the next section of the running test's snapshot. The title tells the cases of a test apart.
///
/// # Panics
/// If the output differs, or was not recorded.
#[track_caller]
pub fn compare(title: &str, output: &Output) {
    let seen = Redacted::of(output).section(title);
    RECORDING.with_borrow_mut(|recording| {
        let recording = recording.get_or_insert_with(Recording::begin);
        let shown = recording.file.strip_prefix(tools::in_repository("")).unwrap_or(&recording.file);
        if overwrite() {
            recording.append(&seen);
        } else {
            let own = recording.file_of_this_system();
            let file = if own.exists() { own } else { recording.file.clone() };
            let recorded = match fs::read_to_string(&file) {
                Err(error) if error.kind() != ErrorKind::NotFound => panic!("{}: {error}", file.display()),
                recorded => recorded.unwrap_or_default().replace("\r\n", "\n"),
            };
            let expected = sections(&recorded).nth(recording.next).unwrap_or_default();
            let (seen, expected) = (comparable(&seen), comparable(expected));
            let result = Assert::new().try_eq(
                Some(&format!("{} (section {})", shown.display(), recording.next + 1)),
                seen.into_data().raw(),
                expected.into_data().raw(),
            );
            if let Err(difference) = result {
                panic!("{difference}\nif the new output is right: SNAPSHOTS=overwrite cargo test --test it {}", recording.test);
            }
        }
        recording.next += 1;
    });
}

/// Returns stderr without what differs between runs.
pub fn lasting_part_of_stderr(output: &Output) -> String {
    let stderr = with_slashes(&output.stderr);
    Redacted::of(output).redactions.redact(&stderr)
}

/// Returns the text without what is written in another way on this system: quotes, paths, commands for files, and the system's own
/// words for an error.
pub(crate) fn comparable(text: &str) -> String {
    static OF_THE_SYSTEM: LazyLock<regex::Regex> = LazyLock::new(|| {
        regex::Regex::new(r"[^:\n]*\(os error \d+\)| failed to lookup address[^\n]*").unwrap()
    });
    if cfg!(not(windows)) {
        return text.to_owned();
    }
    let text = text.replace(['"', '\''], "").replace('\\', "/");
    let text = text.replace("`del ", "`rm ").replace("`move ", "`mv ");
    let text = text.replace("exit code: ", "exit status: ");
    OF_THE_SYSTEM.replace_all(&text, " (os error)").into_owned()
}

fn overwrite() -> bool {
    std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite")
}

fn sections(recorded: &str) -> impl Iterator<Item = &str> {
    let starts = recorded.match_indices(SECTION).map(|(at, _)| at);
    let starts: Vec<usize> = starts
        .filter(|at| *at == 0 || recorded.as_bytes()[at - 1] == b'\n')
        .collect();
    let ends = starts.clone().into_iter().skip(1).chain([recorded.len()]);
    starts
        .into_iter()
        .zip(ends)
        .map(|(start, end)| &recorded[start..end])
}

impl Recording {
    fn begin() -> Recording {
        let thread = std::thread::current();
        let test = thread.name().filter(|name| *name != "main");
        let test = test
            .expect("snapshots are compared in a test's own thread")
            .to_owned();
        let file = format!("tests/it/snapshots/{}.txt", test.replace("::", "/"));
        Recording {
            test,
            file: tools::in_repository(&file),
            next: 0,
            seen: String::new(),
        }
    }

    /// Returns the file of what differs on this system.
    fn file_of_this_system(&self) -> PathBuf {
        match std::env::consts::OS {
            "linux" => self.file.clone(),
            os => self.file.with_extension(format!("{os}.txt")),
        }
    }

    fn append(&mut self, section: &str) {
        self.seen += section;
        let file = self.file_of_this_system();
        let shared = fs::read_to_string(&self.file).unwrap_or_default();
        if file != self.file && comparable(&shared).starts_with(&comparable(&self.seen)) {
            let _ = fs::remove_file(file);
            return;
        }
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, &self.seen).unwrap();
    }
}

/// An output in which what differs between runs is replaced by names.
struct Redacted<'a> {
    output: &'a Output,
    redactions: Redactions,
}

impl<'a> Redacted<'a> {
    fn of(output: &'a Output) -> Redacted<'a> {
        let mut redactions = PATTERNS.clone();
        let binaries = Path::new(apono_login()).parent().unwrap();
        let repository = tools::in_repository("").canonicalize().unwrap();
        for (name, path) in [
            ("[HOME]", output.home.as_path()),
            ("[BIN]", binaries),
            ("[REPOSITORY]", &repository),
        ] {
            let path = with_slashes(&path.display().to_string());
            redactions.insert(name, path).unwrap();
        }
        Redacted { output, redactions }
    }

    /// Returns `=== title`, the command line, its output and its exit status.
    fn section(&self, title: &str) -> String {
        let Output {
            status,
            stdout,
            stderr,
            line,
            ..
        } = self.output;
        let mut text = format!("{}\n$ {line}\n", format!("{SECTION} {title}").trim_end());
        for (name, printed) in [("stdout", stdout), ("stderr", stderr)] {
            if !printed.is_empty() {
                // How long a page stays in a browser differs between runs.
                let waits = |line: &&str| line.starts_with("The browser window shows ");
                let lasting = printed.split_inclusive('\n').filter(|line| !waits(line));
                text += &format!("--- {name}\n{}", lasting.collect::<String>());
                if !printed.ends_with('\n') {
                    text += "\\ no newline\n";
                }
            }
        }
        let status = match status.code() {
            Some(code) => format!("exit {code}"),
            None => status.to_string(),
        };
        text += &format!("--- {status}\n");
        let text = self
            .redactions
            .redact(&with_slashes(&text))
            .replace("[BIN]/apono-login", "apono-login");
        FilterNewlines.filter(text.into_data()).to_string()
    }
}

/// Returns the text with the paths and programs of Windows as other systems have them. JSON and YAML double a backslash.
fn with_slashes(text: &str) -> String {
    if cfg!(not(windows)) {
        return text.to_owned();
    }
    let text = text.replace(r"\\", r"\").replace('\\', "/");
    text.replace(".exe", "").replace("\r\n", "\n")
}

/// Patterns of what differs between runs.
static PATTERNS: LazyLock<Redactions> = LazyLock::new(|| {
    let patterns = [
        (
            "[PORT]",
            r"(?:127\.0\.0\.1|localhost)(?::|%3A|_)(?<redacted>\d{2,5})",
        ),
        ("[PAGE]", r"; it showed (?<redacted>[^\n]+)"),
        // Keeps the words around times and remaining durations.
        (
            "[DATE]",
            r"\b20[2-9]\d-\d\d-\d\d(?:[ T]\d\d:\d\d(:\d\d)?(\.\d+)?| …)",
        ),
        ("[BYTES]", r"\b(?<redacted>\d{4}) (?:of at most|bytes long)"),
        ("[MINUTES]", r"\bin (?<redacted>\d+ (?:min|h \d+ min|h))\b"),
        ("[SECONDS]", r#""seconds_left": (?<redacted>[1-9]\d*)"#),
        ("[SECONDS]", r"\((?<redacted>[1-9]\d*(?:\.\d+)?) s\)"),
        ("[LENGTH]", r"\((?<redacted>\d+) characters"),
        ("[SECONDS]", r"(?<redacted>-?\d+) s from now"),
        ("[SECONDS]", r"\((?<redacted>\d+) s ago\)"),
        ("[DAYS]", r"\b(?<redacted>[\d,]+) days ago"),
        // The times in a presigned URL and in its signature's scope.
        ("[DATE]", r"\b\d{8}T\d{6}Z\b"),
        (
            "[DATE]",
            r"/(?<redacted>\d{8})/[a-z0-9-]+/[a-z]+/aws4_request",
        ),
        // Cache files.
        (
            "[SLOT]",
            r"\b(?<redacted>[0-9a-f]{32})\.(?:entry|lock|ahead|failed|file|kernel|secret)",
        ),
        (
            "[TEMPORARY]",
            r"\.apono-login-(?<redacted>[A-Za-z0-9]{6})\.tmp",
        ),
        ("[UID]", r"/run/user/(?<redacted>\d+)"),
        ("[SECONDS]", r"(?m)^detail: (?<redacted>\d+\.\d+) s  "),
        ("[SECONDS]", r"(?m)\((?<redacted>\d+\.\d+) s\)$"),
        (
            "[UUID]",
            r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        ),
        ("[KEY]", r"\bA[KS]IA[A-Z0-9]{16}\b"),
        (
            "[CERTIFICATE]",
            r"certificate-authority-data: (?<redacted>[A-Za-z0-9+/=]+)",
        ),
        (
            "[CODE]",
            r"(?:user_code=|the code )(?<redacted>[A-Z0-9]{4}-[A-Z0-9]{4})\b",
        ),
        (
            "[RANDOM]",
            r"[?&](?:client_id|state|code_challenge)=(?<redacted>[^&\s]+)",
        ),
        (
            "[QR]",
            r"(?m)^(?<redacted>(?:(?:(?:\x1b\[[\d;]+m[ █▀▄]+)+\x1b\[0m| *[█▀▄][ █▀▄]*)\r?\n)+)",
        ),
        // Keeps only the last frame of a progress indicator.
        (
            "[WAITING]",
            r"(?<redacted>(?:[⠁-⣿] [^\r\n]*\r\x1b\[2K)*[⠁-⣿]) ",
        ),
        (
            "[LOG]",
            r"(?m)^(?<redacted>[EIW]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+) ",
        ),
        ("[LOG]", r"\[\d+:\d+:\d{4}/\d{6}\.\d+:[^\]]+\]"),
        (
            "[TEMPORARY]",
            r"/tmp/(?<redacted>[A-Za-z-]*\.?[A-Za-z0-9]{6,}(?:/[A-Za-z-]+-[A-Za-z0-9]{6})?)",
        ),
    ];
    let mut redactions = Redactions::new();
    for (name, pattern) in patterns {
        redactions
            .insert(name, regex::Regex::new(pattern).unwrap())
            .unwrap();
    }
    redactions
});
