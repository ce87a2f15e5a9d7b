//! Finds the browser: the one that is named, else the user's browser for links, else the first that is installed. Reads the
//! file system; starts nothing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Chromium;
use crate::sys::browser::command;
use crate::sys::program;
use crate::sys::system::System;

/// Where the environment says that browsers are.
#[derive(Debug, Clone)]
pub struct Places {
    pub system: System,
    /// The program that the user chose: its path, or its name on the `PATH`.
    pub named: Option<String>,
    /// `BROWSER`, raw.
    pub browser: Option<String>,
    /// `PATH`, raw.
    pub path: OsString,
    pub home: Option<PathBuf>,
    /// The folders of installed programs, on Windows.
    pub program_files: Vec<PathBuf>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    #[error("program {named:?} not found")]
    Named { named: String },
    #[error("no Chrome, Edge, Brave or Chromium is installed")]
    Any,
}

/// A kind of browser: its name, its programs on the PATH, its application on macOS, and its program in the Windows folders.
type Kind = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
);

const KINDS: [Kind; 4] = [
    (
        "Google Chrome",
        &["google-chrome", "google-chrome-stable", "chrome"],
        "Google Chrome",
        r"Google\Chrome\Application\chrome.exe",
    ),
    (
        "Microsoft Edge",
        &["microsoft-edge", "microsoft-edge-stable", "msedge"],
        "Microsoft Edge",
        r"Microsoft\Edge\Application\msedge.exe",
    ),
    (
        "Brave",
        &["brave-browser", "brave-browser-stable", "brave"],
        "Brave Browser",
        r"BraveSoftware\Brave-Browser\Application\brave.exe",
    ),
    (
        "Chromium",
        &["chromium", "chromium-browser"],
        "Chromium",
        r"Chromium\Application\chrome.exe",
    ),
];

/// Finds a browser.
///
/// # Errors
/// The named program was not found; or none is named, and no known browser is installed.
pub fn find(places: &Places) -> Result<Chromium, NotFound> {
    let on_path = |name: &str| program::find(name, &places.path, places.system);
    if let Some(named) = &places.named {
        let program = on_path(named).ok_or_else(|| NotFound::Named {
            named: named.clone(),
        })?;
        return Ok(named_by_file(program));
    }
    let preferred = places.browser.as_deref().unwrap_or_default();
    let preferred = command::commands(preferred, places.system)
        .into_iter()
        .filter_map(|words| on_path(words.first()?))
        .find(|program| kind_of(program).is_some() && !is_snap(program));
    let mut found = preferred.into_iter().map(named_by_file).chain(
        KINDS
            .iter()
            .filter_map(|kind| installed(kind, places).map(|program| chromium(kind, program))),
    );
    found.next().ok_or(NotFound::Any)
}

fn installed(kind: &Kind, places: &Places) -> Option<PathBuf> {
    let (_, names, application, below) = kind;
    let candidates: Vec<PathBuf> = match places.system {
        System::Linux => names
            .iter()
            .filter_map(|name| program::find(name, &places.path, places.system))
            .collect(),
        System::Mac => {
            let inside = format!("Applications/{application}.app/Contents/MacOS/{application}");
            let roots = [Some(Path::new("/")), places.home.as_deref()];
            let roots = roots.into_iter().flatten();
            roots.map(|root| root.join(&inside)).collect()
        }
        System::Windows => {
            let folders = places.program_files.iter();
            folders.map(|folder| folder.join(below)).collect()
        }
    };
    let usable = |program: &PathBuf| program::is_program(program) && !is_snap(program);
    candidates.into_iter().find(usable)
}

/// Returns whether the program is a snap. A snap cannot write to the user data folder.
fn is_snap(program: &Path) -> bool {
    let real = program.canonicalize().unwrap_or_default();
    [program, &real]
        .iter()
        .any(|path| path.starts_with("/snap") || path.ends_with("bin/snap"))
}

fn named_by_file(program: PathBuf) -> Chromium {
    match kind_of(&program) {
        Some(kind) => chromium(kind, program),
        None => Chromium {
            name: program.display().to_string(),
            program,
        },
    }
}

fn kind_of(program: &Path) -> Option<&'static Kind> {
    let name = program.file_stem()?.to_str()?;
    KINDS.iter().find(|(_, names, application, _)| {
        *application == name || names.iter().any(|known| known.eq_ignore_ascii_case(name))
    })
}

fn chromium(kind: &Kind, program: PathBuf) -> Chromium {
    Chromium {
        name: kind.0.to_owned(),
        program,
    }
}
